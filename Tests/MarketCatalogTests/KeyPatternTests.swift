// The same form is checked twice, in Swift and by SQLite; both must say the same.

import Testing

@testable import MarketCatalog

@Suite("Key patterns")
struct KeyPatternTests {
    @Test(arguments: [
        ("20[0-9]{14}", "2023310115000042", true),
        ("20[0-9]{14}", "202331011500004", false),
        ("20[0-9]{14}", "20233101150000420", false),
        ("20[0-9]{14}", "1923310115000042", false),
        ("20[0-9]{14}", "202331011500004x", false),
        ("20[0-9]{14}", "", false),
        ("[0-9]{2}-TTA-[0-9]{6}", "31-TTA-000123", true),
        ("[0-9]{2}-TTA-[0-9]{6}", "31-tta-000123", false),
        ("[A-CX]a.b_c", "Xa.b_c", true),
        ("[A-CX]a.b_c", "Da.b_c", false),
        ("a", "ä", false),
    ])
    func `a pattern takes what its form says, and GLOB the same`(pattern: String, key: String, matches: Bool) throws {
        let pattern = try #require(KeyPattern(pattern))
        #expect(pattern.matches(key) == matches)
        #expect(Self.glob(pattern.glob, key) == matches)
    }

    @Test(arguments: [
        "", "[", "[]", "[0-9", "[9-0]", "[0-]", "[^0-9]", "*", "a?", "a{", "a{0}", "a{x}", "a{-1}", "a{129}", "(a)",
        "a|b",
        "中", "[中]", "{2}", "a{2", " ", "[0-9]{100}[0-9]{29}",
    ])
    func `what is no pattern is refused`(_ source: String) {
        #expect(KeyPattern(source) == nil)
    }

    @Test func `a pattern has at most 128 positions`() {
        #expect(KeyPattern("[0-9]{127}")?.length == 127)
        #expect(KeyPattern("[0-9]{128}")?.length == 128)
        #expect(KeyPattern("[0-9]{128}a") == nil)
    }

    @Test func `only numbers longer than a spreadsheet keeps are long numbers`() {
        #expect(KeyPattern("20[0-9]{14}")?.isLongNumber == true)
        #expect(KeyPattern("20[0-9]{13}")?.isLongNumber == false)
        #expect(KeyPattern("[0-9]{2}-TTA-[0-9]{16}")?.isLongNumber == false)
    }

    @Test(
        arguments: [
            ("20[0-9]{14}", 2_000_000_000_000_000...2_099_999_999_999_999), ("7", 7...7), ("10[0-9]", 100...109),
            ("1[0-9]{17}", 100_000_000_000_000_000...199_999_999_999_999_999), ("1[0-9]{18}", nil), ("0[0-9]", nil),
            ("[0-9]{6}", nil), ("1[0-8]", nil), ("1[0-9]2", nil), ("[0-9]{2}-TTA-[0-9]{6}", nil), ("a1", nil),
            ("1-1", nil),
        ] as [(String, ClosedRange<Int64>?)])
    func `the numbers of a pattern are keys, every one of them`(pattern: String, numbers: ClosedRange<Int64>?) throws {
        let pattern = try #require(KeyPattern(pattern))
        #expect(pattern.numbers == numbers)
        for number in [numbers?.lowerBound, numbers?.upperBound].compactMap(\.self) {
            #expect(pattern.matches("\(number)"))
        }
    }

    /// SQLite's GLOB, as far as literals and classes go: the slow obvious model.
    private static func glob(_ pattern: String, _ text: String) -> Bool {
        var rest = Array(text.unicodeScalars)[...]
        var glob = Array(pattern.unicodeScalars)[...]
        while let next = glob.popFirst() {
            guard let scalar = rest.popFirst() else { return false }
            guard next == "[" else {
                if next != scalar { return false }
                continue
            }
            var found = false
            while let low = glob.popFirst(), low != "]" {
                var high = low
                if glob.first == "-" {
                    glob.removeFirst()
                    high = glob.removeFirst()
                }
                if (low...high).contains(scalar) { found = true }
            }
            if !found { return false }
        }
        return rest.isEmpty
    }
}
