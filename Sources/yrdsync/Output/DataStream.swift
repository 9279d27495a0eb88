// Much data, on standard output or in a file: buffered, and at peace with a reader that has seen enough.

import Foundation
import SyncNode

/// Writes blocks. Not Sendable: one command, one stream.
final class DataStream {
    /// Nil: standard output.
    private let path: String?
    private let handle: Int32
    private var buffer: [UInt8] = []

    private static let blockBytes = 1 << 16

    /// A file appears under its name only when it is whole.
    init(path: String? = nil) throws {
        self.path = path
        guard let path else {
            handle = STDOUT_FILENO
            return
        }
        handle = open(Self.partPath(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard handle >= 0 else { throw Self.failure(path) }
    }

    private static func partPath(_ path: String) -> String { path + ".part" }

    func write(_ bytes: some Sequence<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.blockBytes { try flush() }
    }

    func write(line: String) throws {
        buffer += line.utf8
        try write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    func finish() throws {
        try flush()
        guard let path else { return }
        guard fsync(handle) == 0, close(handle) == 0, rename(Self.partPath(path), path) == 0 else {
            throw Self.failure(path)
        }
    }

    private func flush() throws {
        if path == nil, Terminal.isScreen { buffer = Self.visible(buffer) }
        let isWritten = buffer.withUnsafeBytes { Self.write($0, to: handle) }
        buffer.removeAll(keepingCapacity: true)
        guard isWritten else { throw Self.failure(path ?? "stdout") }
    }

    /// On a screen no record moves the cursor; a pipe or a file gets the very bytes.
    private static func visible(_ bytes: [UInt8]) -> [UInt8] {
        let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
        return Array(lines.map { Screen.safe(String($0)) }.joined(separator: "\n").utf8)
    }

    /// False: `errno` says why. Whoever closes the pipe that standard output is has seen enough: the program ends.
    static func write(_ bytes: UnsafeRawBufferPointer, to handle: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(handle, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EPIPE, handle == STDOUT_FILENO {
                exit(ExitStatus.done.rawValue)
            } else if errno != EINTR && errno != EAGAIN {
                return false
            }
        }
        return true
    }

    private static func failure(_ path: String) -> NodeError {
        let reason = String(cString: strerror(errno))
        return NodeError(
            code: "cannot_write", say("无法写入 \(path):\(reason)", "\(path) cannot be written: \(reason)"))
    }
}
