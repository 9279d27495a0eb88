// Region codes from inside and outside the delta, listed and not.

import Testing

@testable import MarketCatalog

@Suite("Region codes")
struct RegionCodeTests {
    private let regions = catalog.codeLists["region"]!

    @Test(arguments: [
        "310115", "320500", "340000", "110108", "440305", "320576", "340171", "330103", "310230", "310100", "341400",
        "659001",
    ])
    func `listed regions, other provinces' and statistical zones are known`(_ code: String) {
        #expect(RegionCode.verdict(code, in: regions) == .known)
    }

    @Test(arguments: ["310199", "320170", "330150"])
    func `a county that is not listed in a listed city is only noted`(_ code: String) {
        #expect(RegionCode.verdict(code, in: regions) == .unlistedCounty)
    }

    @Test(arguments: [
        "340901", "990101", "000000", "320000x", "3201", "", "319901", "331200", "800000", "31011五",
    ])
    func `a province or city that does not exist is unknown`(_ code: String) {
        #expect(RegionCode.verdict(code, in: regions) == .unknown)
    }

    @Test func `short codes and names are completed`() {
        #expect(RegionCode.code(for: "3205", in: regions) == "320500")
        #expect(RegionCode.code(for: "31", in: regions) == "310000")
        #expect(RegionCode.code(for: "310115", in: regions) == "310115")
        #expect(RegionCode.code(for: "浦东新区", in: regions) == "310115")
        #expect(RegionCode.code(for: "苏州", in: regions) == "320500")
        #expect(RegionCode.code(for: "江苏省苏州市昆山市", in: regions) == "320583")
        #expect(RegionCode.code(for: "昆山市", in: regions) == "320583")
        #expect(RegionCode.code(for: "31011", in: regions) == nil)
        #expect(RegionCode.code(for: "火星", in: regions) == nil)
        #expect(RegionCode.code(for: "", in: regions) == nil)
    }
}
