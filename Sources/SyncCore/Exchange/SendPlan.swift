// What a peer lacks, in the sender's own order of application.

/// Walks a replica's log for one peer: skips what the peer has, what it holds back, and what depends on that.
package struct SendPlan {
    /// One origin's part of the log that the peer lacks.
    private struct Cursor {
        var nextSequence: UInt64
        let lastSequence: UInt64
    }

    private var cursors: [Origin: Cursor] = [:]
    /// From this sequence on, nothing of the origin is sent.
    private var cutOff: [Origin: UInt64] = [:]
    /// Origins where the peer's row names an entry that we do not have at that place: a fork, or the peer is ahead of a
    /// rollback of ours.
    package private(set) var divergent: [Row] = []

    package init(mine: Frontier, request: PullRequest, entryID: (Dot) -> Digest?) {
        // What the peer has of a held origin it has: only what has seen more than that must wait with it.
        for held in request.held { cutOff[held] = request.frontier.sequence(of: held) + 1 }
        for row in mine.rows {
            let theirs = request.frontier.rows(of: row.origin).last
            if let theirs, theirs.sequence <= row.sequence, entryID(theirs.dot)?.prefix != theirs.idPrefix {
                divergent.append(theirs)
                // Below this row may be common trunk; what has seen only that is sent, and waits there if it must.
                cutOff[row.origin] = theirs.sequence
                continue
            }
            let next = (theirs?.sequence ?? 0) + 1
            guard next <= row.sequence, cutOff[row.origin] == nil else { continue }
            cursors[row.origin] = Cursor(nextSequence: next, lastSequence: row.sequence)
        }
    }

    package var isEmpty: Bool { cursors.isEmpty }

    /// Entries not yet sent or left out; an upper bound of what travels.
    package var remaining: UInt64 {
        cursors.values.reduce(0) { $0 + ($1.lastSequence - $1.nextSequence + 1) }
    }

    /// The next dot of each origin, from which the caller sends the one it applied first.
    package var candidates: [Dot] {
        cursors.map { Dot(origin: $0.key, sequence: $0.value.nextSequence) }.sorted()
    }

    /// Decides about the entry that the caller found to be the next. True: send it.
    package mutating func take(_ dot: Dot, context: Context?) -> Bool {
        guard let cursor = cursors[dot.origin] else { return false }
        precondition(cursor.nextSequence == dot.sequence, "\(dot) is not the next entry of its origin")
        let dependsOnHeld = context?.frontier.rows.contains { row in
            cutOff[row.origin].map { row.sequence >= $0 } ?? false
        }
        if dependsOnHeld == true {
            cutOff[dot.origin] = dot.sequence
            cursors[dot.origin] = nil
            return false
        }
        cursors[dot.origin] =
            dot.sequence < cursor.lastSequence
            ? Cursor(nextSequence: dot.sequence + 1, lastSequence: cursor.lastSequence) : nil
        return true
    }
}
