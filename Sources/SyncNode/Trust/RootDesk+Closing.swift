// Where an incarnation is to end: in the words of people, and as the trust root says it.

package import PeerTrust
import ReplicaStore
package import SyncCore

extension RootDesk {
    /// The incarnation that a text `market.<8 or more hex digits>` names, among those that the root or a descriptor names.
    package func origin(_ text: String) throws -> Origin {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let market = Market(parts[0]), parts[1].utf8.count >= DotPrefix.digitsMin else {
            throw NodeError(
                .usage, code: "bad_origin", "\(text) 不是来源:写作 市场.十六进制(8 位以上)",
                "\(text) is no origin: write market.<hex>, 8 digits or more")
        }
        let found = try incarnations(of: market).filter { $0.hex.hasPrefix(parts[1].lowercased()) }
        guard found.count == 1 else {
            throw NodeError(
                .usage, code: found.isEmpty ? "no_such_origin" : "ambiguous_origin",
                found.isEmpty ? "没有来源 \(text)" : "\(text) 不止一个来源",
                found.isEmpty ? "there is no origin \(text)" : "\(text) is more than one origin", peer: market)
        }
        return Origin(market: market, incarnation: found[0])
    }

    /// In which a market's keys count, ascending.
    private func incarnations(of market: Market) throws -> [ID16] {
        let trust = try node.trust()
        let known = trust.standing + trust.former
        let keys =
            (trust.root?.fields.member(market)?.signing ?? [])
            + known.filter { $0.market == market }.flatMap(\.signing)
        return Set(keys.flatMap(\.spans).map(\.incarnation)).sorted()
    }

    /// Closes an incarnation at the entries that are named; without any, at the last one that is applied here, if nobody has
    /// forked it.
    package func closure(of origin: Origin, at dots: [String]) throws -> Closure {
        let log = LogDesk(node)
        guard dots.isEmpty else {
            let ends = try dots.map { dot in
                let stored = try log.entry(dot).stored
                guard stored.dot.origin == origin else {
                    throw NodeError(
                        .usage, code: "other_origin", "\(dot) 不属于 \(origin)", "\(dot) is not of \(origin)")
                }
                // A group is one instant: it counts as a whole, or not at all.
                guard !stored.entry.header.groupContinues else {
                    throw NodeError(
                        .usage, code: "inside_group", "\(dot) 之后还有同组的变更集:请给出该组的最后一个",
                        "\(dot) is inside a group: name the last change set of the group")
                }
                return EntryPlace(sequence: stored.dot.sequence, id: stored.id)
            }
            return Closure(origin: origin, ends: Set(ends))
        }
        let heads = try node.replica.heads(of: origin)
        guard heads.count <= 1 else {
            let names = try node.replica.branchNames(of: origin).map(\.description).joined(separator: ", ")
            throw NodeError(
                .usage, code: "branches", "\(origin) 有多个分支,请以 --at 说明哪些有效:\(names)",
                "\(origin) has branches: say with --at which of them count: \(names)")
        }
        return Closure(origin: origin, ends: heads)
    }

    /// `keys trust close`: the next version of the root, which ends an incarnation.
    ///
    /// - Parameter dots: nil if nothing of it is to count.
    package func proposeClosing(_ origin: Origin, at dots: [String]?) throws -> TrustRoot {
        guard let root = try root(), root.fields.member(origin.market!) != nil else {
            throw NodeError(
                .usage, code: "root_needed", "只有信任根能使变更集失效,而 \(origin.market!) 不在现行信任根中:见 yrdsync keys trust",
                "only a trust root makes entries void, and \(origin.market!) is in none that is adopted: see yrdsync keys trust"
            )
        }
        let closed = try dots.map { try closure(of: origin, at: $0) } ?? Closure(origin: origin, ends: [])
        return try propose(closing: [closed])
    }
}
