// The slow obvious model against the real merge, on random federations. One seed is one federation.

import Testing

@testable import SyncCore

@Suite("Merge against its model")
struct MergeModelTests {
    @Test(arguments: Seeds.run(1_000))
    func `after every step every node holds and shows what the rules say, and no value is lost`(_ seed: UInt64) {
        var federation = RandomFederation(seed: seed)
        federation.run()
    }

    @Test func `the federations are worth comparing: all that can happen, happens`() {
        var tally: [String: Int] = [:]
        for seed in UInt64(0)..<120 {
            var federation = RandomFederation(seed: seed)
            federation.run()
            for sealed in federation.sets {
                for change in sealed.changeSet.changes {
                    tally["\(change.kind.name)\(sealed.isResolution ? " to resolve" : "")", default: 0] += 1
                    if !change.keeps.isEmpty { tally["keeps", default: 0] += 1 }
                }
            }
            for node in federation.nodes {
                for record in federation.records {
                    let view = node.view(record)
                    for conflict in view.conflicts {
                        tally[conflict.unit == 0 ? "existence conflict" : "conflict", default: 0] += 1
                    }
                    if !view.isShown { tally["deleted", default: 0] += 1 }
                }
            }
        }
        for what in [
            "create", "update", "delete", "update to resolve", "keep to resolve", "delete to resolve", "keeps",
            "conflict", "existence conflict", "deleted",
        ] {
            #expect(tally[what, default: 0] >= 10, "\(what): \(tally)")
        }
    }
}
