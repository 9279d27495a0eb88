// Was this replica set back? What the fence beside it says.

/// The fence remembers our own head outside the replica (DESIGN.md section 8, Restore).
package enum RollbackRule {
    /// - Parameters:
    ///   - fence: our own head as the fence remembers it; sequence 0 if nothing was sealed in that incarnation yet.
    ///   - own: the incarnation in which the replica stands.
    ///   - standing: the id of the replica's entry at the fence's place.
    ///   - incarnations: our own ones in the order in which they were begun.
    package static func isSetBack(
        behind fence: (incarnation: ID16, sequence: UInt64, id: Digest), own: ID16, standing: Digest?,
        incarnations: [ID16]
    ) -> Bool {
        guard fence.sequence > 0 else { return false }
        guard standing != fence.id else { return false }
        // The present incarnation was begun after the fence's: the crash came between the two steps.
        if own != fence.incarnation, let now = incarnations.lastIndex(of: own),
            let then = incarnations.lastIndex(of: fence.incarnation), now > then
        {
            return false
        }
        return true
    }
}
