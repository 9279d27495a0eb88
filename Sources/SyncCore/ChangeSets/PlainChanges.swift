// The form in which nearly all bulk data travels: an entry that does nothing but create and update records of one type.

/// Where a plain create or update stands in an entry's ops.
package struct PlainChange: Hashable, Sendable {
    /// `create` or `update`.
    package let kind: ChangeKind
    /// The whole op.
    package let op: Range<Int>
    package let key: Range<Int>
    /// Its part of `PlainChanges.units`.
    package let units: Range<Int>
}

/// Where the values of one unit of a plain change stand.
package struct PlainUnit: Hashable, Sendable {
    /// Place among the record rule's units.
    package let place: Int
    /// The encoded values, in the order of the unit's columns.
    package let values: Range<Int>
}

/// Such an entry, read without making a value of any of its parts.
///
/// Sound, not complete: what is in this form `ChangeSet(decoding:)` takes, and it fits the schema, with the same meaning.
/// Everything else (a delete, a note, a keep, a set, a unit of a newer catalog, a create of a unit that is all NULL, any
/// fault) is not plain and is decoded the ordinary way.
package struct PlainChanges: Sendable {
    package let rule: RecordRule
    /// Strictly ascending by key. Ranges are of the entry's ops.
    package let changes: [PlainChange]
    package let units: [PlainUnit]

    /// Whether a market may make all of them: as the home of every record, or writing only units that any market may.
    package func mayAllBeMade(by market: Market, _ ops: [UInt8]) -> Bool {
        ops.withUnsafeBytes { bytes in
            changes.allSatisfy { change in
                rule.home.market(ofKeyBytes: UnsafeRawBufferPointer(rebasing: bytes[change.key])) == market
                    || change.kind == .update
                        && units[change.units].allSatisfy { rule.units[$0.place].write == .any }
            }
        }
    }

    /// The change of one record, nil if there is none.
    ///
    /// - Parameter hint: where the last one was found; records are mostly asked for in order.
    package func change(ofKey key: UnsafeRawBufferPointer, _ ops: UnsafeRawBufferPointer, hint: Int) -> Int? {
        for index in hint..<min(hint + 2, changes.count) where ops[changes[index].key].elementsEqual(key) {
            return index
        }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if ops[changes[middle].key].lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low < changes.count && ops[changes[low].key].elementsEqual(key) ? low : nil
    }

    /// Nil unless the entry is in this form.
    package init?(of entry: Entry, schema: Schema) {
        self.init(ops: entry.ops, count: Int(entry.header.opCount), schema: schema)
    }

    /// - Parameter ops: `count` framed ops.
    package init?(ops: [UInt8], count: Int, schema: Schema) {
        let scanned = ops.withUnsafeBytes { ops -> (RecordRule, [PlainChange], [PlainUnit])? in
            var scan = PlainScan(ops)
            guard let rule = scan.firstRule(schema) else { return nil }
            var changes: [PlainChange] = []
            var units: [PlainUnit] = []
            changes.reserveCapacity(count)
            units.reserveCapacity(count * rule.units.count)
            for _ in 0..<count {
                guard let change = scan.change(rule, &units),
                    changes.last.map({ scan.isKey($0.key, before: change.key) }) ?? true
                else { return nil }
                changes.append(change)
            }
            return scan.isAtEnd && count > 0 ? (rule, changes, units) : nil
        }
        guard let scanned else { return nil }
        (rule, changes, units) = scanned
    }
}

extension PlainChanges {
    /// The change of one record alone, as if it were an entry's only one. The others are passed over by their lengths: of a
    /// thousand that costs a tenth of reading all (docs/performance.md), and they need not be plain.
    ///
    /// Nil if no change of that record is here, or if it is not in this form.
    package init?(ofKey key: UnsafeRawBufferPointer, type: String, in ops: UnsafeRawBufferPointer, schema: Schema) {
        guard let rule = schema.records[type] else { return nil }
        var scan = PlainScan(ops)
        var units: [PlainUnit] = []
        guard scan.advance(toRecord: PlainScan.name(ofType: type, key: key)), let change = scan.change(rule, &units)
        else { return nil }
        (self.rule, changes, self.units) = (rule, [change], units)
    }
}

/// Reads forward through framed ops; nil as soon as anything is not as a plain change has it.
private struct PlainScan {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// The rule of the first op's type, without moving.
    func firstRule(_ schema: Schema) -> RecordRule? {
        var scan = self
        guard scan.skip(4) != nil, scan.kind() != nil, let type = scan.text(max: Limits.typeNameBytes)
        else { return nil }
        return schema.records[String(decoding: bytes[type], as: UTF8.self)]
    }

    func isKey(_ earlier: Range<Int>, before later: Range<Int>) -> Bool {
        bytes[earlier].lexicographicallyPrecedes(bytes[later])
    }

    /// How a change begins behind its kind.
    static func name(ofType type: String, key: UnsafeRawBufferPointer) -> [UInt8] {
        var writer = ByteWriter(reserving: type.utf8.count + key.count + 4)
        writer.text(Text(type))
        writer.varint(UInt64(key.count))
        writer.raw(key)
        return writer.bytes
    }

