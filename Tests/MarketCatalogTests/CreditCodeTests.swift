// The vectors of DOMAIN.md 4.1: real codes, made-up ones, and the pilots' that fail the standard and are legal.

import Testing

@testable import MarketCatalog

@Suite("Unified social credit codes")
struct CreditCodeTests {
    @Test(arguments: [
        "12100000470095016Q", "12100000485001086E", "12100000425006117P", "1210000042500615X0", "12100000400000624D",
        "12100000466006770Q", "91340000711771143J", "91310115MA1K3AB781", "91320500MA1MCD210G", "91330108MA2H1E3F1Q",
        "91340100MA2NGH4J68", "12310000425000014Y",
    ])
    func `codes with both check characters right are valid`(_ code: String) {
        #expect(CreditCode.verdict(code) == .valid)
    }

    @Test(arguments: ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"])
    func `real codes of the pilots fail the last check and are let pass as pilots`(_ code: String) {
        #expect(CreditCode.verdict(code) == .pilot)
    }

    @Test func `a pilot's code still needs its inner check character and an alphabet's last`() {
        #expect(CreditCode.verdict("91350100M0001TGQ1M") == .badCheckCharacter(position: 17, expected: "X"))
        #expect(CreditCode.verdict("91350100M0001TGQXZ") == .badCheckCharacter(position: 18, expected: "1"))
    }

    @Test func `the expected character is named`() {
        #expect(CreditCode.verdict("12100000470095016Z") == .badCheckCharacter(position: 18, expected: "Q"))
        #expect(CreditCode.verdict("12100000470095016R") == .badCheckCharacter(position: 18, expected: "Q"))
        #expect(CreditCode.verdict("12100000470095017Q") == .badCheckCharacter(position: 17, expected: "6"))
    }

    @Test(arguments: [
        "", "1", "12100000470095016", "12100000470095016QQ", "1210000047009501-Q", "12100A00470095016Q",
        "I2100000470095016Q", "1210000047O095016Q", "1210000047 095016Q", "12100000470095016中", "浙江大学浙江大学浙江大学浙江大学浙大",
        "9135010中M0001TGQXM", "12100000470095016q ",
    ])
    func `what has not the form is malformed`(_ code: String) {
        #expect(CreditCode.verdict(code) == .malformed)
    }

    /// The standard promises it for single errors and neighbours swapped; here every single error is tried.
    @Test func `every single wrong character is noticed`() {
        let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        let code = Array("91310115MA1K3AB781")
        for position in code.indices {
            for character in alphabet where character != code[position] {
                var wrong = code
                wrong[position] = character
                #expect(CreditCode.verdict(String(wrong)) != .valid)
            }
        }
    }
}
