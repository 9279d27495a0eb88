// The rules of form of a change set: what breaks them is an entry without effect, and never a stop.

import Testing

@testable import SyncCore

@Suite("Form of a change set")
struct ChangeSetFormTests {
    private static let shanghai = Origin(market: Market("shanghai")!, incarnation: .zero)
    private static let anhui = Origin(market: Market("anhui")!, incarnation: .zero)

    private static func update(_ key: String, type: String = "agency", note: Int = 0, keeps: [Keep] = []) -> Change {
        Change(
            kind: .update, record: RecordID(type: Text(type), key: Text(key)), note: note,
            units: [UnitValues(unit: 34, values: [.null])], keeps: keeps)
    }

    private static func entry(
        ops: [[UInt8]], rows: [Row] = [], sequence: UInt64 = 5, context: [UInt8]? = nil
    ) -> Entry {
        let encoded = EncodedOps(notes: [], changes: ops, suite: .ed25519SHA256, .forTests)
        let template = Entry.forTests(
            origin: shanghai, sequence: sequence, previous: sequence == 1 ? .zero : Digest(words: (0, 0, 0, 1)),
            context: Context(catalogHash: .zero, frontier: Frontier(rows: rows)), changes: [])
        var header = template.header
        header.opCount = UInt32(ops.count)
        header.payloadBytes = UInt64(encoded.payloadBytes)
        return Entry(
            header: header, signatures: template.signatures, context: context ?? template.context, ops: encoded.framed)
    }

    private static func fault(of entry: Entry) -> EntryFault? {
        do throws(EntryFault) {
            _ = try ChangeSet(decoding: entry)
            return nil
        } catch {
            return error
        }
    }

    private static func fault(
        _ notes: Int, _ changes: [Change], rows: [Row] = [], sequence: UInt64 = 5
    ) -> EntryFault? {
        let ops = (0..<notes).map { _ in Note(author: "a").encoded() } + changes.map { $0.encoded() }
        return fault(of: entry(ops: ops, rows: rows, sequence: sequence))
    }

    @Test func `changes ascend strictly by type and key`() {
        #expect(Self.fault(0, [Self.update("A"), Self.update("B"), Self.update("A", type: "contract")]) == nil)
        #expect(Self.fault(0, [Self.update("B"), Self.update("A")]) == .opsOutOfOrder)
        #expect(Self.fault(0, [Self.update("A"), Self.update("A")]) == .opsOutOfOrder)
        #expect(Self.fault(0, [Self.update("A", type: "contract"), Self.update("B")]) == .opsOutOfOrder)
    }

    @Test func `keys that only look equal are two records, in byte order`() {
        #expect(Self.fault(0, [Self.update("e\u{301}"), Self.update("\u{E9}")]) == nil)
        #expect(Self.fault(0, [Self.update("\u{E9}"), Self.update("e\u{301}")]) == .opsOutOfOrder)
    }

    @Test func `notes come before changes, and a change refers to one that is there`() {
        #expect(Self.fault(2, [Self.update("A", note: 2)]) == nil)
        #expect(Self.fault(2, [Self.update("A", note: 3)]) == .noSuchNote)
        #expect(Self.fault(0, [Self.update("A", note: 1)]) == .noSuchNote)
        let late = Self.entry(ops: [Self.update("A").encoded(), Note(author: "a").encoded()])
        #expect(Self.fault(of: late)?.code == "undecodable_malformed")
        #expect(Self.fault(1, []) == nil)
    }

    @Test func `a keep names an entry that the context sees`() {
        let row = Row(origin: Self.anhui, sequence: 7, idPrefix: .zero)
        func fault(_ row: Int, _ sequence: UInt64, rows: [Row], at own: UInt64 = 5) -> EntryFault? {
            Self.fault(
                0, [Self.update("A", keeps: [Keep(unit: 34, row: row, sequence: sequence)])], rows: rows, sequence: own)
        }
        #expect(fault(0, 4, rows: []) == nil)
        #expect(fault(0, 5, rows: []) == .keepNotSeen)
        #expect(fault(0, 1, rows: [], at: 1) == .keepNotSeen)
        #expect(fault(1, 7, rows: [row]) == nil)
        #expect(fault(1, 8, rows: [row]) == .keepNotSeen)
        #expect(fault(1, 0, rows: [row]) == .keepNotSeen)
        #expect(fault(2, 1, rows: [row]) == .keepNotSeen)
        #expect(fault(1_024, 1, rows: []) == .keepNotSeen)
    }

    @Test func `a context never names its own origin`() {
        let own = Row(origin: Self.shanghai, sequence: 1, idPrefix: .zero)
        #expect(Self.fault(0, [Self.update("A")], rows: [own]) == .contextNamesOwnOrigin)
    }

    @Test(
        arguments: [(256 << 10 - 1, nil), (256 << 10, nil), (256 << 10 + 1, "undecodable_over_limit")]
            as [(Int, String?)])
    func `a change has at most 256 KiB`(_ size: Int, _ code: String?) {
        func change(_ last: Int) -> Change {
            let full = FieldValue.text(Text(String(repeating: "x", count: 65_000)))
            return Change(
                kind: .update, record: RecordID(type: "agency", key: "A"),
                units: [
                    UnitValues(
                        unit: 1,
                        values: [full, full, full, full, .text(Text(String(repeating: "x", count: last)))])
                ])
        }
        let filled = change(1_000).encoded().count
        let bytes = change(1_000 + size - filled).encoded()
        #expect(bytes.count == size)
        #expect(Self.fault(of: Self.entry(ops: [bytes]))?.code == code)
    }

    @Test func `an op of no bytes, of an unknown kind or with bytes left over is undecodable`() {
        #expect(Self.fault(of: Self.entry(ops: [[]]))?.code == "undecodable_truncated")
        for kind in [0, 5, 15, 17, 255] as [UInt8] {
            #expect(Self.fault(of: Self.entry(ops: [[kind]]))?.code == "undecodable_malformed")
        }
        let change = Self.update("A").encoded()
        #expect(Self.fault(of: Self.entry(ops: [change + [0]]))?.code == "undecodable_trailing_bytes")
        #expect(Self.fault(of: Self.entry(ops: [change], context: []))?.code == "undecodable_truncated")
    }

    @Test func `values of known units must fit their columns, those of unknown units are not looked at`() throws {
        let schema = Schema(catalogHash: .zero, records: [TestCatalog.current])
        func fits(_ unit: UnitNumber, _ values: [FieldValue], type: Text = "agency") throws -> Bool {
            let change = Change(
                kind: .update, record: RecordID(type: type, key: "A"),
                units: [UnitValues(unit: unit, values: values)])
            return try ChangeSet(decoding: Self.entry(ops: [change.encoded()])).fits(schema)
        }
        #expect(try fits(TestCatalog.website, [.text("a")]))
        #expect(try fits(TestCatalog.website, [.null]))
        #expect(try !fits(TestCatalog.website, []))
        #expect(try !fits(TestCatalog.website, [.null, .null]))
        #expect(try !fits(TestCatalog.website, [.integer(1)]))
        #expect(try !fits(TestCatalog.website, [.set([])]))
        #expect(try fits(61, [.integer(1), .null]))
        #expect(try fits(TestCatalog.website, [.integer(1)], type: "vessel"))
    }
}
