// CSV by its bytes: structure first, values later. Every separator is ASCII and occurs inside no UTF-8 character, so
// nothing is decoded to find the cells.

/// Scans RFC 4180 rows: quoted cells with doubled quotes and line breaks in them; lines end in LF, CRLF or CR.
struct CSVScanner {
    /// One cell: where it stands (quotes left out), and whether doubled quotes are in it.
    struct Field {
        let start: Int
        let end: Int
        let hasDoubledQuotes: Bool
    }

    enum Fault: Hashable {
        case unterminatedQuote
        case strayQuote
        case rowTooLong
        case tooManyFields
    }

    struct Row {
        /// The physical line, from 1, on which the row begins.
        let line: Int
        /// What makes it no row. Scanning goes on at the next line, so that a stray quote costs one row, not the file.
        let fault: Fault?
    }

    static let rowBytesMax = 256 << 10
    static let fieldsMax = 512

    private let bytes: [UInt8]
    private(set) var position: Int
    private var line = 1
    private var rowStart = 0
    /// The cells of the row that `next` has returned.
    private(set) var fields: [Field] = []

    init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        position = start
        fields.reserveCapacity(64)
    }

    /// The next row that is not an empty line; nil at the end.
    mutating func next() -> Row? {
        bytes.withUnsafeBufferPointer { bytes in
            skipEmptyLines(bytes)
            guard position < bytes.count else { return nil }
            let start = position
            let startLine = line
            rowStart = start
            fields.removeAll(keepingCapacity: true)
            guard let fault = scanRow(bytes, limit: min(bytes.count, start + Self.rowBytesMax)) else {
                return Row(line: startLine, fault: nil)
            }
            fields.removeAll(keepingCapacity: true)
            position = start
            line = startLine
            skipLine(bytes)
            return Row(line: startLine, fault: fault)
        }
    }

    var byteCount: Int { bytes.count }

    /// Whether every cell of the row is empty, as in the rows that spreadsheets leave at the end.
    var isBlank: Bool { fields.indices.allSatisfy { isBlank(field: $0) } }

    func isBlank(field index: Int) -> Bool {
        withCell(index) { $0.isEmpty }
    }

    /// Whether the row's bytes are UTF-8.
    var isRowUTF8: Bool { DecodedRegister.firstInvalidUTF8(Array(bytes[rowStart..<position])) == nil }

    /// The cell's bytes, trimmed, handed to `body`. Doubled quotes are made single first.
    func withCell<Result, Failure>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let field = fields[index]
        if field.hasDoubledQuotes {
            return try unescaped(field).withUnsafeBufferPointer { (bytes) throws(Failure) in
                try body(UnsafeBufferPointer(rebasing: bytes[Normalisation.trimmedRange(bytes)]))
            }
        }
        return try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            let cell = UnsafeBufferPointer(rebasing: bytes[field.start..<field.end])
            return try body(UnsafeBufferPointer(rebasing: cell[Normalisation.trimmedRange(cell)]))
        }
    }

    /// The trimmed cell. Bytes that are not UTF-8 become replacement characters.
    func text(_ index: Int) -> String {
        withCell(index) { String(decoding: $0, as: UTF8.self) }
    }

    private func unescaped(_ field: Field) -> [UInt8] {
        var result: [UInt8] = []
        var index = field.start
        while index < field.end {
            result.append(bytes[index])
            // The second quote of a pair.
            index += bytes[index] == UInt8(ascii: "\"") ? 2 : 1
        }
        return result
    }

    private mutating func skipEmptyLines(_ bytes: UnsafeBufferPointer<UInt8>) {
        while position < bytes.count, isLineEnd(bytes[position]) { endLine(bytes) }
    }

    private mutating func skipLine(_ bytes: UnsafeBufferPointer<UInt8>) {
        while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
        if position < bytes.count { endLine(bytes) }
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Steps over LF, CR or CRLF.
    private mutating func endLine(_ bytes: UnsafeBufferPointer<UInt8>) {
        let isPair =
            bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count
            && bytes[position + 1] == UInt8(ascii: "\n")
        position += isPair ? 2 : 1
        line += 1
    }

    private mutating func scanRow(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Fault? {
        while true {
            guard fields.count < Self.fieldsMax else { return .tooManyFields }
            if position < limit, bytes[position] == UInt8(ascii: "\"") {
                if let fault = scanQuoted(bytes, limit: limit) { return fault }
            } else {
                scanPlain(bytes, limit: limit)
            }
            if position == bytes.count { return nil }
            if position >= limit { return .rowTooLong }
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
            } else {
                endLine(bytes)
                return nil
            }
        }
    }

    /// Up to a comma, a line's end or the limit. Quotes inside are part of the cell, as spreadsheets write `5" pipe`.
    private mutating func scanPlain(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
        let start = position
        var index = start
        while index < limit {
            let byte = bytes[index]
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
            index += 1
        }
        position = index
        fields.append(Field(start: start, end: index, hasDoubledQuotes: false))
    }

    private mutating func scanQuoted(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Fault? {
        position += 1
        let start = position
        var hasDoubledQuotes = false
        while position < limit {
            switch bytes[position] {
            case UInt8(ascii: "\"") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\""):
                hasDoubledQuotes = true
                position += 2
            case UInt8(ascii: "\""):
                fields.append(Field(start: start, end: position, hasDoubledQuotes: hasDoubledQuotes))
                position += 1
                return position == bytes.count || bytes[position] == UInt8(ascii: ",") || isLineEnd(bytes[position])
                    ? nil : .strayQuote
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                endLine(bytes)
            default:
                position += 1
            }
        }
        return limit == bytes.count ? .unterminatedQuote : .rowTooLong
    }
}
