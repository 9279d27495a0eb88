// What is publicly known of a market before it has a node: enough for `init --market` to need no more than a name.

package import SyncCore

/// A market's public profile, `peers/<market>.yaml` in the repository.
package struct MarketProfile: Hashable, Sendable {
    package let market: Market
    package let name: LocalizedText
    /// GB/T 2260, of the province.
    package let regionCode: String
    /// An IANA name, for schedules.
    package let timeZone: String
    /// The usual URL of the market's node.
    package let endpoint: String

    /// The profile that the executable carries; nil for a market that has none.
    package static func builtIn(_ market: Market) -> MarketProfile? {
        BuiltInFiles.profiles.first { $0.path == "\(market.name).yaml" }.flatMap { try? MarketProfile($0) }
    }

    init(_ file: CatalogFile) throws(CatalogError) {
        let fields = try YAMLReading(file.bytes, file: file.path).mapping(
            required: ["market", "name", "region_code", "time_zone", "endpoint"])
        guard let market = Market(try fields["market"]!.string()), file.path == "\(market.name).yaml" else {
            throw fields["market"]!.refusal("市场名称应与文件名一致", "the market must have the name of the file")
        }
        self.market = market
        name = try fields["name"]!.label()
        regionCode = try fields["region_code"]!.string()
        timeZone = try fields["time_zone"]!.string()
        endpoint = try fields["endpoint"]!.string()
    }
}
