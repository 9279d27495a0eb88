// What is too much for one change set, one group, one batch.

import ForeignSQL
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Large transactions")
struct LargeTests {
    @Test func `a transaction of more changes than a group may have becomes two groups`() throws {
        let federation = try TestFederation(
            catalog: try SmallCatalog.load(
                version: 1,
                types: [
                    "item": SmallCatalog.item().replacing("[0-9]{4}", with: "[0-9]{6}").replacing(
                        "31-0001", with: "31-000001")
                ]))
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let count = Limits.groupChanges + 10
        try shanghai.client.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO item (item_no, title) SELECT printf('31-%06d', i), 't' FROM n
            """)
        #expect(try shanghai.seal().changes == count)
        var flags: [Bool] = []
        try shanghai.replica.forEachLogItem { flags.append($0.stored.entry.header.groupContinues) }
        #expect(flags.count == 17)
        #expect(flags.filter { !$0 }.count == 2)
        try federation.pull(jiangsu, from: shanghai)
        #expect(try jiangsu.client.value("SELECT count(*) FROM item") == "\(count)")
        #expect(try jiangsu.replica.quarantine().isEmpty)
        #expect(try jiangsu.digest() == shanghai.digest())
    }

    @Test func `a group as large as a group may be never shares a batch that no receiver would take`() throws {
        let federation = try TestFederation(catalog: try SmallCatalog.version1())
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let incarnation = ID16(Array(repeating: 5, count: 16))!
        let context = Context(catalogHash: .zero, frontier: .empty)
        /// A change of an exact size, to a type that nobody knows yet.
        func change(_ number: Int, bytes: Int) -> Change {
            func filled(_ length: Int) -> Change {
                Change(
                    kind: .create,
                    record: RecordID(type: "blob", key: Text("k" + String(100_000 + number).dropFirst())),
                    units: [UnitValues(unit: 1, values: [.text(Text(String(repeating: "x", count: length)))])])
            }
            return filled(bytes - (filled(20_000).encoded().count - 20_000))
        }
        func changes(_ first: Int, payload: Int) -> [Change] {
            (0..<128).map { change(first + $0, bytes: payload / 128) }
        }
        var entries: [VerifiedEntry] = []
        for index in 0..<5 {
            // First one set alone, just below what closes a batch; then a group of four, full to the last byte.
            let payload = index == 0 ? Limits.payloadBytes - 1_280 : Limits.payloadBytes
            entries.append(
                try shanghai.forge(
                    incarnation: incarnation, sequence: UInt64(index + 1), previous: entries.last?.id ?? .zero,
                    context: context, changes: changes(index * 200, payload: payload),
                    groupContinues: (1..<4).contains(index)))
        }
        _ = try shanghai.replica.apply(entries, from: nil, shanghai.signer)
        var cursor = try shanghai.replica.sendCursor(
            for: PullRequest(frontier: try jiangsu.replica.frontier(), held: []))
        var sizes: [Int] = []
        while !cursor.isFinished {
            let batch = try shanghai.replica.nextBatch(&cursor)
            sizes.append(batch.entries.count)
            #expect(batch.encoded().count <= Limits.batchRawBytesTaken)
            _ = try jiangsu.replica.apply(batch.entries.map(TestFederation.verified), from: nil, jiangsu.signer)
        }
        #expect(sizes == [1, 4])
        #expect(try jiangsu.replica.quarantine().isEmpty)
        #expect(try jiangsu.replica.frontier() == shanghai.replica.frontier())
    }

    @Test func `a group's changes are counted over all its change sets, and the next group counts anew`() throws {
        let shanghai = try TestFederation(["shanghai"], catalog: try SmallCatalog.version1())["shanghai"]
        var entries: [VerifiedEntry] = []
        // Sixteen full change sets are a full group; the one that ends it brings one too many; the last stands alone.
        for sequence in UInt64(1)...18 {
            entries.append(
                try shanghai.forge(
                    incarnation: ID16(Array(repeating: 5, count: 16))!, sequence: sequence,
                    previous: entries.last?.id ?? .zero, context: Context(catalogHash: .zero, frontier: .empty),
                    notes: Array(repeating: Note(author: "a"), count: sequence <= 16 ? Limits.opsPerChangeSet : 1),
                    groupContinues: sequence <= 16))
        }
        let report = try shanghai.replica.apply(entries, from: nil, shanghai.signer)
        #expect(report.applied == 18)
        #expect(report.refused.map { "\($0.sequence) \($0.code)" } == ["17 group_too_large"])
    }

    private static let incarnation = ID16(Array(repeating: 5, count: 16))!

    /// Change sets of notes alone, as many as there are counts; the last of them ends the group.
    private func group(_ counts: [Int], of node: TestNode, _ context: Context) throws -> [VerifiedEntry] {
        var entries: [VerifiedEntry] = []
        for (index, count) in counts.enumerated() {
            entries.append(
                try node.forge(
                    incarnation: Self.incarnation, sequence: UInt64(index + 1), previous: entries.last?.id ?? .zero,
                    context: context, notes: Array(repeating: Note(author: "a"), count: count),
                    groupContinues: index + 1 < counts.count))
        }
        return entries
    }

    /// An outcome is a function of the entry and its ancestors: neither of what came in the same batch, nor of what was
    /// folded before it when the log is folded anew.
    @Test func `a group counts its own change sets alone, however the batches were cut, and after a refold`() throws {
        let federation = try TestFederation(catalog: try SmallCatalog.version1())
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.client.run("INSERT INTO item (item_no, title) VALUES ('31-0001', 'a')")
        try federation.settle()
        let context = Context(catalogHash: .zero, frontier: try shanghai.replica.frontier())
        let full = try group(Array(repeating: Limits.opsPerChangeSet, count: 16), of: jiangsu, context)
        let garbage = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 17, previous: full[15].id, context: context, rawChanges: [[255]],
            groupContinues: true)
        let write = try jiangsu.forge(
            incarnation: Self.incarnation, sequence: 18, previous: garbage.id, context: context,
            changes: [
                Change(
                    kind: .update, record: RecordID(type: "item", key: "31-0001"),
                    units: [UnitValues(unit: 32, values: [.text("written")])])
            ])
        for (node, cut) in [(shanghai, [full + [garbage, write]]), (jiangsu, [full, [garbage, write]])] {
            let refused = try cut.flatMap { try node.replica.apply($0, from: nil, node.signer).refused }
            #expect(refused.map(\.sequence) == [17])
            #expect(try node.client.value("SELECT note FROM item") == "written")
        }
        try federation.expectAgreement()
        let newer = try SmallCatalog.load(
            version: 2, types: ["item": SmallCatalog.item(), "parcel": SmallCatalog.item()])
        for node in federation.nodes {
            try node.replica.upgrade(to: newer, node.signer)
            #expect(try node.client.value("SELECT note FROM item") == "written")
        }
        try federation.expectAgreement()
    }

    @Test func `an undecodable change set counts in its group by what its header says`() throws {
        let shanghai = try TestFederation(["shanghai"], catalog: try SmallCatalog.version1())["shanghai"]
        let context = Context(catalogHash: .zero, frontier: .empty)
        var entries = try group(Array(repeating: Limits.opsPerChangeSet, count: 15) + [1], of: shanghai, context)
        entries.removeLast()
        entries.append(
            try shanghai.forge(
                incarnation: Self.incarnation, sequence: 16, previous: entries[14].id, context: context,
                rawChanges: Array(repeating: [255], count: Limits.opsPerChangeSet), groupContinues: true))
        entries.append(
            try shanghai.forge(
                incarnation: Self.incarnation, sequence: 17, previous: entries[15].id, context: context,
                notes: [Note(author: "a")]))
        let report = try shanghai.replica.apply(entries, from: nil, shanghai.signer)
        #expect(report.refused.map(\.sequence) == [16, 17])
        #expect(report.refused.last?.code == "group_too_large")
    }

    /// Its length takes a second byte in every digest from 128 on.
    @Test(arguments: [127, 128])
    func `a record whose key is as long as a key may be is sealed, applied and compared`(_ bytes: Int) throws {
        let digits = bytes - 3
        let key = "31-" + String(repeating: "7", count: digits)
        let federation = try TestFederation(
            catalog: try SmallCatalog.load(
                version: 1,
                types: [
                    "item": SmallCatalog.item().replacing("[0-9]{4}", with: "[0-9]{\(digits)}").replacing(
                        "31-0001", with: key)
                ]))
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title) VALUES ('\(key)', 'a')")
        try federation.settle()
        #expect(try federation["jiangsu"].client.value("SELECT item_no FROM item") == key)
        try federation.expectAgreement()
    }
}
