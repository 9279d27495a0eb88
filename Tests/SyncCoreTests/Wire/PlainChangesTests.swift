// The short way of reading an entry says nothing that the ordinary way does not say.

import Testing

@testable import SyncCore

@Suite("Plain changes")
struct PlainChangesTests {
    private static let schema = Schema(catalogHash: .zero, records: [TestCatalog.current])

    /// A create or an update as bulk work carries them: no notes, no keeps, units that the catalog knows.
    private static func change(_ number: Int, using generator: inout SeededGenerator) -> Change {
        let kind: ChangeKind = generator.oneIn(2) ? .create : .update
        let all = TestCatalog.current.units
        let chosen = all.filter { _ in generator.oneIn(2) }
        let units = (chosen.isEmpty ? Array(all.prefix(1)) : chosen).map { unit in
            // Integers do not fit these columns; a created unit that is all NULL is no plain one.
            UnitValues(
                unit: unit.number,
                values: unit.columns.indices.map { index in
                    switch generator.below(12) {
                    case 0 where index > 0: .null
                    case 1: .integer(7)
                    case 2: .null
                    default: .text(generator.text(max: 40))
                    }
                })
        }
        let key = "SH-\(number)" + (generator.oneIn(9) ? String(repeating: "k", count: 124) : "")
        return Change(kind: kind, record: TestCatalog.record(key), units: units)
    }

    private static func entry(_ ops: [[UInt8]]) -> Entry {
        let framed = EncodedOps.framed(ops)
        let header = EnvelopeHeader(
            suite: .ed25519SHA256, groupContinues: false, federation: .zero,
            origin: Origin(market: Market("shanghai")!, incarnation: .zero), sequence: 1, trustRootVersion: 0,
            timeMilliseconds: 0, opCount: UInt32(ops.count), payloadBytes: UInt64(framed.count - 4 * ops.count),
            previous: .zero, opsRoot: .zero, contextHash: .zero, keyID: .zero)
        return Entry(
            header: header, signatures: [], context: Context(catalogHash: .zero, frontier: .empty).encoded(),
            ops: framed)
    }

    /// What the short way read, said as changes.
    private static func changes(_ plain: PlainChanges, _ ops: [UInt8]) -> [Change] {
        ops.withUnsafeBytes { bytes in
            plain.changes.map { change in
                let units = plain.units[change.units].map { part in
                    var reading = EncodedValues(UnsafeRawBufferPointer(rebasing: bytes[part.values]))
                    var values: [FieldValue] = []
                    while let value = reading.next() {
                        switch value {
                        case .null: values.append(.null)
                        case .integer(let integer): values.append(.integer(integer))
                        case .text(let utf8): values.append(.text(Text(String(decoding: utf8, as: UTF8.self))))
                        }
                    }
                    return UnitValues(unit: plain.rule.units[part.place].number, values: values)
                }
                let key = Text(String(decoding: bytes[change.key], as: UTF8.self))
                return Change(kind: change.kind, record: RecordID(type: Text(plain.rule.type), key: key), units: units)
            }
        }
    }

    /// What is found of one record without reading the others.
    private static func alone(_ key: Text, in ops: [UInt8]) -> Change? {
        let plain = Array(key.utf8).withUnsafeBytes { key in
            ops.withUnsafeBytes { PlainChanges(ofKey: key, type: TestCatalog.current.type, in: $0, schema: schema) }
        }
        return plain.map { changes($0, ops)[0] }
    }

    /// True if the short way took it.
    private static func compare(_ entry: Entry, by market: Market) throws -> Bool {
        guard let plain = PlainChanges(of: entry, schema: schema) else { return false }
        let changeSet = try ChangeSet(decoding: entry)
        #expect(changeSet.fits(schema))
        #expect(changeSet.notes.isEmpty)
        #expect(changes(plain, entry.ops) == changeSet.changes)
        for (index, plainChange) in plain.changes.enumerated() {
            #expect(try changeSet.changes[index] == Change(decoding: entry.ops, in: plainChange.op))
            let key = entry.ops[plainChange.key]
            for hint in [0, index, plain.changes.count] {
                let found = key.withUnsafeBytes { key in
                    entry.ops.withUnsafeBytes { plain.change(ofKey: key, $0, hint: hint) }
                }
                #expect(found == index)
            }
            #expect(alone(Text(String(decoding: key, as: UTF8.self)), in: entry.ops) == changeSet.changes[index])
        }
        let mayAll = changeSet.changes.allSatisfy { change in
            change.writtenUnits.allSatisfy {
                TestCatalog.current.mayWrite(market, unit: $0, ofKey: change.record.key)
            }
        }
        #expect(plain.mayAllBeMade(by: market, entry.ops) == mayAll)
        return true
    }

    @Test func `whatever the short way takes, the ordinary way takes with the same meaning`() throws {
        var (taken, refused) = (0, 0)
        let seeds = Array(Seeds.run(2_000))
        for seed in seeds {
            var generator = SeededGenerator(seed: seed)
            let market = generator.pick([Market("shanghai")!, Market("jiangsu")!])
            let ops = (1...(1 + generator.below(4))).map { Self.change($0, using: &generator).encoded() }
            if try Self.compare(Self.entry(ops), by: market) { taken += 1 } else { refused += 1 }
            // One byte of one op is another.
            for _ in 0..<8 {
                var broken = ops
                let op = generator.below(broken.count)
                broken[op][generator.below(broken[op].count)] = UInt8(truncatingIfNeeded: generator.next())
                if try Self.compare(Self.entry(broken), by: market) { taken += 1 } else { refused += 1 }
            }
        }
        // Neither way may be idle, or nothing is compared.
        #expect(taken > seeds.count / 2 && refused > seeds.count / 2, "\(taken) taken, \(refused) refused")
    }

