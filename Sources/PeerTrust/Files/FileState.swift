// Whether a folder's files are what they were, without reading them.

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file as the system describes it. Equal states mean that nobody wrote to the file in between.
package struct FileState: Hashable, Sendable {
    private let name: String
    private let size: Int
    private let inode: UInt64
    /// Nanoseconds. The second is the system's own, and rises also where a program sets the first back.
    private let modified: Int
    private let changed: Int

    /// Ascending by name, without hidden ones; none of a folder that cannot be read. A few system calls: `peers/` is looked
    /// at before every request.
    package static func all(in folder: String) -> [FileState] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var states: [FileState] = []
        while let entry = readdir(stream) {
            let state = withUnsafeBytes(of: &entry.pointee.d_name) { FileState(named: $0, in: dirfd(stream)) }
            if let state { states.append(state) }
        }
        return states.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private init?(named name: UnsafeRawBufferPointer, in folder: Int32) {
        let bytes = name.prefix { $0 != 0 }
        var status = stat()
        guard bytes.first != UInt8(ascii: "."),
            fstatat(folder, name.bindMemory(to: CChar.self).baseAddress!, &status, 0) == 0
        else { return nil }
        self.name = String(decoding: bytes, as: UTF8.self)
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
}
