// What one change set does to one record.

/// The values a change writes to one unit, in the catalog's column order.
package struct UnitValues: Hashable, Sendable {
    package let unit: UnitNumber
    package let values: [FieldValue]

    package init(unit: UnitNumber, values: [FieldValue]) {
        self.unit = unit
        self.values = values
    }
}

/// A sibling that an ordinary write leaves standing, because its author was not shown it (DESIGN.md section 5, rule 2).
/// Named by the unit and by the entry that wrote it: `row` 0 is the change set's own origin, i the i-th of its context.
package struct Keep: Hashable, Comparable, Sendable {
    package let unit: UnitNumber
    package let row: Int
    package let sequence: UInt64

    package init(unit: UnitNumber, row: Int, sequence: UInt64) {
        self.unit = unit
        self.row = row
        self.sequence = sequence
    }

    package static func < (left: Keep, right: Keep) -> Bool {
        (left.unit, left.row, left.sequence) < (right.unit, right.row, right.sequence)
    }
}

package enum ChangeKind: UInt8, Hashable, Sendable {
    case create = 1
    case update = 2
    case delete = 3
    /// A resolution that writes `present` and nothing else.
    case keep = 4

    /// As written in JSON and on screens.
    package var name: String {
        switch self {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        case .keep: "keep"
        }
    }

    /// Whether it writes the existence of the record, which only its home may.
    package var writesExistence: Bool { self != .update }
}

/// Identifies a record: type and key, ordered by their bytes.
package struct RecordID: Hashable, Comparable, Sendable {
    package let type: Text
    package let key: Text

    package init(type: Text, key: Text) {
        self.type = type
        self.key = key
    }

    package static func < (left: RecordID, right: RecordID) -> Bool {
        (left.type, left.key) < (right.type, right.key)
    }

    /// What the digest buckets are drawn from: SHA-256(type ‖ key).
    package var bucketBytes: [UInt8] { Array(type.utf8) + Array(key.utf8) }
}

package struct Change: Hashable, Sendable {
    package let kind: ChangeKind
    package let record: RecordID
    /// Index of the change set's note that belongs to this change, from 1; 0 for none.
    package let note: Int
    /// Ascending by unit.
    package let units: [UnitValues]
    /// Strictly ascending.
    package let keeps: [Keep]

    package init(kind: ChangeKind, record: RecordID, note: Int = 0, units: [UnitValues], keeps: [Keep] = []) {
        self.kind = kind
        self.record = record
        self.note = note
        self.units = units
        self.keeps = keeps.sorted()
    }

    /// The units (0 = existence) that this change writes.
    package var writtenUnits: [UnitNumber] {
        (kind.writesExistence ? [UnitRule.existence] : []) + units.map(\.unit)
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 512)
        writer.byte(kind.rawValue)
        writer.text(record.type)
        writer.text(record.key)
        writer.varint(UInt64(note))
        writer.varint(UInt64(units.count))
        for unit in units {
            writer.varint(UInt64(unit.unit))
            writer.varint(UInt64(unit.values.count))
            for value in unit.values { value.encode(to: &writer) }
        }
        writer.varint(UInt64(keeps.count))
        for keep in keeps {
            writer.varint(UInt64(keep.unit))
            writer.varint(UInt64(keep.row))
            writer.varint(keep.sequence)
        }
        return writer.bytes
    }

    /// Decodes one op, kind byte and all.
    package init(decoding ops: [UInt8], in op: Range<Int>) throws(DecodeError) {
        var reader = ByteReader(ops, in: op)
        guard let kind = ChangeKind(rawValue: try reader.byte()) else {
            throw .malformed("not a change", at: op.lowerBound)
        }
        try self.init(kind: kind, from: &reader)
        try reader.finish()
    }

    /// Reads what follows the kind byte.
    init(kind: ChangeKind, from reader: inout ByteReader) throws(DecodeError) {
        let start = reader.position
        let type = try reader.text(max: Limits.typeNameBytes, named: "type")
        let key = try reader.text(max: Limits.keyBytes, named: "key")
        guard !type.utf8.isEmpty, !key.utf8.isEmpty else { throw .malformed("empty type or key", at: start) }
        let note = try reader.count(max: Limits.opsPerChangeSet, named: "note index")
        let unitCount = try reader.count(max: Limits.unitsPerType, named: "units")
        let carriesUnits = kind == .create || kind == .update
        guard (unitCount > 0) == carriesUnits else { throw .malformed("units of a \(kind.name)", at: start) }
        var units: [UnitValues] = []
        units.reserveCapacity(unitCount)
        for _ in 0..<unitCount { units.append(try Self.unitValues(after: units.last?.unit ?? 0, from: &reader)) }
        let keeps = try Self.keeps(from: &reader)
        self.init(kind: kind, record: RecordID(type: type, key: key), note: note, units: units, keeps: keeps)
    }

    private static func unitValues(
        after last: UnitNumber, from reader: inout ByteReader
    ) throws(DecodeError) -> UnitValues {
        let start = reader.position
        let unit = UnitNumber(try reader.varint(max: UInt64(Limits.unitsPerType), named: "unit"))
        guard unit > last else { throw .malformed("units not ascending", at: start) }
        let count = try reader.count(max: Limits.valuesPerUnit, named: "values of a unit")
        var values: [FieldValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try FieldValue(from: &reader)) }
        return UnitValues(unit: unit, values: values)
    }

    private static func keeps(from reader: inout ByteReader) throws(DecodeError) -> [Keep] {
        let keepCountMax = Limits.keepsPerUnit * (Limits.unitsPerType + 1)
        var keeps: [Keep] = []
        var keepsOfUnit = 0
        for _ in 0..<(try reader.count(max: keepCountMax, named: "keeps")) {
            let start = reader.position
            let keep = Keep(
                unit: UnitNumber(try reader.varint(max: UInt64(Limits.unitsPerType), named: "unit")),
                row: try reader.count(max: Limits.contextRows, named: "context row"),
                sequence: try reader.varint(max: Limits.counterMax, named: "sequence"))
            if let last = keeps.last, last >= keep { throw .malformed("keeps not ascending", at: start) }
            keepsOfUnit = keeps.last?.unit == keep.unit ? keepsOfUnit + 1 : 1
            guard keepsOfUnit <= Limits.keepsPerUnit else { throw .overLimit("keeps of a unit", at: start) }
            keeps.append(keep)
        }
        return keeps
    }
}
