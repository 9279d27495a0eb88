// A file that appears under its name only when it is whole and durable.

import Glibc

/// Why a backup was not made.
package enum BackupFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case exists(path: String)
    case failed(doing: String, path: String, reason: String)

    package var description: String {
        switch self {
        case .exists(let path): "\(path) exists, and a backup never overwrites a file"
        case .failed(let doing, let path, let reason): "\(doing) \(path): \(reason)"
        }
    }
}

/// Written beside its place under another name, synced, given its name, and the folder synced.
struct BackupFile {
    private let path: String
    let partialPath: String

    /// Makes the empty file beside the place, readable by its owner only: it will hold personal data.
    init(path: String) throws(BackupFailure) {
        // Else SQLite would read a name like `file:x?y` as more than a name.
        self.path = path.hasPrefix("/") ? path : "./" + path
        guard access(self.path, F_OK) != 0 else { throw .exists(path: path) }
        let suffix = ".partial"
        var template = Array("\(self.path).XXXXXX\(suffix)".utf8CString)
        let descriptor = mkstemps(&template, Int32(suffix.utf8.count))
        guard descriptor >= 0 else { throw Self.failure("making a file beside", path) }
        close(descriptor)
        partialPath = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Whether SQLite has synced the file is its own affair and differs by version (https://www.sqlite.org/lang_vacuum.html).
    func publish() throws(BackupFailure) {
        try Self.synchronize(partialPath, O_RDONLY)
        try takeName()
        do throws(BackupFailure) {
            try Self.synchronize(folder, O_RDONLY | O_DIRECTORY)
        } catch {
            unlink(path)
            throw error
        }
    }

    func discard() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(partialPath + suffix) }
    }

    /// `link` fails if the name is taken, `rename` would overwrite. A file system without links, as on a memory stick, has
    /// only the latter.
    private func takeName() throws(BackupFailure) {
        if link(partialPath, path) == 0 {
            unlink(partialPath)
            return
        }
        guard errno != EEXIST else { throw .exists(path: path) }
        guard [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) else { throw Self.failure("naming", path) }
        guard access(path, F_OK) != 0 else { throw .exists(path: path) }
        guard rename(partialPath, path) == 0 else { throw Self.failure("naming", path) }
    }

    private var folder: String {
        let slash = path.lastIndex(of: "/")!
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func synchronize(_ path: String, _ flags: Int32) throws(BackupFailure) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronizing", path) }
    }

    private static func failure(_ doing: String, _ path: String) -> BackupFailure {
        .failed(doing: doing, path: path, reason: String(cString: strerror(errno)))
    }
}
