// `[M …]`: the markets that a command is to deal with.

import SyncCore
import SyncNode

enum MarketArguments {
    /// Each once, in the order in which they were first given.
    static func read(_ names: [String]) throws -> [Market] {
        try names.map { name in
            guard let market = Market(name) else {
                throw NodeError(.usage, code: "bad_market", say("\(name) 不是市场名称", "\(name) is not a market's name"))
            }
            return market
        }.reduce(into: [Market]()) { peers, market in if !peers.contains(market) { peers.append(market) } }
    }
}