    @Test func `a number in more bytes than it needs is no plain change, wherever it stands`() throws {
        let market = Market("shanghai")!
        for seed in Seeds.run(20) {
            var generator = SeededGenerator(seed: seed)
            let op = Self.change(1, using: &generator).encoded()
            for index in op.indices where op[index] < 0x80 {
                var long = op
                long.replaceSubrange(index...index, with: [op[index] | 0x80, 0])
                _ = try Self.compare(Self.entry([long]), by: market)
            }
        }
    }

    @Test func `records that do not ascend, or stand twice, are no plain changes`() throws {
        let market = Market("shanghai")!
        func op(_ key: String) -> [UInt8] {
            let unit = TestCatalog.current.units[0]
            let values = unit.columns.map { _ in FieldValue.text("t") }
            let units = [UnitValues(unit: unit.number, values: values)]
            return Change(kind: .update, record: TestCatalog.record(key), units: units).encoded()
        }
        #expect(try Self.compare(Self.entry([op("SH-1"), op("SH-2")]), by: market))
        #expect(try !Self.compare(Self.entry([op("SH-2"), op("SH-1")]), by: market))
        #expect(try !Self.compare(Self.entry([op("SH-1"), op("SH-1")]), by: market))
    }

    @Test func `one record is found among changes that are not plain, and none that is not there`() throws {
        let unit = TestCatalog.current.units[0]
        func change(_ kind: ChangeKind, _ key: String, keeps: [Keep] = []) -> Change {
            let units = [UnitValues(unit: unit.number, values: unit.columns.map { _ in .text(Text("of " + key)) })]
            return Change(
                kind: kind, record: TestCatalog.record(key), units: kind == .delete ? [] : units, keeps: keeps)
        }
        let plain = [change(.update, "SH-2"), change(.create, "SH-22"), change(.update, "SH-4")]
        let others = [
            change(.delete, "SH-1"), change(.update, "SH-3", keeps: [Keep(unit: unit.number, row: 0, sequence: 1)]),
        ]
        let ops = EncodedOps.framed(
            (plain + others).sorted { $0.record.key < $1.record.key }.map { $0.encoded() })
        for change in plain { #expect(Self.alone(change.record.key, in: ops) == change) }
        for change in others { #expect(Self.alone(change.record.key, in: ops) == nil) }
        for key in ["SH-", "SH-222", "SH-5", "", "of SH-2"] { #expect(Self.alone(Text(key), in: ops) == nil) }
        // Bytes that end in the middle of something.
        for count in ops.indices {
            let cut = Array(ops.prefix(count))
            for change in plain {
                if let found = Self.alone(change.record.key, in: cut) { #expect(found == change) }
            }
        }
    }

    @Test func `keys and changes over their limits are no plain changes`() throws {
        let market = Market("shanghai")!
        let units = TestCatalog.current.units
        func change(keyBytes: Int, textBytes: Int) -> Change {
            let text = FieldValue.text(Text(String(repeating: "t", count: textBytes)))
            return Change(
                kind: .create, record: TestCatalog.record(String(repeating: "k", count: keyBytes)),
                units: units.map { UnitValues(unit: $0.number, values: $0.columns.map { _ in text }) })
        }
        #expect(try Self.compare(Self.entry([change(keyBytes: Limits.keyBytes, textBytes: 1).encoded()]), by: market))
        #expect(
            try !Self.compare(Self.entry([change(keyBytes: Limits.keyBytes + 1, textBytes: 1).encoded()]), by: market))
        // As many columns as there are, each within its limit; all together not.
        let columns = units.reduce(0) { $0 + $1.columns.count }
        let most = min(Limits.textBytes, (Limits.changeBytes - 64) / columns - 8)
        #expect(try Self.compare(Self.entry([change(keyBytes: 4, textBytes: most).encoded()]), by: market))
        if columns * Limits.textBytes > Limits.changeBytes {
            #expect(
                try !Self.compare(Self.entry([change(keyBytes: 4, textBytes: Limits.textBytes).encoded()]), by: market))
        }
    }

    @Test func `text is judged as the standard library judges it`() {
        for seed in Seeds.run(3_000) {
            var generator = SeededGenerator(seed: seed)
            var bytes = Array(generator.text(max: 60).utf8)
            let edges: [UInt8] = [
                0, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
            ]
            for _ in 0..<generator.below(4) where !bytes.isEmpty {
                bytes[generator.below(bytes.count)] =
                    generator.oneIn(2) ? generator.pick(edges) : UInt8(truncatingIfNeeded: generator.next())
            }
            let isText = bytes.withUnsafeBytes { UTF8Form.isText($0) }
            let isValid = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
            #expect(isText == isValid, "\(bytes)")
        }
    }

    @Test func `any byte at any place in a run of ASCII is judged as the standard library judges it`() {
        for count in 1...20 {
            for place in 0..<count {
                for byte in UInt8.min...UInt8.max {
                    var bytes = Array(repeating: 0x41 as UInt8, count: count)
                    bytes[place] = byte
                    let isText = bytes.withUnsafeBytes { UTF8Form.isText($0) }
                    let isValid = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
                    if isText != isValid { Issue.record("\(bytes)") }
                }
            }
        }
    }

    @Test func `a sequence of every first and second byte is judged as the standard library judges it`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                for tail: [UInt8] in [[], [0x80], [0xBF, 0x80], [0x80, 0x80, 0x41], [0x41]] {
                    let bytes = [first, second] + tail
                    let isText = bytes.withUnsafeBytes { UTF8Form.isText($0) }
                    let isValid = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
                    if isText != isValid { Issue.record("\(bytes)") }
                }
            }
        }
    }
}
