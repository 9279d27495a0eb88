// What a node does with what others hand it, and with what it says of itself: verified first, the fence before anyone is
// told, and a bare claim counts for nothing.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("What others hand over")
struct LocalExchangeTests: ThreeMarketStory {
    let federation: DeskFederation

    init() throws { federation = try Self.begun() }

    private func head(_ entry: Entry) -> EntryHead { EntryHead(header: entry.header, signatures: entry.signatures) }

    // MARK: Entries

    @Test
    func `what is not authentic is no entry: its messenger is named, the others are applied, the true one is welcome`()
        throws
    {
        let honest = try write("jiangsu", "website").entries
        let true1 = try write("zhejiang", "remark").entries
        var lie = true1[0]
        lie.signatures = lie.signatures.flipped
        let report = try shanghai.apply(Batch(entries: [lie] + honest), from: jiangsu.market)
        #expect(report.applied == 1)
        #expect(
            report.refused == [
                EntryRefusal(
                    origin: lie.header.origin, sequence: 1, id: nil, class: .notAuthentic, code: "wrong_signature")
            ])
        let line = try #require(try shanghai.replica.quarantine().first)
        #expect(line.class == "not_authentic" && line.peer == "jiangsu" && line.sequence == 1)
        #expect(try shanghai.replica.summary().waiting.isEmpty)
        #expect(try shanghai.apply(Batch(entries: true1), from: jiangsu.market).applied == 1)
        #expect(
            try shanghai.replica.record(Self.agency)?.values["remark"] == .text("https://zhejiang.example"))
    }

    @Test func `every messenger of what is not authentic is named, and each place it was said to stand in`() throws {
        let one = try write("jiangsu", "website").entries[0]
        let other = try write("zhejiang", "remark").entries[0]
        let lies = [one, other].map { entry in
            var lie = entry
            lie.signatures = lie.signatures.flipped
            return lie
        }
        for _ in 0..<2 {
            _ = try shanghai.apply(Batch(entries: lies + lies), from: jiangsu.market)
            _ = try shanghai.apply(Batch(entries: [lies[0]]), from: federation["zhejiang"].market)
        }
        #expect(
            try shanghai.replica.quarantine().map { "\($0.peer ?? "?") \($0.origin) \($0.sequence)" } == [
                "jiangsu \(one.header.origin) 1", "jiangsu \(other.header.origin) 1",
                "zhejiang \(one.header.origin) 1",
            ])
    }

    @Test func `what is here already, byte for byte, is passed over, and what is not quite so is judged`() throws {
        let batch = try write("jiangsu", "website")
        let entry = batch.entries[0]
        #expect(try shanghai.apply(batch, from: jiangsu.market).applied == 1)
        try federation.sql("shanghai", "UPDATE agency SET remark = 'pending'")
        #expect(try shanghai.apply(batch, from: federation["zhejiang"].market) == ApplyReport())
        #expect(try shanghai.replica.hasPending(), "nothing was applied, so nothing was sealed before it")

        var forged = entry
        forged.signatures = forged.signatures.flipped
        let swapped = Entry(
            header: entry.header, signatures: entry.signatures, context: entry.context,
            ops: entry.ops.dropLast() + [0xFF])
        for (lie, code) in [(forged, "wrong_signature"), (swapped, "ops_root")] {
            let report = try shanghai.apply(Batch(entries: [entry, lie]), from: federation["zhejiang"].market)
            #expect(report.applied == 0 && report.refused.map(\.refusalClass) == [.notAuthentic])
            #expect(report.refused.map(\.code) == [code])
        }
        #expect(try shanghai.replica.entry(at: entry.header.dot)?.entry == entry)
        // What is new in the same batch is applied.
        let next = try write("zhejiang", "remark")
        #expect(try shanghai.apply(Batch(entries: batch.entries + next.entries), from: jiangsu.market).applied == 1)
    }

    @Test func `a later trust root, a stranger and an unknown key wait, each with what would help`() throws {
        let other = try DeskFederation("anhui")
        let incarnation = ID16(Array(repeating: 3, count: 16))!
        let head = try jiangsu.replica.ownHead()
        let entries = [
            try jiangsu.forge(head.origin, sequence: 1, trustRoot: 1),
            try other["anhui"].forge(try other["anhui"].replica.ownOrigin()),
            try jiangsu.forge(Origin(market: jiangsu.market, incarnation: incarnation)),
        ]
        let report = try shanghai.apply(Batch(entries: entries), from: jiangsu.market)
        #expect(report.applied == 0 && report.refused.allSatisfy { $0.refusalClass == .waiting && $0.id == nil })
        #expect(report.refused.map(\.code) == ["trust_root_unknown", "member_unknown", "key_unknown"])
        #expect(report.waitingOrigins == Set(entries.map(\.header.origin)))
        #expect(try Set(shanghai.heldOrigins()) == Set(entries.map(\.header.origin)))
        // A descriptor has come: everything is asked for again.
        let descriptor = try other["anhui"].trust().own
        _ = try shanghai.trustKeeper.add(descriptor.raw, fingerprint: nil, isReplacing: false)
        #expect(try shanghai.heldOrigins().isEmpty)
        #expect(try shanghai.apply(Batch(entries: [entries[1]]), from: jiangsu.market).applied == 1)
    }

    // MARK: Portions

    /// Sealed as one change set.
    private func makeAgencies(_ count: Int, from first: Int, at market: String, prefix: Int) throws {
        try federation.sql(
            market,
            """
            WITH RECURSIVE n (i) AS (VALUES (\(first)) UNION ALL SELECT i + 1 FROM n WHERE i < \(first + count - 1))
            INSERT INTO agency (agency_id, name) SELECT printf('\(prefix)-TTA-%06d', i), 'n' FROM n
            """)
        try federation[market].seal()
    }

    private func batch(from sender: LocalNode) throws -> Batch {
        var cursor = try sender.replica.sendCursor(
            for: PullRequest(frontier: try shanghai.replica.frontier(), held: []))
        return try sender.replica.nextBatch(&cursor)
    }

    /// So long is no foreign writer kept waiting: for the changes of one change set, or for one group.
    @Test func `a transaction has no more changes than a change set may have, and stands if the next one fails`() throws
    {
        let half = Limits.opsPerChangeSet / 2 + 1
        for index in 0..<3 { try makeAgencies(half, from: 1 + index * half, at: "jiangsu", prefix: 32) }
        let batch = try batch(from: jiangsu)
        #expect(batch.entries.map { Int($0.header.opCount) } == [half, half, half])
        let count = "SELECT count(*) FROM agency WHERE agency_id LIKE '32-%'"
        // The disk's part is played by an index that takes one such entry and not the next.
        try federation.sql("shanghai", "CREATE UNIQUE INDEX trap ON yrd_entry (changes) WHERE changes = \(half)")
        #expect(throws: SQLiteError.self) { try shanghai.apply(batch, from: jiangsu.market) }
        #expect(try federation.value("shanghai", count) == "\(half)")
        try expectFenceAtHead(shanghai)
        try federation.sql("shanghai", "DROP INDEX trap; UPDATE agency SET remark = 'between' WHERE rowid = 1")
        #expect(try shanghai.apply(batch, from: jiangsu.market).applied == 2)
        #expect(try federation.value("shanghai", count) == "\(3 * half)")
        try federation.settle()
        let digests = (try shanghai.hello().stateDigest, try jiangsu.hello().stateDigest)
        #expect(digests.0 == digests.1)
    }

    @Test func `what the last portion tells of a rollback is known before the first one seals`() throws {
        try makeAgencies(Limits.opsPerChangeSet, from: 1, at: "jiangsu", prefix: 32)
        let old = federation.folder + "/old.sqlite"
        try federation.sql("shanghai", "VACUUM INTO '\(old)'")
        let fence = try Data(contentsOf: URL(fileURLWithPath: shanghai.directory.fence))
        try federation.sql("shanghai", "UPDATE agency SET remark = 'lost'")
        try shanghai.seal()
        let lost = try shanghai.replica.ownHead()
        let place = Dot(origin: lost.origin, sequence: lost.sequence)
        _ = try jiangsu.apply(
            Batch(entries: [try #require(try shanghai.replica.entry(at: place)?.entry)]), from: shanghai.market)
        // The whole machine is set back, fence and all.
        try federation.sql("shanghai", ".restore '\(old)'")
        try fence.write(to: URL(fileURLWithPath: shanghai.directory.fence))
        try federation.sql("shanghai", "UPDATE agency SET remark = 'pending'")
        let batch = try batch(from: jiangsu)
        let origins = [try jiangsu.replica.ownOrigin(), lost.origin]
        #expect(batch.portions().map { $0.entries.last?.header.origin } == origins)
        #expect(try shanghai.apply(batch, from: jiangsu.market).applied == 2)
        #expect(try shanghai.replica.ownOrigin() != lost.origin)
        #expect(try shanghai.replica.entry(at: place)?.id == lost.id, "its number was not used again")
    }

    // MARK: Incarnations

    /// Entries of an incarnation that no descriptor names are nobody's.
    @Test func `where the descriptor cannot be published, no incarnation begins`() throws {
        let own = try shanghai.replica.ownOrigin()
        let key = shanghai.directory.tlsKey
        try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
        #expect(throws: (any Error).self) { try shanghai.recover(because: "a test") }
        #expect(try shanghai.replica.ownOrigin() == own)
        try FileManager.default.moveItem(atPath: key + ".away", toPath: key)
        try shanghai.recover(because: "a test")
        #expect(try shanghai.replica.ownOrigin() != own)
    }

    // MARK: Proofs of a rollback

    @Test func `a head of ours proves a rollback by our own signature, and only beyond or beside our head`() throws {
        let own = try shanghai.replica.ownHead()
        func forged(_ sequence: UInt64, previous: Digest = Digest(words: (1, 1, 1, 1))) throws -> EntryHead {
            head(try shanghai.forge(own.origin, sequence: sequence, previous: sequence == 1 ? .zero : previous))
        }
        let beyond = try forged(own.sequence + 1)
        #expect(try shanghai.provesRollback([beyond]))
        #expect(try shanghai.provesRollback([try forged(own.sequence)]), "another entry in our head's place")
        let standing = try #require(
            try shanghai.replica.entry(at: Dot(origin: own.origin, sequence: own.sequence))?.entry)
        #expect(try !shanghai.provesRollback([head(standing)]))
        #expect(try !shanghai.provesRollback([]))
        // A bare claim counts for nothing.
        #expect(
            try !shanghai.provesRollback([EntryHead(header: beyond.header, signatures: beyond.signatures.flipped)]))
        #expect(
            try !shanghai.provesRollback([
                head(try jiangsu.forge(own.origin, sequence: 9, previous: Digest(words: (1, 1, 1, 1))))
            ]))
        // Nor does another incarnation, or an old entry.
        let past = Origin(market: own.origin.market!, incarnation: ID16(Array(repeating: 3, count: 16))!)
        #expect(try !shanghai.provesRollback([head(try shanghai.forge(past, sequence: 1))]))
        try federation.sql("shanghai", "UPDATE agency SET remark = 'later'")
        try shanghai.seal()
        #expect(try !shanghai.provesRollback([head(standing)]))
    }

    // MARK: Ourselves, shown by others

    @Test func `entries of ours that we lack come back, under a new incarnation`() throws {
        let own = try shanghai.replica.ownHead()
        let lost = try shanghai.forge(own.origin, sequence: own.sequence + 1, previous: own.id)
        try federation.sql("shanghai", "UPDATE agency SET remark = 'pending'")
        let report = try shanghai.apply(Batch(entries: [lost]), from: jiangsu.market)
        #expect(report.applied == 1 && report.refused.isEmpty)
        let now = try shanghai.replica.ownHead()
        #expect(now.origin != own.origin && now.sequence == 1, "what was pending is sealed under the new one")
        #expect(shanghai.recoveredBecause?.contains("\(lost.header.dot)") == true)
        try expectFenceAtHead(shanghai)
        // Old and new entries alike are authentic under the descriptor that tells of it.
        let membership = try shanghai.trust().membership
        for dot in [own.origin, now.origin].map({ Dot(origin: $0, sequence: 1) }) {
            let entry = try #require(try shanghai.replica.entry(at: dot)?.entry)
            guard case .verified = membership.verify(entry) else {
                Issue.record("\(dot) is not authentic any more")
                continue
            }
        }
    }

    @Test func `a second branch of our own incarnation makes us begin another, one of someone else's does not`() throws
    {
        let own = try shanghai.replica.ownHead()
        try federation.sql("jiangsu", "UPDATE agency SET remark = 'j'")
        try federation.settle()
        let others = try jiangsu.replica.ownHead()
        let theirs = try jiangsu.forge(others.origin, sequence: 1)
        let report = try shanghai.apply(Batch(entries: [theirs]), from: jiangsu.market)
        #expect(report.applied == 1 && report.refused.isEmpty)
        #expect(try shanghai.replica.ownOrigin() == own.origin)

        let clone = try shanghai.forge(own.origin, sequence: 1)
        let second = try shanghai.apply(Batch(entries: [clone]), from: jiangsu.market)
        #expect(second.applied == 1 && second.refused.isEmpty)
        #expect(try shanghai.replica.ownOrigin() != own.origin)
        // What it seals from now on has seen both branches.
        try federation.sql("shanghai", "UPDATE agency SET remark = 'after'")
        try shanghai.seal()
        let head = try #require(
            try shanghai.replica.entry(at: Dot(origin: try shanghai.replica.ownOrigin(), sequence: 1)))
        let seen = try Context(decoding: head.entry.context).frontier
        #expect(seen.rows(of: own.origin).count == 2)
        #expect(seen == (try shanghai.replica.frontier()).without(try shanghai.replica.ownOrigin()))
    }

    // MARK: Receipts

    @Test func `a receipt counts if its market hands it over, signed, and says where it stands`() throws {
        let receipt = try jiangsu.receipt()
        let frontier = try jiangsu.replica.frontier()
        #expect(try shanghai.take(receipt: receipt, from: jiangsu.market) == frontier)
        #expect(try shanghai.take(receipt: receipt, from: Market("zhejiang")!) == nil)
        #expect(try shanghai.take(receipt: receipt, from: Market("anhui")!) == nil)
        let forged = SignedStatement(body: receipt.body, signatures: receipt.signatures.flipped)
        #expect(try shanghai.take(receipt: forged, from: jiangsu.market) == nil)
        #expect(
            try shanghai.take(receipt: SignedStatement(body: [1], signatures: receipt.signatures), from: jiangsu.market)
                == nil)
        #expect(try shanghai.replica.findings().isEmpty)
    }

    @Test func `a receipt that lacks what an earlier one named is a finding about its market`() throws {
        func receipt(_ frontier: Frontier, _ counter: UInt64) throws -> SignedStatement {
            let statement = FrontierStatement(
                receiptOf: frontier, federation: try jiangsu.signer.federation, origin: try jiangsu.replica.ownOrigin(),
                trustRootVersion: 0, counter: counter, timeMilliseconds: 1)
            let key = try SigningKey(pem: try PrivateKeyFile.read(jiangsu.directory.signingKey))
            return try statement.signed(by: [key])
        }
        try federation.sql("jiangsu", "UPDATE agency SET remark = 'j'")
        try federation.settle()
        let full = try shanghai.replica.frontier()
        #expect(full.rows.count == 2)
        _ = try shanghai.take(receipt: try receipt(full, 5), from: jiangsu.market)
        // Out of order: an old statement that was played back says nothing.
        _ = try shanghai.take(receipt: try receipt(.empty, 4), from: jiangsu.market)
        _ = try shanghai.take(receipt: try receipt(full, 6), from: jiangsu.market)
        #expect(try shanghai.replica.findings().isEmpty)
        _ = try shanghai.take(receipt: try receipt(.empty, 7), from: jiangsu.market)
        let finding = try #require(try shanghai.replica.findings().first)
        #expect(finding.code == "peer_rolled_back" && finding.detail.contains("\(full.rows[0].dot)"))
        // One receipt is one finding, whatever it lacks; and who swings to and fro is found once.
        _ = try shanghai.take(receipt: try receipt(full, 8), from: jiangsu.market)
        _ = try shanghai.take(receipt: try receipt(.empty, 9), from: jiangsu.market)
        #expect(try shanghai.replica.findings().count == 1)
    }
}