    /// Moves to the first op that names a record, whatever kind of change it is. False at the end.
    mutating func advance(toRecord name: [UInt8]) -> Bool {
        while true {
            let op = position
            guard let length = length() else { return false }
            if length > name.count, bytes[(position + 1)..<(position + 1 + name.count)].elementsEqual(name) {
                position = op
                return true
            }
            position += length
        }
    }

    /// Of the next op, which is all there.
    private mutating func length() -> Int? {
        guard let prefix = skip(4) else { return nil }
        let length = bytes[prefix].reduce(0) { $0 << 8 | Int($1) }
        return length <= bytes.count - position ? length : nil
    }

    mutating func change(_ rule: RecordRule, _ units: inout [PlainUnit]) -> PlainChange? {
        guard let length = length() else { return nil }
        let start = position
        guard length <= Limits.changeBytes, let kind = kind(),
            let type = text(max: Limits.typeNameBytes), bytes[type].elementsEqual(rule.type.utf8),
            let key = text(max: Limits.keyBytes), !key.isEmpty,
            byte() == 0, let count = varint(), count > 0, count <= UInt64(rule.units.count)
        else { return nil }
        let firstUnit = units.count
        var place = 0
        for _ in 0..<count {
            guard let unit = unit(rule, of: kind, from: &place) else { return nil }
            units.append(unit)
        }
        // No keeps, and nothing behind them.
        guard byte() == 0, position == start + length else { return nil }
        return PlainChange(kind: kind, op: start..<position, key: key, units: firstUnit..<units.count)
    }

    /// - Parameter place: of the first unit that may come; moved behind the one that came.
    private mutating func unit(_ rule: RecordRule, of kind: ChangeKind, from place: inout Int) -> PlainUnit? {
        guard let number = varint() else { return nil }
        while place < rule.units.count, UInt64(rule.units[place].number) < number { place += 1 }
        guard place < rule.units.count, UInt64(rule.units[place].number) == number else { return nil }
        let columns = rule.units[place].columns
        guard varint() == UInt64(columns.count) else { return nil }
        let start = position
        var isNull = true
        for column in columns {
            guard let tag = byte() else { return nil }
            switch (tag, column.type) {
            case (FieldValue.Tag.null, _): continue
            case (FieldValue.Tag.integer, .integer), (FieldValue.Tag.integer, .money):
                guard varint() != nil else { return nil }
            case (FieldValue.Tag.text, .text), (FieldValue.Tag.text, .date), (FieldValue.Tag.text, .code),
                (FieldValue.Tag.text, .uscc), (FieldValue.Tag.text, .region):
                guard text(max: Limits.textBytes) != nil else { return nil }
            default: return nil
            }
            isNull = false
        }
        // An update empties a unit so; a create leaves it out.
        guard !isNull || kind == .update else { return nil }
        defer { place += 1 }
        return PlainUnit(place: place, values: start..<position)
    }

    // MARK: Primitives

    private mutating func skip(_ count: Int) -> Range<Int>? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return position..<(position + count)
    }

    private mutating func kind() -> ChangeKind? {
        guard let kind = byte().flatMap({ ChangeKind(rawValue: $0) }), kind == .create || kind == .update else {
            return nil
        }
        return kind
    }

    private mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for index in UInt64(0)..<9 {
            guard let next = byte() else { return nil }
            value |= UInt64(next & 0x7F) << (7 * index)
            if next & 0x80 == 0 { return index == 0 || next != 0 ? value : nil }
        }
        return nil
    }

    private mutating func text(max: Int) -> Range<Int>? {
        guard let length = varint(), length <= UInt64(max), let range = skip(Int(length)),
            UTF8Form.isText(UnsafeRawBufferPointer(rebasing: bytes[range]))
        else { return nil }
        return range
    }
}

/// UTF-8 as the wire takes it, judged without making a string (Unicode 15, table 3-7).
package enum UTF8Form {
    /// Whether the bytes are valid UTF-8 without NUL.
    package static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            if first < 0x80 {
                if bytes.count - index >= 8, isASCII(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
                    index += 8
                    continue
                }
                guard first != 0 else { return false }
                index += 1
                continue
            }
            // Most of what is not ASCII here is Chinese.
            if (0xE1...0xEC).contains(first) {
                guard bytes.count - index >= 3, bytes[index + 1] & 0xC0 == 0x80, bytes[index + 2] & 0xC0 == 0x80
                else { return false }
                index += 3
                continue
            }
            guard let (length, second) = shape(first), length <= bytes.count - index,
                second.contains(bytes[index + 1])
            else { return false }
            for rest in (index + 2)..<max(index + 2, index + length) where bytes[rest] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }

    /// Whether eight bytes are ASCII, none of them NUL.
    private static func isASCII(_ word: UInt64) -> Bool {
        let (highBits, ones) = (0x8080_8080_8080_8080 as UInt64, 0x0101_0101_0101_0101 as UInt64)
        return (word | (word &- ones)) & highBits == 0
    }

    /// How long a sequence is, and what its second byte may be.
    private static func shape(_ first: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch first {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }
}
