// Amounts are integer fen. A register writes yuan, ten thousands or hundred millions of them, with decimals; 1.13 times
// 10,000 in floating point is 11299.999999999998, so the arithmetic here is decimal and exact.

import SyncCore

/// Reading and writing amounts.
package enum Money {
    /// What an amount is written in.
    package enum Unit: String, Sendable, CaseIterable {
        case fen
        case yuan
        case wan
        case yi

        /// Its worth in fen.
        package var fen: Int64 {
            switch self {
            case .fen: 1
            case .yuan: 100
            case .wan: 1_000_000
            case .yi: 10_000_000_000
            }
        }
    }

    package enum Reading: Hashable, Sendable {
        case fen(Int64)
        /// 2.5E+07: a spreadsheet has rounded it.
        case scientific
        /// A part of a fen.
        case tooFine
        case tooLarge
        /// The cell says one unit, the header another.
        case otherUnit
        case unreadable
    }

    /// Amounts stay exact in every language's numbers: 2^53 fen are some 90 trillion yuan.
    package static let fenMax = Int64(Limits.counterMax)

    /// Reads `cell`, of which one is worth `scale` fen: plain digits, with thousands separators, with ¥ before or a unit
    /// behind. Exact, or refused.
    package static func read(_ cell: String, scale: Int64) -> Reading {
        var text = Normalisation.compatible(cell)
        if text.hasPrefix("¥") { text.removeFirst() }
        var scale = scale
        if let (suffix, worth) = suffixes.first(where: { text.hasSuffix($0.0) }) {
            // A header of plain yuan is what a column has that leaves the unit to its cells.
            guard scale == Unit.yuan.fen || scale == worth else { return .otherUnit }
            scale = worth
            text.removeLast(suffix.count)
        }
        text = Normalisation.trimmed(text)
        return text.withUTF8 { readDecimal($0, scale: scale) }
    }

    private static let suffixes: [(String, Int64)] = [
        ("亿元", Unit.yi.fen), ("亿", Unit.yi.fen), ("万元", Unit.wan.fen), ("万", Unit.wan.fen), ("元", Unit.yuan.fen),
    ]

    /// A decimal number of ASCII digits. `scale` is a power of ten: the decimal point moves, nothing is multiplied.
    static func readDecimal(_ bytes: UnsafeBufferPointer<UInt8>, scale: Int64) -> Reading {
        var index = 0
        var isNegative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            index = 1
        }
        var value: Int64 = 0
        var digits = 0
        // Digits since the last separator; nil before the first.
        var group: Int?
        while index < bytes.count, bytes[index] != UInt8(ascii: ".") {
            let byte = bytes[index]
            if byte &- UInt8(ascii: "0") < 10 {
                guard append(byte, to: &value) else { return .tooLarge }
                digits += 1
                group = group.map { $0 + 1 }
            } else if byte == UInt8(ascii: ",") {
                guard digits > 0, group.map({ $0 == 3 }) ?? (digits <= 3) else { return .unreadable }
                group = 0
            } else {
                return isExponent(bytes[index...]) && digits > 0 ? .scientific : .unreadable
            }
            index += 1
        }
        guard digits > 0, group ?? 3 == 3 else { return .unreadable }
        var places = scale
        index += 1
        let isFraction = index <= bytes.count
        if isFraction, index == bytes.count { return .unreadable }
        while index < bytes.count {
            let byte = bytes[index]
            guard byte &- UInt8(ascii: "0") < 10 else {
                return isExponent(bytes[index...]) ? .scientific : .unreadable
            }
            if places > 1 {
                guard append(byte, to: &value) else { return .tooLarge }
                places /= 10
            } else if byte != UInt8(ascii: "0") {
                return fractionEnd(bytes[index...])
            }
            index += 1
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: places)
        guard !overflow, product <= fenMax else { return .tooLarge }
        return .fen(isNegative ? -product : product)
    }

    /// What is wrong with a fraction that has more places than fen: too fine, if the rest is digits at all.
    private static func fractionEnd(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> Reading {
        guard let other = rest.firstIndex(where: { $0 &- UInt8(ascii: "0") >= 10 }) else { return .tooFine }
        return isExponent(rest[other...]) ? .scientific : .unreadable
    }

    private static func isExponent(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") else { return false }
        var digits = rest.dropFirst()
        if let sign = digits.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            digits = digits.dropFirst()
        }
        return !digits.isEmpty && digits.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }

    private static func append(_ digit: UInt8, to value: inout Int64) -> Bool {
        let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow, tenfold <= fenMax else { return false }
        value = tenfold + Int64(digit &- UInt8(ascii: "0"))
        return true
    }

    /// Fen as a decimal number of a unit, without needless zeros below the second place: 123456 → 1234.56.
    package static func text(_ fen: Int64, in unit: Unit) -> String {
        let magnitude = fen.magnitude
        let worth = UInt64(unit.fen)
        let sign = fen < 0 ? "-" : ""
        guard worth > 1 else { return "\(fen)" }
        let width = String(worth).utf8.count - 1
        var fraction = String(magnitude % worth)
        fraction = String(repeating: "0", count: width - fraction.utf8.count) + fraction
        while fraction.utf8.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(sign)\(magnitude / worth).\(fraction)"
    }
}
