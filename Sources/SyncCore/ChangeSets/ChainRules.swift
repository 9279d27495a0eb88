// The rules between an entry and the ones before it: context, group and trust root never go back.

/// What must be known of an entry's ancestors to judge it. Gathered by the store; the verdict is pure.
package struct ChainFacts: Sendable {
    /// The header of the origin's previous entry.
    package var predecessor: EnvelopeHeader?
    /// The rows that the context of its last ancestor that was not faulty names, and that its own context does not see.
    package var rowsLost: [Row] = []
    /// The rows of this entry's context that name an entry whose group goes on.
    package var rowsInsideGroups: [Row] = []
    /// Ops and bytes of the entries before it in its group.
    package var groupSoFar = GroupSize()

    package init() {}
}

/// What a group carries. It arrives whole, so it is counted while it passes.
package struct GroupSize: Hashable, Sendable {
    package private(set) var ops = 0
    package private(set) var bytes = 0

    package init() {}

    package func adding(_ header: EnvelopeHeader) -> GroupSize {
        var sum = self
        sum.ops += Int(header.opCount)
        sum.bytes += Int(header.payloadBytes)
        return sum
    }

    package static func += (sum: inout GroupSize, other: GroupSize) {
        sum.ops += other.ops
        sum.bytes += other.bytes
    }
}

extension Context {
    /// Nil if the entry follows from its ancestors as the rules say.
    package func chainFault(of header: EnvelopeHeader, _ facts: ChainFacts) -> EntryFault? {
        if let predecessor = facts.predecessor {
            if header.trustRootVersion < predecessor.trustRootVersion { return .trustRootVersionFell }
            if predecessor.groupContinues, header.contextHash != predecessor.contextHash {
                return .groupContextDiffers
            }
        }
        guard facts.rowsLost.isEmpty else { return .contextFell }
        guard facts.rowsInsideGroups.isEmpty else { return .contextSplitsGroup }
        let group = facts.groupSoFar.adding(header)
        guard group.ops <= Limits.groupChanges, group.bytes <= Limits.groupBytes else { return .groupTooLarge }
        return nil
    }
}
