// What a peer cannot take yet, as it says while we push: a claim, so it moves us only as far as it can be bounded.

/// Origins that are left out of what is pushed for the rest of a round.
package struct HeldByPeer: Hashable, Sendable {
    package private(set) var origins: Set<Origin> = []

    package init() {}

    /// Takes note of the answer to a batch of entries of some origins. True if one of those waits which did not before: the walk
    /// begins anew without it. An origin makes it begin anew once, and a walk ends: so pushing ends, whatever a peer answers.
    package mutating func note(_ refused: [EntryRefusal], of sent: Set<Origin>) -> Bool {
        let before = origins.count
        for refusal in refused where refusal.refusalClass == .waiting && sent.contains(refusal.origin) {
            origins.insert(refusal.origin)
        }
        return origins.count > before
    }
}
