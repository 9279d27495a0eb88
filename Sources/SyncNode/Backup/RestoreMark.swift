// "This replica was put back": durable before the first page of a backup is in place, gone once the node has a new incarnation.

import Foundation
import PeerTrust

/// `keys/restored`, beside the fence and like it no part of any backup. A crash anywhere in a restore leaves it, and the next
/// who opens the node goes on where the restore stopped: no sequence number is ever used twice knowingly.
struct RestoreMark {
    private let path: String
    let reason: String

    private static let bytesMax = 4_096

    static func write(_ directory: NodeDirectory, reason: String) throws {
        try NodeFile.write(Array(reason.utf8.prefix(bytesMax)), to: directory.restoreMark)
    }

    /// Nil where no restore is under way. Asked before every seal: without the file it costs one look.
    static func read(_ directory: NodeDirectory) throws -> RestoreMark? {
        guard access(directory.restoreMark, F_OK) == 0,
            let bytes = try NodeFile.read(directory.restoreMark, maxBytes: bytesMax)
        else { return nil }
        return RestoreMark(path: directory.restoreMark, reason: String(decoding: bytes, as: UTF8.self))
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
