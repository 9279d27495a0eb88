// The audit log as a file: a JSON object a line, only ever appended to, and durable before a command acts.

import Foundation
import Glibc
package import PeerTrust
import SyncCore

/// One line: the signed bytes and the signature, in hex.
private struct AuditLine: Codable {
    let body: String
    let signature: SignatureJSON?

    init(_ signed: SignedAuditEntry) {
        body = signed.body.hex
        signature = signed.signature.map { SignatureJSON($0) }
    }

    var signed: SignedAuditEntry? {
        guard let bytes = [UInt8](hex: body) else { return nil }
        guard let signature else { return try? SignedAuditEntry(body: bytes, signature: nil) }
        guard let record = SignatureJSON.records([signature])?.first else { return nil }
        return try? SignedAuditEntry(body: bytes, signature: record)
    }
}

package struct AuditFile {
    private static let mode: mode_t = 0o600
    /// More than the longest line.
    private static let tailBytes = 1 << 17
    private static let newline = UInt8(ascii: "\n")

    private let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// Every line from the first, as it stands; nil for what is none.
    package func forEach(_ body: (SignedAuditEntry?, _ line: ArraySlice<UInt8>) throws -> Void) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let file = FileHandle(forReadingAtPath: path) else { throw Self.failure(path) }
        defer { try? file.close() }
        var rest: [UInt8] = []
        while let piece = try file.read(upToCount: 1 << 16), !piece.isEmpty {
            rest += piece
            var start = 0
            while let end = rest[start...].firstIndex(of: Self.newline) {
                try body(Self.line(rest[start..<end]), rest[start..<end])
                start = end + 1
            }
            rest.removeFirst(start)
        }
        if !rest.isEmpty { try body(Self.line(rest[...]), rest[...]) }
    }

    /// The last line that is one; nil where none can be read: the log begins again, and `audit verify` says so.
    func last() throws -> SignedAuditEntry? {
        guard let file = FileHandle(forReadingAtPath: path) else {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            throw Self.failure(path)
        }
        defer { try? file.close() }
        let size = try file.seekToEnd()
        try file.seek(toOffset: size > UInt64(Self.tailBytes) ? size - UInt64(Self.tailBytes) : 0)
        let tail = Array(try file.readToEnd() ?? Data())
        for line in tail.split(separator: Self.newline).reversed() {
            if let signed = Self.line(line) { return signed }
        }
        return nil
    }

    /// Durable when it returns. What a power cut has left of a line before stays, as a line of its own.
    func append(_ signed: SignedAuditEntry) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, Self.mode)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var bytes = Array(try JSONEncoder().encode(AuditLine(signed))) + [Self.newline]
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0 {
            var before: UInt8 = 0
            guard pread(descriptor, &before, 1, size - 1) == 1 else { throw Self.failure(path) }
            if before != Self.newline { bytes.insert(Self.newline, at: 0) }
        }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                let failure = Self.failure(path)
                // No part of a line stays that nobody was told of.
                _ = ftruncate(descriptor, size)
                throw failure
            }
            written += max(count, 0)
        }
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        if size == 0 { try syncFolder() }
    }

    private func syncFolder() throws {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure(folder) }
    }

    private static func line(_ bytes: ArraySlice<UInt8>) -> SignedAuditEntry? {
        (try? JSONDecoder().decode(AuditLine.self, from: Data(bytes)))?.signed
    }

    private static func failure(_ path: String) -> NodeError {
        let reason = String(cString: strerror(errno))
        return NodeError(
            code: errno == ENOSPC ? "disk_full" : "audit_failed", "无法写入审计日志 \(path):\(reason)",
            "the audit log \(path) cannot be used: \(reason)")
    }
}
