// A bundle proves what it says to somebody who has nothing of ours; whatever is changed in it, it proves nothing.

import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Evidence")
struct EvidenceTests {
    private static let record = RecordID(type: "agency", key: "31-TTA-000001")
    private static let secret = "of another record"

    private let federation: DeskFederation
    private let bundle: EvidenceBundle

    /// Shanghai creates the record beside others, Jiangsu changes it, the desk at Shanghai settles a conflict; then more
    /// change sets, which the receipts name.
    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "anhui")
        for number in 2...7 {
            try federation.sql(
                "shanghai",
                "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(number)', '\(Self.secret)')")
        }
        try federation.makeAgency()
        for (market, site) in [("shanghai", "https://s.example"), ("jiangsu", "https://j.example")] {
            try federation.sql(
                market, "UPDATE agency SET website = '\(site)' WHERE agency_id = '31-TTA-000001'")
        }
        try federation.settle()
        let report = try #require(try federation.openConflicts(at: "shanghai").first)
        let desk = ConflictDesk(federation["shanghai"])
        _ = try desk.resolve(report, .take(.market(Market("jiangsu")!)), reason: "电话核实", author: "李敏")
        try federation.settle()
        try federation.sql("shanghai", "UPDATE agency SET name = 'later' WHERE agency_id = '31-TTA-000002'")
        try federation.settle()
        try Self.exchangeReceipts(federation)
        bundle = try EvidenceExport(federation["shanghai"]).bundle(of: Self.record, exportedAt: "2026-11-26T00:00:00Z")
    }

    private static func exchangeReceipts(_ federation: DeskFederation) throws {
        for giver in federation.nodes {
            let receipt = try giver.receipt()
            for taker in federation.nodes where taker !== giver {
                _ = try taker.take(receipt: receipt, from: giver.market)
            }
        }
    }

    private static func bytes(_ bundle: EvidenceBundle) throws -> [UInt8] { Array(try JSONEncoder().encode(bundle)) }

    private static func check(_ bundle: EvidenceBundle) throws(EvidenceRefusal) -> EvidenceReport {
        guard let bytes = try? bytes(bundle) else { preconditionFailure("a bundle that is no JSON") }
        return try EvidenceCheck(bytes).run()
    }

    private static func checkByPython(_ bundle: EvidenceBundle) throws -> (isTrue: Bool, output: String) {
        try EvidenceScript.run(try bytes(bundle))
    }

    @Test func `it says who changed the record, why, and who received it`() throws {
        let report = try Self.check(bundle)
        #expect(report.record == Self.record)
        #expect(report.descriptors.map(\.market.name) == ["anhui", "jiangsu", "shanghai"])
        let changes = report.changes
        #expect(changes.map(\.market.name).sorted() == ["jiangsu", "shanghai", "shanghai", "shanghai"])
        #expect(changes.first?.change.kind == .create)
        #expect(changes.last?.note?.author == "李敏" && changes.last?.note?.reason == "电话核实")
        #expect(changes.last?.note?.choice == .take)
        #expect(changes.map(\.id) == (try federation["shanghai"].replica.history(of: Self.record).map(\.id)))
        for change in changes {
            // Shanghai's own reception is what it exports; a market need not prove that it has its own.
            let others = ["anhui", "jiangsu"].filter { $0 != change.market.name }
            #expect(change.receivedBy.map(\.market.name) == others, "\(change.dot)")
        }
        #expect(report.catalog?.hash == federation["shanghai"].catalog.hash)
    }

    @Test func `the script in docs says the same with nothing of ours`() throws {
        let (isTrue, output) = try Self.checkByPython(bundle)
        #expect(isTrue, "\(output)")
        for change in try Self.check(bundle).changes { #expect(output.contains(change.id.hex)) }
        #expect(output.components(separatedBy: "received by anhui").count == 5)
        for descriptor in try Self.check(bundle).descriptors { #expect(output.contains(descriptor.fingerprint)) }
    }

    @Test func `nothing of another record is in it`() throws {
        let text = String(decoding: try Self.bytes(bundle), as: UTF8.self)
        #expect(!text.contains(Array(Self.secret.utf8).hex) && !text.contains(Self.secret))
        #expect(!text.contains(Array("31-TTA-000002".utf8).hex) && !text.contains("31-TTA-000002"))
        #expect(text.contains(Array("31-TTA-000001".utf8).hex))
    }

    @Test func `a record that no change set touched has no evidence`() throws {
        #expect(throws: DeskRefusal.self) {
            try EvidenceExport(federation["anhui"]).bundle(
                of: RecordID(type: "agency", key: "31-TTA-999999"), exportedAt: "")
        }
    }

    // MARK: Forgeries

    struct Forgery: Sendable {
        let name: String
        let code: String
        let forge: @Sendable (inout EvidenceBundle) -> Void

        init(_ name: String, _ code: String, _ forge: @escaping @Sendable (inout EvidenceBundle) -> Void) {
            (self.name, self.code, self.forge) = (name, code, forge)
        }
    }

    /// The hexadecimal digit at a place, another one.
    private static func flip(_ text: inout String, at offset: Int) {
        var digits = Array(text)
        digits[offset] = digits[offset] == "0" ? "1" : "0"
        text = String(digits)
    }

    static let forgeries: [Forgery] = [
        Forgery("another value", "evidence_not_under_root") { flip(&$0.changeSets[0].ops[0].op, at: 60) },
        Forgery("another path", "evidence_not_under_root") { $0.changeSets[0].ops[0].path[0] = Digest.zero.hex },
        Forgery("a shorter path", "evidence_not_under_root") { $0.changeSets[0].ops[0].path.removeLast() },
        Forgery("another place", "evidence_not_under_root") { $0.changeSets[0].ops[0].index += 1 },
        Forgery("another time", "evidence_not_authentic") { flip(&$0.changeSets[0].header, at: 175) },
        Forgery("another incarnation", "evidence_not_authentic") { flip(&$0.changeSets[0].header, at: 97) },
        Forgery("another signature", "evidence_not_authentic") {
            flip(&$0.changeSets[0].signatures[0].signature, at: 9)
        },
        Forgery("another's signature", "evidence_not_authentic") {
            $0.changeSets[0].signatures = $0.changeSets.last { $0.header.contains("6a69616e677375") }!.signatures
        },
        Forgery("no signature", "evidence_not_authentic") { $0.changeSets[0].signatures = [] },
        Forgery("another context", "evidence_context_differs") { flip(&$0.changeSets[0].context, at: 10) },
        Forgery("the note left out", "evidence_note_missing") {
            let last = $0.changeSets.count - 1
            $0.changeSets[last].ops.removeFirst()
        },
        Forgery("the change left out", "evidence_other_record") {
            let last = $0.changeSets.count - 1
            $0.changeSets[last].ops.removeLast()
        },
        Forgery("about another record", "evidence_other_record") { $0.key = "31-TTA-000003" },
        Forgery("a change set twice", "evidence_malformed") { $0.changeSets.append($0.changeSets[0]) },
        Forgery("no change set", "evidence_malformed") { $0.changeSets = [] },
        Forgery("a later version", "evidence_malformed") { $0.version = 2 },
        Forgery("another federation", "evidence_descriptor_refused") { $0.federation = "other" },
        Forgery("a descriptor with another key", "evidence_descriptor_refused") {
            let line = $0.descriptors[0].split(separator: "\n").first { $0.contains("spki:") }!
            let other = $0.descriptors[1].split(separator: "\n").first { $0.contains("spki:") }!
            $0.descriptors[0] = $0.descriptors[0].replacingOccurrences(of: line, with: other)
        },
        Forgery("a market's descriptor twice", "evidence_descriptor_refused") {
            $0.descriptors.append($0.descriptors[0])
        },
        Forgery("a market without descriptor", "evidence_receipt_not_authentic") { $0.descriptors.removeFirst() },
        Forgery("a receipt of another time", "evidence_receipt_not_authentic") { flip(&$0.receipts[0].body, at: 140) },
        Forgery("another's receipt", "evidence_receipt_not_authentic") { $0.receipts[0].market = "jiangsu" },
        Forgery("a chain with a gap", "evidence_chain_broken") { $0.chains[0].remove(at: 1) },
        Forgery("a chain with a forged link", "evidence_chain_broken") { flip(&$0.chains[0][1], at: 175) },
    ]

    /// In one test, so that they share one federation.
    @Test func `whatever is changed, it is refused, by us and by the script`() throws {
        for forgery in Self.forgeries {
            var forged = bundle
            forgery.forge(&forged)
            let refusal = #expect(throws: EvidenceRefusal.self, "\(forgery.name)") { try Self.check(forged) }
            #expect(refusal?.code == forgery.code, "\(forgery.name)")
            #expect(try !Self.checkByPython(forged).isTrue, "\(forgery.name)")
        }
    }

    @Test func `without the chain a later head proves reception of itself alone`() throws {
        var cut = bundle
        cut.chains = []
        let changes = try Self.check(cut).changes
        #expect(changes.filter { $0.market.name == "shanghai" }.allSatisfy { $0.receivedBy.isEmpty })
        #expect(try Self.checkByPython(cut).isTrue)
    }

    @Test func `fingerprints that the markets gave are compared`() throws {
        let descriptors = try Self.check(bundle).descriptors
        let fingerprints = Dictionary(uniqueKeysWithValues: descriptors.map { ($0.market, $0.fingerprint) })
        #expect(throws: Never.self) { try EvidenceCheck(Self.bytes(bundle)).run(fingerprints: fingerprints) }
        let wrong = [Market("anhui")!: fingerprints[Market("jiangsu")!]!]
        let refusal = #expect(throws: EvidenceRefusal.self) {
            try EvidenceCheck(Self.bytes(bundle)).run(fingerprints: wrong)
        }
        #expect(refusal?.code == "evidence_other_fingerprint" && refusal?.place == "anhui")
        let missing = #expect(throws: EvidenceRefusal.self) {
            try EvidenceCheck(Self.bytes(bundle)).run(fingerprints: [Market("zhejiang")!: "0"])
        }
        #expect(missing?.code == "evidence_market_missing")
    }

    @Test(arguments: ["", "{}", "[1]", "{\"yrd_evidence\": 1}", "\u{0}", "{\"yrd_evidence\": \"1\"}"])
    func `what is no bundle is called so`(_ text: String) {
        let refusal = #expect(throws: EvidenceRefusal.self) { try EvidenceCheck(Array(text.utf8)).run() }
        #expect(refusal?.code == "evidence_malformed")
    }
}
