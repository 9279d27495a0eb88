// Registers come with full-width digits, ideographic spaces and stray byte order marks. Codes, dates, amounts and keys
// are brought to one form; names are only trimmed, since a name is what the seal says.

import Foundation

enum Normalisation {
    /// NFKC without surrounding space.
    static func compatible(_ text: String) -> String {
        trimmed(isInert(text) ? text : text.precomposedStringWithCompatibilityMapping)
    }

    /// Whether NFKC surely leaves the text as it is: ASCII and the ideographs U+4000 to U+9FFF, nearly every cell.
    private static func isInert(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0...0x7F, 0xE4...0xE9, 0x80...0xBF: true
            default: false
            }
        }
    }

    /// Whether more marks stand on one character than any language puts there (UAX #15 D4 says thirty). To normalise, compare
    /// or hash such a text takes the square of their number, so it is refused wherever it might come in.
    static func hasPiledMarks(_ text: some Collection<UInt8>) -> Bool {
        guard text.count > 2 * marksMax else { return false }
        var marks = 0
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            // Latin letters and ideographs, nearly every cell, are known to be no marks.
            let isPlain = scalar.value < 0x300 || (0x3400...0x9FFF).contains(scalar.value)
            marks = isPlain || scalar.properties.canonicalCombiningClass == .notReordered ? 0 : marks + 1
            if marks > marksMax { return true }
        }
        return false
    }

    private static let marksMax = 30

    /// The form in which headers and names of codes are compared: NFKC, trimmed, ASCII letters in lower case.
    static func folded(_ text: String) -> String {
        let compatible = compatible(text)
        guard compatible.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
            return compatible
        }
        return String(
            decoding: compatible.utf8.map {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0
            }, as: UTF8.self)
    }

    /// Without the space at both ends.
    static func trimmed(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            let range = trimmedRange(bytes)
            return String(decoding: bytes[range], as: UTF8.self)
        }
    }

    /// What is left of UTF-8 bytes without ASCII space and controls, no-break space, ideographic space, zero-width
    /// space and byte order mark at both ends.
    static func trimmedRange(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end {
            let length = leadingSpace(bytes, start, end)
            guard length > 0 else { break }
            start += length
        }
        while start < end {
            let length = trailingSpace(bytes, start, end)
            guard length > 0 else { break }
            end -= length
        }
        return start..<end
    }

    private static func leadingSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        switch bytes[start] {
        case 0x20, 0x09, 0x0A, 0x0D: 1
        case 0xC2 where end - start >= 2: bytes[start + 1] == 0xA0 ? 2 : 0
        case 0xE2, 0xE3, 0xEF: isWideSpace(bytes, start, end) ? 3 : 0
        default: 0
        }
    }

    private static func trailingSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        switch bytes[end - 1] {
        case 0x20, 0x09, 0x0A, 0x0D: 1
        case 0xA0 where end - start >= 2: bytes[end - 2] == 0xC2 ? 2 : 0
        case 0x80, 0x8B, 0xBF: end - start >= 3 && isWideSpace(bytes, end - 3, end) ? 3 : 0
        default: 0
        }
    }

    private static func isWideSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Bool {
        guard end - at >= 3 else { return false }
        return switch (bytes[at], bytes[at + 1], bytes[at + 2]) {
        case (0xE3, 0x80, 0x80), (0xE2, 0x80, 0x8B), (0xEF, 0xBB, 0xBF): true
        default: false
        }
    }
}
