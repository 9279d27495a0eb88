// Files whose owner and mode are part of what they say: private keys, and descriptors (to write one is to grant trust).

internal import SyncCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Reads after checking owner, kind and mode of the *opened* file, so that nothing can be exchanged in between; writes
/// so that after a crash there is the old file or the new one, whole.
enum GuardedFile {
    /// - Parameter forbiddenMode: permission bits that must be clear.
    static func read(
        _ path: String, forbiddenMode: UInt32, maxBytes: Int
    ) throws(FileRefusal) -> [UInt8] {
        // Without O_NONBLOCK, opening a named pipe would wait for ever.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            // What O_NOFOLLOW answers to a symbolic link.
            if errno == ELOOP { throw FileRefusal(path: path, cause: .notRegular) }
            throw failure(.opening, path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.examining, path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileRefusal(path: path, cause: .notRegular) }
        try checkOwner(status, path, forbiddenMode: forbiddenMode)
        guard Int(status.st_size) <= maxBytes else { throw FileRefusal(path: path, cause: .tooLarge(max: maxBytes)) }
        return try contents(of: descriptor, path, maxBytes: maxBytes)
    }

    static func checkFolder(_ path: String, forbiddenMode: UInt32) throws(FileRefusal) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(.examining, path) }
        try checkOwner(status, path, forbiddenMode: forbiddenMode)
    }

    /// Temporary file, fsync, rename, fsync of the folder.
    static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(FileRefusal) {
        let temporary = folder(of: path) + "/." + name(of: path) + "." + (try randomSuffix(path)) + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw failure(.creating, temporary) }
        do throws(FileRefusal) {
            try fill(descriptor, bytes, temporary, mode: mode)
            guard rename(temporary, path) == 0 else { throw failure(.replacing, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(of: path)
    }

    /// In place: neither the file's size nor its blocks change, so one flush of its contents makes it durable.
    static func overwrite(
        _ bytes: [UInt8], at offset: Int, in path: String, forbiddenMode: UInt32
    ) throws(FileRefusal) {
        let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.opening, path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.examining, path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileRefusal(path: path, cause: .notRegular) }
        try checkOwner(status, path, forbiddenMode: forbiddenMode)
        guard offset + bytes.count <= Int(status.st_size) else {
            throw FileRefusal(path: path, cause: .shrunk)
        }
        guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else { throw failure(.writing, path) }
        let count = bytes.withUnsafeBytes { put(descriptor, $0) }
        // A short write is a failed one: the sector is whole or of no use.
        guard count == bytes.count, fdatasync(descriptor) == 0 else { throw failure(.writing, path) }
    }

    static func remove(_ path: String) throws(FileRefusal) {
        guard unlink(path) == 0 else { throw failure(.removing, path) }
        try synchronizeFolder(of: path)
    }

    /// The names in a folder, ascending, without hidden ones.
    static func names(in folder: String) throws(FileRefusal) -> [String] {
        guard let stream = opendir(folder) else { throw failure(.listing, folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        guard errno == 0 else { throw failure(.listing, folder) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func checkOwner(
        _ status: stat, _ path: String, forbiddenMode: UInt32
    ) throws(FileRefusal) {
        guard status.st_uid == geteuid() else { throw FileRefusal(path: path, cause: .otherOwner) }
        let mode = UInt32(status.st_mode) & 0o7777
        guard mode & forbiddenMode == 0 else { throw FileRefusal(path: path, cause: .openToOthers(mode: mode)) }
    }

    private static func contents(
        of descriptor: Int32, _ path: String, maxBytes: Int
    ) throws(FileRefusal) -> [UInt8] {
        // One byte more than may be: the file might have grown since its size was read.
        var bytes = [UInt8](repeating: 0, count: maxBytes + 1)
        var count = 0
        while count < bytes.count {
            let offset = count
            let taken = bytes.withUnsafeMutableBytes { buffer in
                Self.taken(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]))
            }
            guard taken >= 0 else { throw failure(.reading, path) }
            guard taken > 0 else { break }
            count += taken
        }
        guard count <= maxBytes else { throw FileRefusal(path: path, cause: .tooLarge(max: maxBytes)) }
        return Array(bytes.prefix(count))
    }

    private static func taken(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
            let taken = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
            let taken = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if taken >= 0 || errno != EINTR { return taken }
        }
    }

    private static func put(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
            let put = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            #else
            let put = Darwin.write(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if put >= 0 || errno != EINTR { return put }
        }
    }

    private static func fill(
        _ descriptor: Int32, _ bytes: [UInt8], _ path: String, mode: UInt32
    ) throws(FileRefusal) {
        defer { close(descriptor) }
        // The process's umask may have taken rights away; it never adds any.
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw failure(.protecting, path) }
        var offset = 0
        while offset < bytes.count {
            let start = offset
            let count = bytes.withUnsafeBytes { put(descriptor, UnsafeRawBufferPointer(rebasing: $0[start...])) }
            guard count > 0 else { throw failure(.writing, path) }
            offset += count
        }
        guard fsync(descriptor) == 0 else { throw failure(.writing, path) }
    }

    private static func synchronizeFolder(of path: String) throws(FileRefusal) {
        let folder = folder(of: path)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.opening, folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(.synchronizing, folder) }
    }

    private static func randomSuffix(_ path: String) throws(FileRefusal) -> String {
        do {
            return try randomBytes(8).hex
        } catch {
            let cause = FileRefusal.Cause.failed(.namingCopy, errno: 0, reason: error.reason)
            throw FileRefusal(path: path, cause: cause)
        }
    }

    private static func failure(_ step: FileRefusal.Step, _ path: String) -> FileRefusal {
        let code = errno
        let reason = String(cString: strerror(code))
        return FileRefusal(path: path, cause: .failed(step, errno: code, reason: reason))
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
