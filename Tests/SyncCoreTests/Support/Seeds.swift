// Which seeds run: those that ever failed first, then a fixed range, longer where YRD_SEEDS says so.

import Foundation

enum Seeds {
    /// Every seed on which production code ever failed. They run first, in every suite.
    static let thatFailed: [UInt64] = [
        3, 47, 48, 104, 109,  // AdmissionTests: half a group was admitted behind a known entry.
        1, 7, 16, 22, 26, 29,  // SendPlanTests: a held origin held up everyone who had ever seen it.
    ]

    /// `YRD_SEEDS=20000 swift test` runs more.
    static func run(_ count: Int) -> [UInt64] {
        let wanted = ProcessInfo.processInfo.environment["YRD_SEEDS"].flatMap(Int.init) ?? count
        return thatFailed + (0..<UInt64(max(count, wanted))).filter { !thatFailed.contains($0) }
    }
}
