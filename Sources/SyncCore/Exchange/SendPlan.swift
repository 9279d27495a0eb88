// What a peer lacks, in the sender's own order of application.

/// Walks a replica's log for one peer: skips what the peer has, what it holds back, and what depends on that.
///
/// An origin's branches are sent each from where the peer is known to stand on it. A row of the peer that we do not have
/// says that it holds another branch, or more than we do; how much of ours lies under it, only the rows of that origin
/// which we do have can say. A peer whose row is above all our heads, and that says no more, is taken to be ahead.
package struct SendPlan: Sendable {
    /// One lane's part of the log that the peer lacks.
    private struct Cursor: Hashable {
        var nextSequence: UInt64
        let lastSequence: UInt64
    }

    private var cursors: [Int: Cursor] = [:]
    /// From this sequence on, nothing of the lane is sent.
    private var cutOff: [Int: UInt64] = [:]

    /// - Parameter lane: the lane that holds the entry which a row of the peer names, nil if we do not have it.
    package init(lanes: LaneTree, request: PullRequest, lane: (Row) throws -> Int?) rethrows {
        var had = Visibility()
        var known: Set<Origin> = []
        var unknown: [Origin: UInt64] = [:]
        for row in request.frontier.rows where !lanes.lanes(of: row.origin).isEmpty {
            if let number = try lane(row) {
                lanes.see(number, upTo: row.sequence, &had)
                known.insert(row.origin)
            } else {
                unknown[row.origin] = min(unknown[row.origin] ?? .max, row.sequence)
            }
        }
        let highest = Dictionary(
            lanes.lanes.values.map { ($0.origin, $0.headSequence) }, uniquingKeysWith: max)
        let held = Set(request.held)
        for (number, mine) in lanes.lanes where mine.headSequence > 0 {
            let lowest = unknown[mine.origin]
            if let lowest, !known.contains(mine.origin), lowest > highest[mine.origin]! { continue }
            let next = max(had.sequence(of: number), mine.forkSequence) + 1
            if held.contains(mine.origin) {
                // What the peer has of a held origin it has: only what has seen more than that must wait with it.
                cutOff[number] = next
            } else if next <= mine.headSequence {
                cursors[number] = Cursor(nextSequence: next, lastSequence: mine.headSequence)
            }
        }
    }

    package var isEmpty: Bool { cursors.isEmpty }

    /// Entries not yet sent or left out; an upper bound of what travels.
    package var remaining: UInt64 {
        cursors.values.reduce(0) { $0 + ($1.lastSequence - $1.nextSequence + 1) }
    }

    /// The next entry of each lane, from which the caller sends the one it applied first.
    package var candidates: [Candidate] {
        cursors.map { Candidate(lane: $0.key, sequence: $0.value.nextSequence) }.sorted()
    }

    /// An entry by its place in this replica.
    package struct Candidate: Hashable, Comparable, Sendable {
        package let lane: Int
        package let sequence: UInt64

        package static func < (left: Candidate, right: Candidate) -> Bool {
            (left.lane, left.sequence) < (right.lane, right.sequence)
        }
    }

    /// Decides about the entry that the caller found to be the next. True: send it.
    ///
    /// - Parameter seen: what the entry has seen, asked only where that may matter.
    package mutating func take(_ next: Candidate, seen: () throws -> Visibility) rethrows -> Bool {
        guard let cursor = cursors[next.lane] else { return false }
        precondition(cursor.nextSequence == next.sequence, "\(next) is not the next entry of its lane")
        if !cutOff.isEmpty {
            let seen = try seen()
            if cutOff.contains(where: { seen.sees(lane: $0.key, $0.value) }) {
                cutOff[next.lane] = next.sequence
                cursors[next.lane] = nil
                return false
            }
        }
        cursors[next.lane] =
            next.sequence < cursor.lastSequence
            ? Cursor(nextSequence: next.sequence + 1, lastSequence: cursor.lastSequence) : nil
        return true
    }
}
