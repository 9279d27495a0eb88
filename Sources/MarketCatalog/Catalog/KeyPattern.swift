// A key's form must be checked in two places, on import and in an SQL trigger; so its notation is the part of regular
// expressions that SQLite's GLOB can say too.

/// A fixed number of ASCII characters, each a literal or a class: `[0-9]{2}-TTA-[0-9]{6}`. Anchored at both ends.
package struct KeyPattern: Hashable, Sendable {
    /// What each position allows.
    private enum Position: Hashable, Sendable {
        case literal(UInt8)
        case oneOf([ClosedRange<UInt8>])

        func allows(_ byte: UInt8) -> Bool {
            switch self {
            case .literal(let literal): byte == literal
            case .oneOf(let ranges): ranges.contains { $0.contains(byte) }
            }
        }

        var glob: String {
            switch self {
            case .literal(let byte):
                String(UnicodeScalar(byte))
            case .oneOf(let ranges):
                "[" + ranges.map(Self.text).joined() + "]"
            }
        }

        private static func text(_ range: ClosedRange<UInt8>) -> String {
            let low = String(UnicodeScalar(range.lowerBound))
            return range.count == 1 ? low : low + "-" + String(UnicodeScalar(range.upperBound))
        }
    }

    package static let lengthMax = 128

    package let source: String
    private let positions: [Position]

    /// Nil unless the notation is: letters, digits, `-`, `_`, `.` as literals; classes of letters, digits and their
    /// ranges; each followed by `{n}` or not.
    package init?(_ source: String) {
        var positions: [Position] = []
        var rest = Array(source.utf8)[...]
        while !rest.isEmpty {
            guard let position = Self.takePosition(&rest), let count = Self.takeCount(&rest),
                positions.count + count <= Self.lengthMax
            else { return nil }
            positions += Array(repeating: position, count: count)
        }
        guard !positions.isEmpty else { return nil }
        self.source = source
        self.positions = positions
    }

    /// How many characters a key has.
    package var length: Int { positions.count }

    /// Whether keys are numbers of more digits than a spreadsheet keeps.
    var isLongNumber: Bool {
        let digits = [UInt8](UInt8(ascii: "0")...UInt8(ascii: "9"))
        let others = (0...UInt8.max).filter { !digits.contains($0) }
        return length > KeySurvey.digitsKept
            && positions.allSatisfy { position in !others.contains(where: position.allows) }
    }

    /// The same form for SQLite: `key GLOB '…'` (no `*` in it, so the length is part of it).
    package var glob: String { positions.map(\.glob).joined() }

    /// Numbers each of which, written without leading zeros, is a key: for a test that costs less than the pattern's. There
    /// may be other keys. Nil unless keys are digits fixed by the pattern, then digits of any kind, 18 at most.
    package var numbers: ClosedRange<Int64>? {
        let zero = UInt8(ascii: "0")
        let fixed = positions.prefix { if case .literal = $0 { true } else { false } }
        guard positions.count <= 18, let first = fixed.first, !first.allows(zero),
            positions.dropFirst(fixed.count).allSatisfy({ $0 == .oneOf([zero...zero + 9]) })
        else { return nil }
        var (low, high): (Int64, Int64) = (0, 0)
        for position in positions {
            let digits = (zero...zero + 9).filter(position.allows)
            guard let least = digits.first, let greatest = digits.last else { return nil }
            (low, high) = (low * 10 + Int64(least - zero), high * 10 + Int64(greatest - zero))
        }
        return low...high
    }

    package func matches(_ key: String) -> Bool { matches(key.utf8) }

    func matches(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count == positions.count && zip(positions, bytes).allSatisfy { $0.allows($1) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            false
        }
    }

    private static func takePosition(_ rest: inout ArraySlice<UInt8>) -> Position? {
        let first = rest.removeFirst()
        guard first == UInt8(ascii: "[") else {
            return isWord(first) || "-_.".utf8.contains(first) ? .literal(first) : nil
        }
        var ranges: [ClosedRange<UInt8>] = []
        while let low = rest.popFirst(), low != UInt8(ascii: "]") {
            guard isWord(low) else { return nil }
            var high = low
            if rest.first == UInt8(ascii: "-") {
                rest.removeFirst()
                guard let end = rest.popFirst(), isWord(end), end > low else { return nil }
                high = end
            }
            ranges.append(low...high)
            guard !rest.isEmpty else { return nil }
        }
        return ranges.isEmpty ? nil : .oneOf(ranges)
    }

    private static func takeCount(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.first == UInt8(ascii: "{") else { return 1 }
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let digits = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
        rest = rest[(end + 1)...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let count = Int(digits),
            (1...lengthMax).contains(count)
        else { return nil }
        return count
    }
}
