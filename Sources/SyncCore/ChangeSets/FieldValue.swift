// The values a change can carry. No floats, no blobs: what is signed must compare exactly.

/// One column's value on the wire and in a sibling.
package enum FieldValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(Text)
    /// Ascending by bytes, distinct.
    case set([Text])

    /// What nine bytes of zigzag LEB128 hold. An integer outside is refused at the SQL statement.
    package static let integerRange: ClosedRange<Int64> = -(1 << 62)...((1 << 62) - 1)

    enum Tag {
        static let null: UInt8 = 0
        static let integer: UInt8 = 1
        static let text: UInt8 = 2
        static let set: UInt8 = 3
    }

    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .null:
            writer.byte(Tag.null)
        case .integer(let value):
            writer.byte(Tag.integer)
            writer.zigzag(value)
        case .text(let value):
            writer.byte(Tag.text)
            writer.text(value)
        case .set(let elements):
            writer.byte(Tag.set)
            writer.varint(UInt64(elements.count))
            for element in elements { writer.text(element) }
        }
    }

    /// The encoding of a text whose bytes are known to be UTF-8 without NUL.
    package static func encodeText(_ utf8: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        writer.byte(Tag.text)
        writer.varint(UInt64(utf8.count))
        writer.raw(utf8)
    }

    package init(from reader: inout ByteReader) throws(DecodeError) {
        let start = reader.position
        switch try reader.byte() {
        case Tag.null:
            self = .null
        case Tag.integer:
            self = .integer(try reader.zigzag())
        case Tag.text:
            self = .text(try reader.text(max: Limits.textBytes, named: "text value"))
        case Tag.set:
            let count = try reader.count(max: Limits.setElements, named: "set")
            var elements: [Text] = []
            for _ in 0..<count {
                let element = try reader.text(max: Limits.textBytes, named: "set element")
                if let last = elements.last, last >= element {
                    throw .malformed("set elements not ascending", at: start)
                }
                elements.append(element)
            }
            self = .set(elements)
        default:
            throw .malformed("unknown value tag", at: start)
        }
    }
}
