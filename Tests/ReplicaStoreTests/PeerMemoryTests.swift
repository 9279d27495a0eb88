// What a replica remembers of others, and how much of what nobody has verified.

import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("What is remembered of others")
struct PeerMemoryTests {
    private let federation: TestFederation
    private var replica: SQLiteReplica { federation["shanghai"].replica }

    init() throws {
        federation = try TestFederation(["shanghai"], catalog: try SmallCatalog.version1())
    }

    private func origin(_ index: Int) -> Origin {
        Origin(
            market: Market("jiangsu")!, incarnation: ID16(UInt64(index).bigEndianBytes + Array(repeating: 0, count: 8))!
        )
    }

    /// A seal rests while this stands: only what is noted of peers may leave it as it is.
    @Test func `what there may be to seal changes with every write but what is noted of a peer`() throws {
        let jiangsu = Market("jiangsu")!
        let first = try replica.sealableVersion()
        #expect(try replica.sealableVersion() == first)
        try replica.updatePeer(jiangsu) { record, _ in record.failures = 7 }
        #expect(try replica.sealableVersion() == first)
        #expect(throws: CancellationError.self) {
            try replica.updatePeer(jiangsu) { record, _ in
                record.failures = 8
                throw CancellationError()
            }
        }
        #expect(try replica.sealableVersion() == first)

        try replica.addFinding("of_a_test", about: "nobody", detail: "written by this very connection")
        let second = try replica.sealableVersion()
        #expect(second != first)
        try federation["shanghai"].sql("INSERT INTO item (item_no, title) VALUES ('31-0001', '甲')")
        let third = try replica.sealableVersion()
        #expect(third != second)
        try federation["shanghai"].seal()
        #expect(try replica.sealableVersion() != third)
    }

    /// An old receipt, played back by anyone who has kept it, would say that the peer lacks what it has.
    @Test func `a receipt is kept only if its counter rises, in each incarnation for itself`() throws {
        func keep(_ index: Int, _ counter: UInt64, _ body: [UInt8]) throws -> (wasKept: Bool, previousBody: [UInt8]?) {
            try replica.keepReceipt(from: origin(index), counter: counter, body: body, signatures: [9])
        }
        let first = try keep(1, 5, [1])
        #expect(first.wasKept && first.previousBody == nil)
        for counter in [5, 4, 1] as [UInt64] {
            let again = try keep(1, counter, [2])
            #expect(!again.wasKept && again.previousBody == [1])
        }
        let second = try keep(1, 6, [3])
        #expect(second.wasKept && second.previousBody == [1])
        #expect(try keep(1, 7, [4]).previousBody == [3])
        // Another incarnation counts anew.
        #expect(try keep(2, 1, [5]).wasKept)
        #expect(try !keep(1, 7, [6]).wasKept)
    }

    /// Unsigned bytes may claim any number of origins.
    @Test func `of origins that nobody has verified, sixty-four are remembered`() throws {
        func hold(_ index: Int, sequence: UInt64 = 1) throws {
            try replica.hold(Dot(origin: origin(index), sequence: sequence), need: .member("jiangsu"))
        }
        for index in 1...63 { try hold(index) }
        #expect(try replica.summary().waiting.count == 63)
        try hold(64)
        #expect(try replica.summary().waiting.count == 64)
        try hold(65)
        #expect(try replica.summary().waiting.count == 64)
        // One that is remembered already may still say something new.
        try hold(64, sequence: 3)
        let line = try #require(try replica.summary().waiting.first { $0.origin == origin(64) })
        #expect(line.sequence == 3 && line.isHeld && line.needs == "a trusted descriptor of jiangsu")
        // After a change of trust everything is asked for again.
        try replica.releaseHeld()
        #expect(try replica.summary().waiting.isEmpty)
        try hold(65)
        #expect(try replica.summary().waiting.map(\.origin) == [origin(65)])
    }

    @Test func `of what one peer hands over that is no entry, so many lines are kept and no more`() throws {
        func refusals(_ sequences: ClosedRange<UInt64>) -> [EntryRefusal] {
            sequences.map {
                EntryRefusal(origin: origin(1), sequence: $0, id: nil, class: .notAuthentic, code: "wrong_signature")
            }
        }
        let max = UInt64(Limits.notAuthenticKept)
        try replica.addNotAuthentic(refusals(1...(max - 1)), from: Market("jiangsu"))
        try replica.addNotAuthentic(refusals(1...(max - 1)), from: Market("jiangsu"))
        #expect(try replica.quarantine().count == Limits.notAuthenticKept - 1)
        try replica.addNotAuthentic(refusals((max - 1)...(max + 1)), from: Market("jiangsu"))
        #expect(try replica.quarantine().count == Limits.notAuthenticKept)
        // Another's first line is as good as anyone's.
        try replica.addNotAuthentic(refusals(1...1), from: Market("zhejiang"))
        #expect(try replica.quarantine().count == Limits.notAuthenticKept + 1)
    }

    @Test func `what peers bring about is found once, and of one subject so many times and no more`() throws {
        func find(_ details: ClosedRange<Int>, about subject: String) throws {
            for detail in details { try replica.addFinding("descriptor_refused", about: subject, detail: "\(detail)") }
        }
        let max = Limits.findingsOfOneSubject
        try find(1...(max - 1), about: "jiangsu")
        try find(1...(max - 1), about: "jiangsu")
        #expect(try replica.findings().count == max - 1)
        try find((max - 1)...(max + 1), about: "jiangsu")
        #expect(try replica.findings().count == max)
        try find(1...1, about: "zhejiang")
        #expect(try replica.findings().map(\.origin).last == "zhejiang")
    }
}
