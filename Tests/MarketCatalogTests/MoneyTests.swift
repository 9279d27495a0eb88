// Amounts must be exact to the fen, whatever unit the register writes them in.

import Testing

@testable import MarketCatalog

@Suite("Money")
struct MoneyTests {
    private static let yuan = Money.Unit.yuan.fen
    private static let wan = Money.Unit.wan.fen
    private static let yi = Money.Unit.yi.fen

    private static let exact: [(String, Int64, Int64)] = [
        ("1.13", wan, 1_130_000), ("1.13万元", yuan, 1_130_000), ("1.13万", yuan, 1_130_000), ("1.13万元", wan, 1_130_000),
        ("0.000001", wan, 1), ("12.345678", yi, 123_456_780_000), ("3", yi, 30_000_000_000),
        ("2亿元", yuan, 20_000_000_000),
        ("2亿", yuan, 20_000_000_000), ("200000", yuan, 20_000_000), ("200000.5", yuan, 20_000_050), ("0.01", yuan, 1),
        ("1,234,567.89", yuan, 123_456_789), (fullWidth("1,234,567.89"), yuan, 123_456_789),
        (fullWidth("12.34"), yuan, 1_234),
        ("\u{A5}12.34", yuan, 1_234), ("\u{FFE5}12.34", yuan, 1_234), ("12.34元", yuan, 1_234), ("12.34 元", yuan, 1_234),
        ("0", yuan, 0),
        ("0.00", yuan, 0), ("-5", yuan, -500), ("+5", yuan, 500), ("007", yuan, 700), ("1.500000000000", yuan, 150),
        ("123", 1, 123), ("-0", yuan, 0), ("90071992547409.91", yuan, 9_007_199_254_740_991),
    ]

    @Test(arguments: exact)
    func `an amount is read exactly`(cell: String, scale: Int64, fen: Int64) {
        #expect(Money.read(cell, scale: scale) == .fen(fen))
    }

    @Test func `what floating point would spoil stays exact`() {
        for hundredths in Int64(0)..<10_000 {
            let cell = Money.text(hundredths, in: .yuan)
            #expect(Money.read(cell, scale: Self.wan) == .fen(hundredths * 10_000))
        }
    }

    @Test(arguments: [
        ("0.001", yuan), ("1.005", yuan), ("1.1300001", wan), ("11299.999999999998", yuan), ("0.00000000001", yi),
        ("1.5", 1),
        ("1.000000000000000001", yuan),
    ])
    func `a part of a fen is too fine`(cell: String, scale: Int64) {
        #expect(Money.read(cell, scale: scale) == .tooFine)
    }

    @Test(arguments: ["2.5E+07", "2.5e7", "1E10", "-1.2E+3", "1.123E-05", "2.5E+07"])
    func `scientific notation is known for what it is`(_ cell: String) {
        #expect(Money.read(cell, scale: Self.yuan) == .scientific)
    }

    @Test(arguments: [
        "", "abc", "1.2.3", "1,23", "1234,567", ",123", "123,", "1,234,56", "1.", ".5", "--1", "1-", "一百", "1 000",
        "$5", "12元元",
        "元", "1.5万亿x", "E5", "1E", "1E+", "0x10", "12.34%", "1.2,3", "NaN", "∞", "1,,000",
    ])
    func `what is no amount is unreadable`(_ cell: String) {
        #expect(Money.read(cell, scale: Self.yuan) == .unreadable)
    }

    @Test func `a unit in the cell that is not the header's is refused`() {
        #expect(Money.read("2亿", scale: Self.wan) == .otherUnit)
        #expect(Money.read("200元", scale: Self.wan) == .otherUnit)
        #expect(Money.read("200元", scale: 1) == .otherUnit)
    }

    @Test(arguments: [
        "90071992547409.92", "99999999999999999999999999", "9223372036854775807", "92233720368547758.08",
        "900719925474099200",
    ])
    func `more than numbers hold exactly is too large`(_ cell: String) {
        #expect(Money.read(cell, scale: Self.yuan) == .tooLarge)
        #expect(Money.read("-" + cell, scale: Self.yuan) == .tooLarge)
    }

    @Test func `an amount is written without needless zeros and never cut`() {
        #expect(Money.text(123_456, in: .yuan) == "1234.56")
        #expect(Money.text(5, in: .yuan) == "0.05")
        #expect(Money.text(-5, in: .yuan) == "-0.05")
        #expect(Money.text(1_130_000, in: .wan) == "1.13")
        #expect(Money.text(1, in: .wan) == "0.000001")
        #expect(Money.text(0, in: .yi) == "0.00")
        #expect(Money.text(42, in: .fen) == "42")
        #expect(Money.text(.min, in: .yuan) == "-92233720368547758.08")
    }

    @Test(arguments: UInt64(0)..<64)
    func `what is written is read back, in every unit`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bits = Int.random(in: 0...53, using: &generator)
            let fen =
                Int64.random(in: 0...((1 << bits) - 1), using: &generator) * (Bool.random(using: &generator) ? 1 : -1)
            for unit in Money.Unit.allCases {
                #expect(Money.read(Money.text(fen, in: unit), scale: unit.fen) == .fen(fen))
            }
        }
    }
}
