// How a record's siblings stand in one blob, without repeating what the row or the log already holds.

import SyncCore

/// A settled state in the form of `SettledCoding`; any other as
/// `u8 1 ‖ uv n ‖ n × (uv entry ‖ u8 present) ‖ uv m ‖ m × (uv unit ‖ uv k ‖ k × sibling)` with
/// sibling := uv entry ‖ uv d ‖ d × uv index of the deleting existence sibling ‖ u8 inline ‖ (inline: uv c ‖ c × value).
///
/// A value is left out, because the row holds it, exactly if the record is shown and the unit has one sibling.
enum RecordStateCoding {
    private static let version: UInt8 = 1

    static func encode(_ state: RecordState, isShown: Bool, rule: RecordRule?) -> [UInt8] {
        if let settled = settled(state, isShown: isShown, rule: rule) { return settled.encoded() }
        var writer = ByteWriter()
        writer.byte(version)
        writer.varint(UInt64(state.existence.count))
        for sibling in state.existence {
            writer.varint(UInt64(sibling.stamp.number))
            writer.byte(sibling.isPresent ? 1 : 0)
        }
        writer.varint(UInt64(state.units.count))
        for unit in state.units {
            let isInRow = isShown && unit.siblings.count == 1 && rule?.unit(unit.unit) != nil
            writer.varint(UInt64(unit.unit))
            writer.varint(UInt64(unit.siblings.count))
            for sibling in unit.siblings {
                writer.varint(UInt64(sibling.stamp.number))
                let deletes = state.existence.indices.filter {
                    sibling.deletedBy.contains(state.existence[$0].stamp.id)
                }
                writer.varint(UInt64(deletes.count))
                for index in deletes { writer.varint(UInt64(index)) }
                writer.byte(isInRow ? 0 : 1)
                guard !isInRow else { continue }
                writer.varint(UInt64(sibling.values.count))
                for value in sibling.values { value.encode(to: &writer) }
            }
        }
        return writer.bytes
    }

    /// Nil unless the record is there and each unit has one value, which the row holds and no delete has seen.
    private static func settled(_ state: RecordState, isShown: Bool, rule: RecordRule?) -> SettledCoding? {
        guard let rule, isShown, state.existence.count == 1, let existence = state.existence.first, existence.isPresent
        else { return nil }
        var coding = SettledCoding(existence: existence.stamp.number)
        for unit in state.units {
            guard unit.siblings.count == 1, let sibling = unit.siblings.first, sibling.deletedBy.isEmpty,
                rule.unit(unit.unit) != nil
            else { return nil }
            coding.add(unit.unit, by: sibling.stamp.number)
        }
        return coding
    }

    /// - Parameters:
    ///   - stamp: the stamp of an entry by its number.
    ///   - rowValues: the value of a unit that stands in the row; the entry that wrote it is named for those who look
    ///     it up in the log instead.
    static func decode(
        _ bytes: [UInt8], stamp: (Int64) throws -> EntryStamp,
        rowValues: (UnitNumber, Int64) throws -> [FieldValue]
    ) throws -> RecordState {
        if let settled = try SettledCoding(decoding: bytes) {
            return try state(of: settled, stamp: stamp, rowValues: rowValues)
        }
        var reader = ByteReader(bytes)
        guard try reader.byte() == version else { throw DecodeError.malformed("record state version", at: 0) }
        var existence: [ExistenceSibling] = []
        for _ in 0..<(try reader.count(max: .max, named: "existence")) {
            let number = Int64(try reader.varint(max: .max, named: "entry"))
            existence.append(ExistenceSibling(stamp: try stamp(number), isPresent: try reader.byte() == 1))
        }
        var units: [RecordState.UnitSiblings] = []
        for _ in 0..<(try reader.count(max: Limits.unitsPerType, named: "units")) {
            let unit = UnitNumber(try reader.varint(max: UInt64(Limits.unitsPerType), named: "unit"))
            var siblings: [Sibling] = []
            for _ in 0..<(try reader.count(max: .max, named: "siblings")) {
                let number = Int64(try reader.varint(max: .max, named: "entry"))
                var deletedBy: [Digest] = []
                for _ in 0..<(try reader.count(max: existence.count, named: "deletes")) {
                    let index = try reader.count(max: existence.count - 1, named: "delete")
                    deletedBy.append(existence[index].stamp.id)
                }
                var values: [FieldValue] = []
                if try reader.byte() == 0 {
                    values = try rowValues(unit, number)
                } else {
                    for _ in 0..<(try reader.count(max: Limits.valuesPerUnit, named: "values")) {
                        values.append(try FieldValue(from: &reader))
                    }
                }
                siblings.append(Sibling(stamp: try stamp(number), values: values, deletedBy: deletedBy.sorted()))
            }
            units.append(RecordState.UnitSiblings(unit: unit, siblings: siblings))
        }
        try reader.finish()
        return RecordState(existence: existence, units: units)
    }

    private static func state(
        of settled: SettledCoding, stamp: (Int64) throws -> EntryStamp,
        rowValues: (UnitNumber, Int64) throws -> [FieldValue]
    ) throws -> RecordState {
        var units: [RecordState.UnitSiblings] = []
        for (entry, mask) in settled.groups {
            for unit in UnitNumber(1)...UnitNumber(Limits.unitsPerType) where mask & 1 << UInt64(unit) != 0 {
                let sibling = Sibling(stamp: try stamp(entry), values: try rowValues(unit, entry))
                units.append(RecordState.UnitSiblings(unit: unit, siblings: [sibling]))
            }
        }
        let existence = ExistenceSibling(stamp: try stamp(settled.existence), isPresent: true)
        return RecordState(existence: [existence], units: units)
    }
}
