// Locks that the system releases when their process ends, however it ends.

import Glibc

/// An exclusive `flock` on a file.
package final class FileLock {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Nil if another process holds it.
    package static func take(_ path: String) throws -> FileLock? {
        let lock = try open(path)
        return flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }

    /// Waits for the lock, and holds it while `body` runs.
    static func withExclusive<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        let lock = try open(path)
        guard flock(lock.descriptor, LOCK_EX) == 0 else { throw failure(path) }
        return try withExtendedLifetime(lock) { try body() }
    }

    private static func open(_ path: String) throws -> FileLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return FileLock(descriptor: descriptor)
    }

    private static func failure(_ path: String) -> NodeError {
        NodeError(code: "lock_failed", "\(path) cannot be locked: \(String(cString: strerror(errno)))")
    }
}
