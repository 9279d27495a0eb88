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

    /// Nanoseconds since the file, or what the system says of it, was changed; `now` in nanoseconds of Unix time.
    package func age(at now: Int) -> Int { now - max(changed, modified) }

    /// Nil if there is no such file, or it cannot be looked at.
    package init?(path: String) {
        self.init(named: path, in: AT_FDCWD)
    }

    /// Ascending by name, without hidden ones; none of a folder that cannot be read. A few system calls: `peers/` is looked
    /// at before every request.
    package static func all(in folder: String) -> [FileState] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var states: [FileState] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), let state = FileState(named: name, in: dirfd(stream)) { states.append(state) }
        }
        return states.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private init?(named name: String, in folder: Int32) {
        var status = stat()
        guard fstatat(folder, name, &status, 0) == 0 else { return nil }
        self.name = name
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
}
