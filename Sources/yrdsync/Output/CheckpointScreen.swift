// Checkpoints for people and for programs.

import PeerTrust
import SyncCore
import SyncNode

enum CheckpointScreen {
    static func fields(_ checkpoint: JudgedCheckpoint) -> [(String, JSON)] {
        let statement = checkpoint.statement
        return [
            ("market", .string(checkpoint.market.name)), ("time", .string(Instant.utc(statement.timeMilliseconds))),
            ("counter", .number(statement.counter)), ("digest", .string(statement.digest.hex)),
            ("root", .number(statement.trustRootVersion)), ("catalog", .string(checkpoint.catalog.hex)),
            (
                "frontier",
                .array(
                    statement.frontier.rows.map {
                        .object([("origin", .string($0.origin.description)), ("seq", .number($0.sequence))])
                    })
            ),
        ]
    }

    static func text(_ checkpoint: JudgedCheckpoint) -> String {
        let (statement, time) = (checkpoint.statement, Instant.utc(checkpoint.statement.timeMilliseconds))
        let (digest, count) = (statement.digest.hex.prefix(16), statement.frontier.rows.count)
        return say(
            "\(checkpoint.market) 于 \(time) 签署:在 \(count) 个来源的向量处,状态摘要为 \(digest)",
            "\(checkpoint.market) signed at \(time): at a vector of \(count) origins the state digest is \(digest)")
    }

    /// - Parameter here: whether this node's state agrees; nil where it cannot be compared.
    static func show(
        _ checkpoint: JudgedCheckpoint, file: String, here: Bool?, missingHere: Int, agreeing: [String],
        differing: [String], asJSON: Bool
    ) {
        guard !asJSON else {
            let result: String = here.map { $0 ? "agrees" : "differs" } ?? "not_comparable"
            return Screen.print(
                JSON.object(
                    fields(checkpoint) + [
                        ("file", .string(file)), ("here", .string(result)),
                        ("origins_missing_here", .number(missingHere)),
                        ("agrees_with", .array(agreeing.map { .string($0) })),
                        ("differs_from", .array(differing.map { .string($0) })),
                    ]
                ).line)
        }
        Screen.print(Screen.safe("\(file): \(text(checkpoint))"))
        switch here {
        case true?: Screen.print(say("  与本节点一致", "  this node agrees"))
        case false?: Screen.print(say("  与本节点不一致:见 yrdsync compare", "  this node DIFFERS: see yrdsync compare"))
        case nil where missingHere > 0:
            Screen.print(
                say("  本节点尚缺 \(missingHere) 个来源的变更集", "  change sets of \(missingHere) origins are not here yet"))
        case nil:
            Screen.print(
                say("  本节点已有更多变更集,或信任根、目录不同", "  this node has more change sets, or another root or catalog"))
        }
        if !agreeing.isEmpty {
            let names = agreeing.joined(separator: ", ")
            Screen.print(Screen.safe(say("  与 \(names) 一致", "  agrees with \(names)")))
        }
        if !differing.isEmpty {
            let names = differing.joined(separator: ", ")
            Screen.print(Screen.safe(say("  与 \(names) 不一致", "  DIFFERS from \(names)")))
        }
    }
}
