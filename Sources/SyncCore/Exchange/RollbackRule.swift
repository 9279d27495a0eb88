// Was this replica set back? What the fence beside it says.

/// The fence remembers our own head outside the replica (DESIGN.md section 8, Restore).
package enum RollbackRule {
    /// - Parameters:
    ///   - fence: our own head as the fence remembers it; sequence 0 if nothing was sealed in that incarnation yet.
    ///   - own: the incarnation in which the replica stands.
    ///   - standing: the id of the replica's entry at the fence's place.
    ///   - incarnations: our own ones in the order in which they were begun; asked for only if they matter.
    package static func isSetBack(
        behind fence: (incarnation: ID16, sequence: UInt64, id: Digest), own: ID16, standing: Digest?,
        incarnations: @autoclosure () throws -> [ID16]
    ) rethrows -> Bool {
        // Where nothing was sealed yet, the incarnation alone tells: a backup of an earlier one, put back a second time,
        // would number its next change set as the lost one.
        let isAtFence = fence.sequence == 0 ? own == fence.incarnation : standing == fence.id
        guard !isAtFence else { return false }
        // The present incarnation was begun after the fence's: the crash came between the two steps.
        let begun = try incarnations()
        guard own != fence.incarnation, let now = begun.lastIndex(of: own),
            let then = begun.lastIndex(of: fence.incarnation)
        else { return true }
        return now < then
    }
}
