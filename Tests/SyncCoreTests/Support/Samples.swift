// Random values of everything the wire carries, valid by construction.

@testable import SyncCore

extension SeededGenerator {
    mutating func id() -> ID16 { ID16(bytes(16))! }

    mutating func digest() -> Digest { Digest(bytes(32))! }

    mutating func market() -> Market {
        Market(pick(["shanghai", "jiangsu", "zhejiang", "anhui", "suzhou", "a0", "z123456789abcdef"]))!
    }

    mutating func origin() -> Origin { Origin(market: market(), incarnation: id()) }

    mutating func sequence() -> UInt64 {
        switch below(6) {
        case 0: 1
        case 1: Limits.counterMax
        case 2: next() % Limits.counterMax + 1
        default: UInt64(below(100) + 1)
        }
    }

    mutating func text(max: Int = 12) -> Text {
        let letters = ["a", "b", "技", "术", "合", "同", "é", "e\u{301}", "🏮", " ", "\u{7F}", "\n"]
        return Text((0..<below(max / 4 + 1)).map { _ in pick(letters) }.joined())
    }

    mutating func row() -> Row { Row(origin: origin(), sequence: sequence(), idPrefix: id()) }

    mutating func frontier(_ count: Int) -> Frontier { Frontier(rows: (0..<count).map { _ in row() }) }

    mutating func context() -> Context { Context(catalogHash: digest(), frontier: frontier(below(5))) }

    mutating func value() -> FieldValue {
        switch below(6) {
        case 0: .null
        case 1: .integer(Int64(truncatingIfNeeded: next()) >> 2)
        case 2: .integer(Int64(below(200) - 100))
        case 3: .set(Set((0..<below(4)).map { _ in text() }).sorted())
        default: .text(text())
        }
    }

    mutating func unitValues(_ unit: UnitNumber) -> UnitValues {
        UnitValues(unit: unit, values: (0..<below(4)).map { _ in value() })
    }

    /// A change of a change set at `sequence` whose context has `rows`, none of them below sequence 1.
    mutating func change(_ record: RecordID, notes: Int, sequence: UInt64, rows: [Row]) -> Change {
        let kind = pick([ChangeKind.create, .update, .delete, .keep])
        let carriesUnits = kind == .create || kind == .update
        let numbers = Set((0..<below(4) + 1).map { _ in UnitNumber(below(62) + 1) }).sorted()
        var keeps: Set<Keep> = []
        for _ in 0..<below(3) {
            let row = below(rows.count + 1)
            let last = row == 0 ? sequence - 1 : rows[row - 1].sequence
            if last >= 1 {
                keeps.insert(Keep(unit: UnitNumber(below(63)), row: row, sequence: next() % last + 1))
            }
        }
        return Change(
            kind: kind, record: record, note: below(notes + 1),
            units: carriesUnits ? numbers.map { unitValues($0) } : [], keeps: Array(keeps))
    }

    mutating func note() -> Note {
        var note = Note()
        if oneIn(2) { note.author = text(max: 40) }
        if oneIn(2) { note.reason = text(max: 40) }
        if oneIn(3) { note.conflictID = digest() }
        if oneIn(3) { note.choice = pick([.take, .value, .keep, .delete, .undo]) }
        if oneIn(4) { note.undoneEntry = digest() }
        if oneIn(4) { note.predecessor = row() }
        if oneIn(4) { note.nextKey = bytes(66 + below(60)) }
        if oneIn(4) { note.skipped = [.init(field: 64, bytes: bytes(below(9))), .init(field: 900, bytes: [])] }
        return note
    }

    mutating func signatures() -> [SignatureRecord] {
        let suites = oneIn(2) ? [Suite.ed25519SHA256] : Suite.allCases
        return suites.map { SignatureRecord(suite: $0, keyID: digest(), signature: bytes(64)) }
    }

    /// An entry whose hashes are true and whose change set obeys every rule of form.
    mutating func entry() -> Entry {
        let sequence = sequence()
        let context = context()
        let notes = (0..<below(3)).map { _ in note() }
        let records = Set((0..<below(4) + 1).map { RecordID(type: "agency", key: Text("AG-\($0)\(below(10))")) })
        let changes = records.sorted().map {
            change($0, notes: notes.count, sequence: sequence, rows: context.frontier.rows)
        }
        return .forTests(
            origin: origin(), sequence: sequence, previous: sequence == 1 ? .zero : digest(), context: context,
            notes: notes, changes: changes, suite: pick(Suite.allCases), continues: oneIn(4),
            time: Int64(next() % Limits.counterMax), signatures: signatures())
    }
}

extension Entry {
    static func forTests(
        origin: Origin, sequence: UInt64, previous: Digest, context: Context, notes: [Note] = [],
        changes: [Change], suite: Suite = .ed25519SHA256, continues: Bool = false, time: Int64 = 0,
        signatures: [SignatureRecord]? = nil, keyID: Digest = .zero
    ) -> Entry {
        let hashing = Hashing.forTests
        let ops = EncodedOps(notes: notes, changes: changes.map { $0.encoded() }, suite: suite, hashing)
        let encodedContext = context.encoded()
        let header = EnvelopeHeader(
            suite: suite, groupContinues: continues, federation: .zero, origin: origin, sequence: sequence,
            trustRootVersion: 0, timeMilliseconds: time, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.payloadBytes), previous: previous, opsRoot: ops.root,
            contextHash: hashing.digest(suite, encodedContext), keyID: keyID)
        let unsigned = SignatureRecord(suite: suite, keyID: .zero, signature: Array(repeating: 0, count: 64))
        return Entry(
            header: header, signatures: signatures ?? [unsigned], context: encodedContext, ops: ops.framed)
    }

    /// What `PeerTrust` would say of it.
    var verified: VerifiedEntry {
        VerifiedEntry(afterVerifying: self, id: header.entryID(.forTests), market: header.origin.market!)
    }
}
