// `--require MARKET=SUITE` of a proposed trust root.

import ArgumentParser
import SyncCore
import SyncNode

/// `MARKET=SUITE`: what a trust root is to require of a member.
struct RequiredSuites: ExpressibleByArgument, CustomStringConvertible {
    let market: Market
    let suites: SigningSuites

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let market = Market(String(parts[0])),
            let suites = SigningSuites(rawValue: String(parts[1]))
        else { return nil }
        self.market = market
        self.suites = suites
    }

    var description: String { "\(market)=\(suites.rawValue)" }
}
