// The state of nearly every record: it is there, nobody disputes any unit, and all values are what the row says.

import SyncCore

/// Which entry wrote each unit of such a record.
struct SettledState: Sendable {
    /// Numbers of entries. The one that says the record is there.
    private(set) var existence: Int64 = 0
    /// By place among the rule's units; 0 where none has written.
    private(set) var writers: [Int64]

    private let rule: RecordRule

    init(_ rule: RecordRule) {
        self.rule = rule
        writers = Array(repeating: 0, count: rule.units.count)
    }

    /// Of a record without a blob: every value is its creating entry's.
    mutating func become(createdBy entry: Int64, _ row: EncodedRow) {
        existence = entry
        for place in rule.units.indices { writers[place] = row.isNull(at: place) ? 0 : entry }
    }

    /// False if the state is not settled, or holds units that the rule does not know.
    mutating func become(decoding blob: [UInt8]) throws -> Bool {
        guard let coding = try SettledCoding(decoding: blob) else { return false }
        existence = coding.existence
        var known: UInt64 = 0
        for (place, unit) in rule.units.enumerated() {
            let bit = UInt64(1) << UInt64(unit.number)
            known |= bit
            writers[place] = coding.groups.first { $0.mask & bit != 0 }?.entry ?? 0
        }
        return coding.groups.allSatisfy { $0.mask & ~known == 0 }
    }

    mutating func write(unitAt place: Int, by entry: Int64) { writers[place] = entry }

    func encoded() -> [UInt8] {
        var coding = SettledCoding(existence: existence)
        for (place, unit) in rule.units.enumerated() where writers[place] != 0 {
            coding.add(unit.number, by: writers[place])
        }
        return coding.encoded()
    }
}

/// How a settled state stands in its blob: `u8 2 ‖ uv entry that says the record is there ‖ uv n ‖ n × (uv entry ‖ uv mask
/// of the units it wrote)`, ascending by entry.
struct SettledCoding {
    static let version: UInt8 = 2

    let existence: Int64
    private(set) var groups: [(entry: Int64, mask: UInt64)] = []

    init(existence: Int64) {
        self.existence = existence
    }

    mutating func add(_ unit: UnitNumber, by entry: Int64) {
        let bit = UInt64(1) << UInt64(unit)
        if let index = groups.firstIndex(where: { $0.entry == entry }) {
            groups[index].mask |= bit
        } else {
            groups.append((entry, bit))
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 32)
        writer.byte(Self.version)
        writer.varint(UInt64(existence))
        writer.varint(UInt64(groups.count))
        for group in groups.sorted(by: { $0.entry < $1.entry }) {
            writer.varint(UInt64(group.entry))
            writer.varint(group.mask)
        }
        return writer.bytes
    }

    /// Nil if the blob is of the other form (`RecordStateCoding`).
    init?(decoding blob: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(blob)
        guard try reader.byte() == Self.version else { return nil }
        existence = Int64(try reader.varint(max: .max, named: "entry"))
        let count = try reader.count(max: Limits.unitsPerType, named: "writers")
        groups.reserveCapacity(count)
        for _ in 0..<count {
            let entry = Int64(try reader.varint(max: .max, named: "entry"))
            groups.append((entry, try reader.varint(max: .max, named: "units")))
        }
        try reader.finish()
    }
}
