// What the log says of an entry's ancestors, so that the rules between it and them can be judged.

import SyncCore

/// Looks up `ChainFacts` in one transaction. Every fact is read off the log and the lanes, nothing off what this transaction
/// happened to judge before: else the outcome of an entry would depend on how its batches were cut.
final class Ancestry {
    private let transaction: ReplicaTransaction
    /// Of each lane, what the group that goes on at a sequence had carried up to there: so no header is counted twice.
    private var openGroups: [Int: (sequence: UInt64, size: GroupSize)] = [:]

    init(_ transaction: ReplicaTransaction) {
        self.transaction = transaction
    }

    /// The facts for the next entry of a lane.
    func facts(for context: Context, after lane: Lane) throws -> ChainFacts {
        var facts = ChainFacts()
        facts.predecessor = try transaction.header(at: lane.headSequence, on: lane.number)
        facts.rowsLost = try rowsLost(from: lane, to: context.frontier)
        facts.rowsInsideGroups = try context.frontier.rows.filter(isInsideGroup)
        if facts.predecessor?.groupContinues == true { facts.groupSoFar = try openGroup(of: lane) }
        return facts
    }

    private func isInsideGroup(_ row: Row) throws -> Bool {
        guard let number = try transaction.lanes.lane(ofApplied: row, id: transaction.log.id),
            row.sequence < transaction.lanes[number].headSequence
        else { return false }  // The head of a lane is always the end of a group.
        return try transaction.log.header(lane: number, sequence: row.sequence)?.groupContinues ?? false
    }

    /// Which rows of the context that bounds a lane's next one that one does not see. Without branches a comparison of
    /// numbers says it.
    private func rowsLost(from lane: Lane, to frontier: Frontier) throws -> [Row] {
        guard !lane.context.isEmpty else { return [] }
        var seen: Visibility?
        return try Context(decoding: lane.context).frontier.rows.filter { row in
            guard transaction.lanes.isForked(row.origin) else {
                return frontier.sequence(of: row.origin) < row.sequence
            }
            let standing =
                try seen
                ?? transaction.visibility(of: frontier, on: lane.number, before: lane.headSequence + 1)
            seen = standing
            guard let number = try transaction.lane(of: row) else { return true }
            return !standing.sees(lane: number, row.sequence)
        }
    }

    /// What the group that goes on at a lane's head has carried, undecodable change sets too.
    private func openGroup(of lane: Lane) throws -> GroupSize {
        let counted = openGroups[lane.number]
        var size = GroupSize()
        var sequence = lane.headSequence
        while sequence > 0 {
            if let counted, counted.sequence == sequence {
                size += counted.size
                break
            }
            guard let header = try transaction.header(at: sequence, on: lane.number), header.groupContinues
            else { break }
            size = size.adding(header)
            sequence -= 1
        }
        openGroups[lane.number] = (lane.headSequence, size)
        return size
    }
}
