// What a sealer refuses to sign, so that no receiver has to refuse it.

import PeerTrust
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Sealer")
struct SealerTests {
    /// Whoever fills the change sets: the sealer itself holds to the rules that it holds others to.
    @Test func `a change set that would be faulty is not signed, and nothing of its group is written`() throws {
        let shanghai = try TestFederation(["shanghai"], catalog: try SmallCatalog.version1())["shanghai"]
        func seal(_ counts: [Int]) throws {
            try shanghai.replica.write { transaction in
                let sealer = try EntrySealer(transaction, shanghai.signer)
                for (index, count) in counts.enumerated() {
                    try sealer.seal(
                        [], notes: Array(repeating: Note(author: "a"), count: count),
                        groupContinues: index + 1 < counts.count)
                }
            }
        }
        let full = Array(repeating: Limits.opsPerChangeSet, count: 16)
        let own = try shanghai.replica.ownOrigin()
        #expect(
            throws: FaultyDraft(dot: Dot(origin: own, sequence: 17), fault: .groupTooLarge)
        ) { try seal(full + [1]) }
        #expect(try shanghai.replica.ownHead().sequence == 0)
        try seal(full)
        #expect(try shanghai.replica.ownHead().sequence == 16)
    }
}
