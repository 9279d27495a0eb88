// `init --market` needs no more than a name for the four markets.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Market profiles")
struct MarketProfileTests {
    @Test(arguments: [("shanghai", "310000"), ("jiangsu", "320000"), ("zhejiang", "330000"), ("anhui", "340000")])
    func `every market of the catalog has a profile`(name: String, region: String) throws {
        let profile = try #require(MarketProfile.builtIn(Market(name)!))
        #expect(profile.market.name == name)
        #expect(profile.regionCode == region)
        #expect(profile.timeZone == "Asia/Shanghai")
        #expect(profile.endpoint.hasPrefix("https://"))
        #expect(profile.name[.zh].hasSuffix("技术市场"))
        #expect(catalog.code(region, in: "region") != nil)
        #expect(catalog.markets["\(region.prefix(2))"] == profile.market)
    }

    @Test func `a market that nobody described has none`() {
        #expect(MarketProfile.builtIn(Market("suzhou")!) == nil)
    }

    @Test func `a profile under another market's name is refused`() {
        let bytes = BuiltInFiles.profiles.first { $0.path == "anhui.yaml" }!.bytes
        #expect(throws: CatalogError.self) { try MarketProfile(CatalogFile(path: "shanghai.yaml", bytes: bytes)) }
        #expect(throws: CatalogError.self) {
            try MarketProfile(CatalogFile(path: "anhui.yaml", bytes: bytes + Array("key: 1\n".utf8)))
        }
    }
}
