// What a source last said of a record, so that the next import can tell what the source itself has changed.

import SyncCore

/// Names of columns by small numbers, one list for each source and type, append-only. It stands in `yrd_import` under the
/// empty key, which no record has.
struct ImportColumns {
    private(set) var names: [String] = []
    private(set) var isAltered = false

    init() {}

    /// `n × str` to the end.
    init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 { names.append(try reader.text(max: Limits.textBytes, named: "column").string) }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        for name in names { writer.text(Text(name)) }
        return writer.bytes
    }

    mutating func number(of name: String) -> Int {
        if let number = names.firstIndex(of: name) { return number }
        names.append(name)
        isAltered = true
        return names.count - 1
    }

    mutating func wasSaved() { isAltered = false }
}

/// `n × (uv column ‖ value)` to the end, ascending by column.
struct ImportImage {
    /// By number of column; nil where the source has never had the column.
    private(set) var values: [FieldValue?] = []

    /// What a source last said was lost. The next import takes what it says then for that, and writes nothing: who has
    /// changed or deleted the record meanwhile keeps his edit. No image has this form.
    static let lost: [UInt8] = [0xFF]

    /// What a row says of its columns.
    init(_ fields: [FieldValue], numbers: [Int]) {
        values.reserveCapacity(numbers.count)
        for (number, field) in zip(numbers, fields) { take(field, column: number) }
    }

    init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            let column = try reader.count(max: Self.columnsMax, named: "column")
            take(try FieldValue(from: &reader), column: column)
        }
    }

    private static let columnsMax = 100_000

    subscript(column: Int) -> FieldValue? { values.indices.contains(column) ? values[column] : nil }

    /// Takes over what the source says now; columns that the file does not have stay as they were said last.
    mutating func take(_ value: FieldValue, column: Int) {
        // One by one: an array of one to append would be made for every cell of a file.
        while values.count <= column { values.append(nil) }
        values[column] = value
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 512)
        for (column, value) in values.enumerated() {
            guard let value else { continue }
            writer.varint(UInt64(column))
            value.encode(to: &writer)
        }
        return writer.bytes
    }
}
