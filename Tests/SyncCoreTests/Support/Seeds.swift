// Which seeds run: those that ever failed first, then a fixed range, or as many as YRD_SEEDS says.

import Foundation

enum Seeds {
    /// Every seed on which production code ever failed. They run first, in every suite.
    static let thatFailed: [UInt64] = [
        3, 47, 48, 104, 109,  // AdmissionTests: half a group was admitted behind a known entry.
        1, 7, 16, 22, 26, 29,  // SendPlanTests: a held origin held up everyone who had ever seen it.
    ]

    /// `YRD_SEEDS=20000 swift test` runs more, `YRD_SEEDS=20` fewer, as sanitizers need.
    static func run(_ count: Int) -> [UInt64] {
        let wanted = ProcessInfo.processInfo.environment["YRD_SEEDS"].flatMap(UInt64.init) ?? UInt64(count)
        return thatFailed + (0..<wanted).filter { !thatFailed.contains($0) }
    }
}
