// Registers come in UTF-8 and, more often, in GB18030; nothing in the file says which.

/// What a register's bytes are taken for.
package enum RegisterEncoding: String, Sendable, CaseIterable {
    /// UTF-8 if it is, else GB18030 if it is.
    case auto
    case utf8
    case gb18030
}

/// A register's text in UTF-8.
struct DecodedRegister {
    let bytes: [UInt8]
    /// Where the text begins: after a byte order mark.
    let start: Int
    /// What it was decoded from: never `auto`.
    let encoding: RegisterEncoding
    /// Some rows are not UTF-8, and must be looked at one by one.
    let isDamaged: Bool

    /// - Parameter hasKeyHeader: whether a first row of UTF-8 holds the register's key column.
    init(
        _ bytes: [UInt8], as encoding: RegisterEncoding, hasKeyHeader: (ArraySlice<UInt8>) -> Bool
    ) throws(RegisterError) {
        if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { throw .workbook }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(64).contains(0) {
            throw .utf16
        }
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        if encoding == .gb18030 {
            // UTF-8 is often formally valid GB18030, of other characters.
            guard !hasKeyHeader(bytes[...]) else { throw .notGB18030(line: 1) }
            self = try Self.gb18030(bytes)
            return
        }
        let firstBad = Self.firstInvalidUTF8(bytes)
        let isUTF8 = firstBad == nil || isMarked || encoding == .utf8
        // A Chinese header that is UTF-8 says what the file is, and a broken row further down does not unsay it; taken
        // for GB18030 the whole file would turn to nonsense that is formally valid.
        if isUTF8 || hasKeyHeader(bytes[...]) {
            self.bytes = bytes
            start = isMarked ? 3 : 0
            self.encoding = .utf8
            isDamaged = firstBad != nil
            return
        }
        do {
            self = try Self.gb18030(bytes)
        } catch  where error != .noGB18030 {
            throw .wrongEncoding(line: Self.line(of: firstBad!, in: bytes))
        }
    }

    private init(bytes: [UInt8], encoding: RegisterEncoding) {
        self.bytes = bytes
        self.encoding = encoding
        start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        isDamaged = false
    }

    private static func gb18030(_ bytes: [UInt8]) throws(RegisterError) -> DecodedRegister {
        do {
            return DecodedRegister(bytes: try GB18030.decode(bytes), encoding: .gb18030)
        } catch {
            switch error {
            case .invalid(let offset): throw .notGB18030(line: line(of: offset, in: bytes))
            case .unavailable: throw .noGB18030
            }
        }
    }

    /// The offset of the first byte that is no part of a UTF-8 character.
    static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }
}
