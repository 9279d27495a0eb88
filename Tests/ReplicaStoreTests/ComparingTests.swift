// What a replica says of its records when it is compared with another, a prefix at a time.

import ForeignSQL
import MarketCatalog
import PeerTrust
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Comparing")
struct ComparingTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }
    private static let recordCount = 700

    /// Records that were created only, updated, deleted, and one in conflict.
    init() throws {
        federation = try TestFederation(catalog: try SmallCatalog.version1())
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.client.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.recordCount))
            INSERT INTO item (item_no, title, note) SELECT printf('31-%04d', i), 't' || i, 'n' FROM n
            """)
        try federation.settle()
        try shanghai.client.run("UPDATE item SET note = 's' WHERE item_no <= '31-0003'")
        try jiangsu.client.run("UPDATE item SET note = 'j' WHERE item_no = '31-0003'")
        try federation.settle()
        try shanghai.client.run("DELETE FROM item WHERE item_no = '31-0005'")
        try federation.settle()
    }

    private func record(_ number: Int) -> RecordID { RecordID(type: "item", key: Text("31-" + padded(number))) }

    private func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    private func hash(_ record: RecordID) -> [UInt8] { OpenSSLHashing.sha256(record.bucketBytes).bytes }

    private func sum(_ digests: [Digest]) -> Digest {
        var sum = DigestSum()
        for digest in digests { sum.add(digest) }
        return sum.value
    }

    @Test func `at every depth the children are the sum above them, and the leaf is the record`() throws {
        let root = try shanghai.replica.digests(below: [])
        #expect(root.frontier == (try shanghai.replica.frontier()))
        for number in [1, 3, 5, 400, Self.recordCount] {
            let path = hash(record(number))
            let first = try shanghai.replica.digests(below: [path[0]]).reply
            let second = try shanghai.replica.digests(below: Array(path[..<2])).reply
            #expect(first.digest == root.reply.digest && second.digest == root.reply.digest)
            #expect(sum(first.children) == root.reply.children[Int(path[0])])
            #expect(sum(second.children) == first.children[Int(path[1])])
            let found = try shanghai.replica.records(below: Array(path[..<3]))
            #expect(found.map(\.record).contains(record(number)))
            #expect(sum(found.map(\.digest)) == second.children[Int(path[2])])
        }
    }

    @Test func `what a pass remembers is forgotten at the next write, whoever writes`() throws {
        let path = hash(record(7))
        let before = try shanghai.replica.digests(below: [path[0]]).reply
        #expect(try shanghai.replica.digests(below: [path[0]]).reply == before)
        // Another connection, behind everything's back.
        try shanghai.client.run("UPDATE yrd_record SET digest = zeroblob(32) WHERE key = '31-0007'")
        let after = try shanghai.replica.digests(below: [path[0]]).reply
        #expect(before.children[Int(path[1])] != after.children[Int(path[1])])
        #expect(try shanghai.replica.records(below: Array(path[..<3])).first?.digest == .zero)
        // Our own connection.
        try shanghai.client.run("UPDATE item SET note = 'x' WHERE item_no = '31-0001'")
        let changed = hash(record(1))
        let sealedBefore = try shanghai.replica.digests(below: Array(changed[..<2])).reply
        _ = try shanghai.replica.seal(shanghai.signer)
        let sealedAfter = try shanghai.replica.digests(below: Array(changed[..<2])).reply
        #expect(sealedBefore.children[Int(changed[2])] != sealedAfter.children[Int(changed[2])])
    }

    @Test(arguments: [1, 2, 5, 100, 10_000])
    func `a pass remembers as many buckets as fit, and says the same of each as a pass from there`(_ max: Int) throws {
        var bucket = 0
        var passes = 0
        while bucket < 256 {
            let (pass, alone) = try shanghai.replica.read { transaction in
                (
                    try LeafPass(from: UInt8(bucket), transaction, leavesMax: max, progress: { _ in }),
                    try LeafPass(from: UInt8(bucket), transaction, progress: { _ in })
                )
            }
            passes += 1
            #expect(pass.buckets.lowerBound == UInt8(bucket))
            let remembered = pass.buckets.reduce(0) { $0 + pass.leaves(below: [$1]).count }
            #expect(remembered <= max || pass.buckets.count == 1)
            for one in pass.buckets { #expect(pass.sums(below: [one]) == alone.sums(below: [one])) }
            bucket = Int(pass.buckets.upperBound) + 1
        }
        #expect(max < Self.recordCount ? passes > 1 : passes == 1)
    }

    @Test func `the log makes of every record what is kept of it: created, updated, in conflict, deleted`() throws {
        #expect(try shanghai.replica.openConflicts(key: "31-0003").count == 1)
        for node in [shanghai, jiangsu] {
            for number in [1, 2, 3, 5, 9] {
                let kept = try node.replica.records(below: hash(record(number)))
                #expect(kept.map(\.record) == [record(number)])
                #expect(try node.replica.digestByHistory(of: record(number)) == kept[0].digest)
            }
        }
        let before = try shanghai.replica.digestByHistory(of: record(9))
        try shanghai.client.run("UPDATE yrd_record SET digest = zeroblob(32) WHERE key = '31-0009'")
        #expect(try shanghai.replica.digestByHistory(of: record(9)) == before, "the log is asked, not what is kept")
    }

    @Test func `where the log cannot be read or the type is not known, nothing is said of a record`() throws {
        try shanghai.client.run("UPDATE yrd_entry SET payload = x'00' WHERE number = 1")
        #expect(try shanghai.replica.digestByHistory(of: record(9)) == nil)
        #expect(try shanghai.replica.digestByHistory(of: RecordID(type: "stranger", key: "31-0009")) == nil)
    }

    @Test func `a record that the replica has lost is found in the log`() throws {
        let prefix = Array(hash(record(9))[..<3])
        try shanghai.client.run("DELETE FROM yrd_record WHERE key = '31-0009'")
        #expect(try shanghai.replica.records(below: prefix).isEmpty)
        var read = 0
        #expect(try shanghai.replica.loggedRecords(below: prefix) { read = $0 } == [record(9)])
        #expect(read > 0)
        #expect(try shanghai.replica.loggedRecords(below: Array(repeating: 0xEE, count: 8)).isEmpty)
    }

    // MARK: A glance

    @Test func `a glance sees what an open replica sees, without its catalog`() throws {
        let glance = try SQLiteReplica(path: shanghai.path, environment: shanghai.clock.environment, isGlance: true)
        #expect(try glance.summary() == shanghai.replica.summary())
        #expect(try glance.frontier() == shanghai.replica.frontier())
        #expect(try glance.ownHead().id == shanghai.replica.ownHead().id)
        #expect(
            try glance.trustRecords().members.map(\.market) == shanghai.replica.trustRecords().members.map(\.market))
        #expect(try glance.lag(of: .empty).changeSets > 0)
        #expect(try glance.findings().count == shanghai.replica.findings().count)
        // What needs the catalog gets it.
        #expect(try glance.position().digest == shanghai.replica.position().digest)
        #expect(glance.catalog.hash == shanghai.replica.catalog.hash)
    }

    @Test func `a glance reads no catalog, however broken it is`() throws {
        try shanghai.client.run("UPDATE yrd_catalog SET content = x'00'")
        #expect(throws: (any Error).self) {
            try SQLiteReplica(path: shanghai.path, environment: shanghai.clock.environment)
        }
        let glance = try SQLiteReplica(path: shanghai.path, environment: shanghai.clock.environment, isGlance: true)
        #expect(try glance.frontier() == shanghai.replica.frontier())
        #expect(throws: (any Error).self) { try glance.position() }
    }

    // MARK: What is known of a peer

    @Test func `what is known of a peer is read, changed and kept in one step, or not at all`() throws {
        struct Refused: Error {}
        let market = Market("jiangsu")!
        try shanghai.replica.updatePeer(market) { record, frontier in
            record.failures = 3
            record.frontier = frontier
        }
        #expect(try shanghai.replica.peer(market).failures == 3)
        #expect(try shanghai.replica.peer(market).frontier == (try shanghai.replica.frontier()))
        #expect(throws: Refused.self) {
            try shanghai.replica.updatePeer(market) { record, _ in
                record.failures = 9
                throw Refused()
            }
        }
        try shanghai.replica.updatePeer(market) { record, _ in record.failures += 1 }
        #expect(try shanghai.replica.peer(market).failures == 4)
    }
}
