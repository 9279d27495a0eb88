// Two entries of two markets, and what records become under them.

import SyncCore

/// The first creates the records; the second changes them, having seen the first or not.
struct Stamps: Sendable {
    private let first = Stamps.stamp(1, Market("shanghai")!)
    private let second = Stamps.stamp(2, Market("jiangsu")!)

    private static func stamp(_ number: Int, _ market: Market) -> EntryStamp {
        EntryStamp(
            number: Int64(number), lane: number, sequence: 7, id: Digest(words: (UInt64(number), 0, 0, 0)),
            market: market, timeMilliseconds: 1_700_000_000_000 + Int64(number))
    }

    func created(_ changes: [Change]) -> [RecordState] {
        let seen = Visibility()
        return changes.map { change in
            var state = RecordState()
            state.apply(change, by: first, seeing: seen, kept: [])
            return state
        }
    }

    func updated(_ state: RecordState, by change: Change, isSeen: Bool) -> RecordState {
        var (state, seen) = (state, Visibility())
        if isSeen { seen.see(lane: first.lane, upTo: first.sequence) }
        state.apply(change, by: second, seeing: seen, kept: [])
        return state
    }
}
