// With whom real time holds, for `status`: a command beside the daemon, which cannot look into its memory.

import Foundation
package import SyncCore
import Synchronization

/// One line a market, `<market> <ms since 1970>`: when a pull was last held open, there by us or here by it. A hint and no
/// more: written without fsync, worth nothing once it is old, and nobody's decision rests on it.
package final class LinkPulse: Sendable {
    private let path: String
    private let beats = Mutex<[Market: Int64]>([:])

    private static let beatMilliseconds: Int64 = 10_000
    /// A held pull is asked anew after 25 s at the latest.
    private static let freshMilliseconds: Int64 = 60_000

    package init(_ directory: NodeDirectory) {
        path = directory.pulse
    }

    package func beat(_ market: Market) {
        let now = Self.now
        let lines = beats.withLock { beats -> String? in
            guard now - beats[market, default: 0] >= Self.beatMilliseconds else { return nil }
            beats[market] = now
            return beats.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
        }
        // A full disk is told by what must be written.
        try? lines?.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// With whom real time holds now, as the daemon of that directory has told.
    package static func read(_ directory: NodeDirectory) -> Set<Market> {
        guard let text = try? String(contentsOfFile: directory.pulse, encoding: .utf8) else { return [] }
        let fresh = text.split(separator: "\n").compactMap { line -> Market? in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let beat = Int64(parts[1]), abs(now - beat) < freshMilliseconds else { return nil }
            return Market(String(parts[0]))
        }
        return Set(fresh)
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}
