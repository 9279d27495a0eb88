// Who, why, and what a change set answers: everything about a change that is not its values.

/// How a conflict was resolved.
package enum ResolutionChoice: String, Hashable, Sendable {
    case take
    case value
    case keep
    case delete
    case undo
}

/// Author, reason and the conflict it resolves; also the announcements of an origin (rotation, a new incarnation).
package struct Note: Hashable, Sendable {
    package var author: Text?
    package var reason: Text?
    package var conflictID: Digest?
    package var choice: ResolutionChoice?
    /// The entry whose effect an undo restores.
    package var undoneEntry: Digest?
    /// The last entry of the incarnation before this one, as far as its market knows.
    package var predecessor: Row?
    /// `u8 suite ‖ SPKI DER ‖ proof[64]`: the key that signs from the next entry on.
    package var nextKey: [UInt8]?
    /// Fields of 64 and above may be skipped; they are kept so that the note encodes to what was signed.
    package var skipped: [SkippedField] = []

    package struct SkippedField: Hashable, Sendable {
        package let field: UInt64
        package let bytes: [UInt8]
    }

    package init(
        author: Text? = nil, reason: Text? = nil, conflictID: Digest? = nil, choice: ResolutionChoice? = nil
    ) {
        self.author = author
        self.reason = reason
        self.conflictID = conflictID
        self.choice = choice
    }

    static let opKind: UInt8 = 16
    private static let firstSkippable: UInt64 = 64
    private static let fieldBytesMax = 4_096

    private enum Field {
        static let author: UInt64 = 1
        static let reason: UInt64 = 2
        static let conflictID: UInt64 = 3
        static let choice: UInt64 = 4
        static let undoneEntry: UInt64 = 5
        static let predecessor: UInt64 = 6
        static let nextKey: UInt64 = 7
    }

    /// Whether the first of an entry's ops is a note: notes come first.
    package static func begins(_ ops: [UInt8]) -> Bool { ops.count > 4 && ops[4] == opKind }

    package func encoded() -> [UInt8] {
        var fields: [(UInt64, [UInt8])] = []
        if let author { fields.append((Field.author, Array(author.utf8))) }
        if let reason { fields.append((Field.reason, Array(reason.utf8))) }
        if let conflictID { fields.append((Field.conflictID, conflictID.bytes)) }
        if let choice { fields.append((Field.choice, Array(choice.rawValue.utf8))) }
        if let undoneEntry { fields.append((Field.undoneEntry, undoneEntry.bytes)) }
        if let predecessor {
            var row = ByteWriter()
            predecessor.encode(to: &row)
            fields.append((Field.predecessor, row.bytes))
        }
        if let nextKey { fields.append((Field.nextKey, nextKey)) }
        fields += skipped.map { ($0.field, $0.bytes) }

        var writer = ByteWriter()
        writer.byte(Self.opKind)
        writer.varint(UInt64(fields.count))
        for (field, bytes) in fields {
            writer.varint(field)
            writer.varint(UInt64(bytes.count))
            writer.raw(bytes)
        }
        return writer.bytes
    }

    /// Reads what follows the kind byte.
    init(from reader: inout ByteReader) throws(DecodeError) {
        var lastField: UInt64 = 0
        for _ in 0..<(try reader.count(max: Limits.noteFields, named: "note fields")) {
            let start = reader.position
            let field = try reader.varint(max: Limits.counterMax, named: "note field")
            guard field > lastField else { throw .malformed("note fields not ascending", at: start) }
            lastField = field
            let length = try reader.count(max: Self.fieldBytesMax, named: "note field")
            let bytes = try reader.raw(length)
            guard field < Self.firstSkippable else {
                skipped.append(SkippedField(field: field, bytes: bytes))
                continue
            }
            try take(field, bytes, at: start)
        }
    }

    private mutating func take(_ field: UInt64, _ bytes: [UInt8], at start: Int) throws(DecodeError) {
        switch field {
        case Field.author: author = try Self.text(bytes, max: Limits.authorBytes, at: start)
        case Field.reason: reason = try Self.text(bytes, max: Limits.reasonBytes, at: start)
        case Field.conflictID: conflictID = try Self.digest(bytes, at: start)
        case Field.choice: choice = try Self.choice(bytes, at: start)
        case Field.undoneEntry: undoneEntry = try Self.digest(bytes, at: start)
        case Field.predecessor:
            predecessor = try ByteReader.decode(bytes) { reader throws(DecodeError) in try Row(from: &reader) }
        case Field.nextKey:
            guard bytes.count > 1 + SignatureRecord.signatureByteCount else { throw .malformed("next key", at: start) }
            nextKey = bytes
        default: throw .malformed("unknown note field \(field)", at: start)
        }
    }

    private static func text(_ bytes: [UInt8], max: Int, at start: Int) throws(DecodeError) -> Text {
        guard bytes.count <= max else { throw .overLimit("note text", at: start) }
        guard !bytes.contains(0), let string = String(validating: bytes, as: UTF8.self) else {
            throw .malformed("note text", at: start)
        }
        return Text(string)
    }

    private static func digest(_ bytes: [UInt8], at start: Int) throws(DecodeError) -> Digest {
        guard let digest = Digest(bytes) else { throw .malformed("note digest", at: start) }
        return digest
    }

    private static func choice(_ bytes: [UInt8], at start: Int) throws(DecodeError) -> ResolutionChoice {
        guard let choice = ResolutionChoice(rawValue: String(decoding: bytes, as: UTF8.self)) else {
            throw .malformed("unknown choice", at: start)
        }
        return choice
    }
}
