// Which seeds run: those that ever failed first, then a fixed range, longer where YRD_SEEDS says so.

import Foundation

enum Seeds {
    /// Every seed on which the federation against its model ever failed, with what it found.
    static let thatFailed: [UInt64] = [
        // None yet in production code. (The mutants of MUTANTS.md fail on hundreds.)
    ]

    /// `YRD_SEEDS=20000 swift test` runs more.
    static func run(_ count: Int) -> [UInt64] {
        let wanted = ProcessInfo.processInfo.environment["YRD_SEEDS"].flatMap(Int.init) ?? count
        return thatFailed + (0..<UInt64(max(count, wanted)))
    }
}
