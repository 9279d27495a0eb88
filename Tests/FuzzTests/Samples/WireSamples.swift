// Values of everything that the wire carries, valid by construction, so that mutation begins deep inside the decoders.

import PeerTrust
import SyncSimulation

@testable import SyncCore

/// A fixed number of samples, each from a seed of its own.
func wireSamples(_ count: Int, _ make: (inout SeededGenerator) throws -> [UInt8]) rethrows -> [[UInt8]] {
    try (0..<count).map { index in
        var chance = SeededGenerator(seed: UInt64(index))
        return try make(&chance)
    }
}

extension SeededGenerator {
    mutating func id() -> ID16 { ID16(bytes(ID16.byteCount))! }

    mutating func digest() -> Digest { Digest(bytes(Digest.byteCount))! }

    mutating func origin() -> Origin {
        Origin(market: Market(pick(from: ["shanghai", "jiangsu", "a0", "z123456789abcdef"]))!, incarnation: id())
    }

    mutating func sequence() -> UInt64 { pick(from: [1, 2, 200, 70_000, Limits.counterMax]) }

    mutating func text() -> Text { Text(pick(from: ["", "a", "技术合同", "e\u{301}", "🏮 x\n", "AG-17"])) }

    mutating func row() -> Row { Row(origin: origin(), sequence: sequence(), idPrefix: id()) }

    mutating func frontier() -> Frontier { Frontier(rows: (0..<pick(4)).map { _ in row() }) }

    mutating func context() -> Context { Context(catalogHash: digest(), frontier: frontier()) }

    mutating func value() -> FieldValue {
        switch pick(5) {
        case 0: .null
        case 1: .integer(pick(from: [0, -1, 63, 64, -65, FieldValue.integerRange.lowerBound, 1 << 53]))
        case 2: .set(Set((0..<pick(4)).map { _ in text() }).sorted())
        default: .text(text())
        }
    }

    mutating func note() -> Note {
        var note = Note()
        if pick(2) == 0 { note.author = text() }
        if pick(2) == 0 { note.reason = text() }
        if pick(3) == 0 { note.conflictID = digest() }
        if pick(3) == 0 { note.choice = pick(from: [.take, .value, .keep, .delete, .undo]) }
        if pick(4) == 0 { note.undoneEntry = digest() }
        if pick(4) == 0 { note.predecessor = row() }
        if pick(4) == 0 { note.nextKey = [1] + SampleKeys.ed25519.spki + bytes(SignatureRecord.signatureByteCount) }
        if pick(4) == 0 { note.skipped = [.init(field: 64, bytes: bytes(3)), .init(field: 900, bytes: [])] }
        return note
    }

    /// A change that may stand in a change set with `notes` notes and a context of `rows` rows.
    mutating func change(_ key: Text, notes: Int, rows: Int) -> Change {
        let kind = pick(from: [ChangeKind.create, .update, .delete, .keep])
        let carriesUnits = kind == .create || kind == .update
        let numbers = Set((0...pick(3)).map { _ in UnitNumber(1 + pick(Limits.unitsPerType)) }).sorted()
        let units = numbers.map { number in UnitValues(unit: number, values: (0..<pick(4)).map { _ in value() }) }
        let keeps = rows == 0 ? [] : (0..<pick(3)).map { Keep(unit: UnitNumber($0), row: 1 + pick(rows), sequence: 1) }
        return Change(
            kind: kind, record: RecordID(type: "agency", key: key), note: pick(notes + 1),
            units: carriesUnits ? units : [], keeps: keeps)
    }

    mutating func signatures() -> [SignatureRecord] {
        let suites = pick(2) == 0 ? [Suite.ed25519SHA256] : Suite.allCases
        return suites.map { suite in
            SignatureRecord(suite: suite, keyID: digest(), signature: bytes(SignatureRecord.signatureByteCount))
        }
    }

    /// An entry whose hashes are true and whose change set obeys every rule of form.
    mutating func entry() -> Entry {
        let hashing = OpenSSLHashing.hashing
        let suite = pick(from: Suite.allCases)
        let (context, sequence) = (context(), sequence())
        let notes = (0..<pick(3)).map { _ in note() }
        let changes = (0...pick(3)).map { index in
            change(Text("AG-\(index)"), notes: notes.count, rows: context.frontier.rows.count)
        }
        let ops = EncodedOps(notes: notes, changes: changes.map { $0.encoded() }, suite: suite, hashing)
        let header = EnvelopeHeader(
            suite: suite, groupContinues: pick(4) == 0, federation: id(), origin: origin(), sequence: sequence,
            trustRootVersion: UInt64(pick(3)), timeMilliseconds: Int64(next() % Limits.counterMax),
            opCount: UInt32(ops.count), payloadBytes: UInt64(ops.payloadBytes),
            previous: sequence == 1 ? .zero : digest(), opsRoot: ops.root,
            contextHash: hashing.digest(suite, context.encoded()), keyID: digest())
        return Entry(header: header, signatures: signatures(), context: context.encoded(), ops: ops.framed)
    }

    mutating func head() -> EntryHead {
        let entry = entry()
        return EntryHead(header: entry.header, signatures: entry.signatures)
    }
}
