// An incarnation of Jiangsu's that only the test writes, and what a closure makes of it.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

struct ClosureStage {
    let federation: TestFederation
    static let incarnation = ID16(Array(repeating: 7, count: 16))!

    init() throws {
        federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"], catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'old')")
        try federation.settle()
    }
}

protocol ClosureStory {
    var stage: ClosureStage { get }
}

extension ClosureStory {
    var federation: TestFederation { stage.federation }
    var shanghai: TestNode { federation["shanghai"] }
    var jiangsu: TestNode { federation["jiangsu"] }
    var zhejiang: TestNode { federation["zhejiang"] }
    var origin: Origin { Origin(market: jiangsu.market, incarnation: ClosureStage.incarnation) }

    /// Jiangsu's entry in an incarnation that only this test writes, signed with the key that was stolen.
    func entry(
        _ note: String, after previous: VerifiedEntry? = nil, seeing rows: [Row] = [], by node: TestNode? = nil,
        incarnation: ID16 = ClosureStage.incarnation
    ) throws -> VerifiedEntry {
        let context = Context(
            catalogHash: shanghai.replica.catalog.hash,
            frontier: Frontier(
                rows: try rows + shanghai.replica.frontier().rows.filter { $0.origin.market == shanghai.market }))
        return try (node ?? jiangsu).forge(
            incarnation: incarnation, sequence: (previous?.header.sequence ?? 0) + 1, previous: previous?.id ?? .zero,
            context: context,
            changes: [
                Change(
                    kind: .update, record: RecordID(type: "item", key: "31-0001"),
                    units: [UnitValues(unit: 32, values: [.text(Text(note))])])
            ])
    }

    func closure(_ ends: VerifiedEntry...) -> Closure {
        Closure(origin: origin, ends: ends.map { EntryPlace(sequence: $0.header.sequence, id: $0.id) })
    }

    func adopt(_ closures: Closure..., version: UInt64 = 1, at nodes: [TestNode]? = nil) throws {
        for node in nodes ?? federation.nodes { try node.adopt(closures, version: version) }
    }

    func apply(_ entries: VerifiedEntry..., to nodes: [TestNode]? = nil) throws {
        for node in nodes ?? federation.nodes { _ = try node.apply(entries, from: zhejiang.market) }
    }

    func note(at node: TestNode) throws -> String { try node.client.value("SELECT note FROM item") }

    func closed(at node: TestNode) throws -> Set<Digest> {
        Set(try node.replica.quarantine().filter { $0.code == "closed" }.map(\.id))
    }

    func expectAsModel(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try federation.settle()
        try federation.expectAgreement(sourceLocation: sourceLocation)
        let model = try SlowModel(of: shanghai.replica)
        #expect(try shanghai.digest() == model.digest, sourceLocation: sourceLocation)
        #expect(
            try shanghai.replica.openConflicts().map(\.id).sorted() == model.conflicts, sourceLocation: sourceLocation)
    }
}
