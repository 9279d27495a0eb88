// `sync`: one round with each peer, now.

import ArgumentParser
import ReplicaStore
import SyncCore
import SyncNode

struct SyncCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "sync", abstract: say("立即与各同伴交换一轮", "seal, then one round with each peer, now"),
            discussion: say("与守护进程并行也可。", "Works with and without a daemon."))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("只与这些市场", "only with these markets"), valueName: "market"))
    var markets: [String] = []

    @Flag(help: ArgumentHelp(say("只说会传送什么", "only say what would travel")))
    var dryRun = false

    func perform() async throws -> ExitStatus {
        let peers = try MarketArguments.read(markets)
        let node = try common.open()
        if !dryRun { try node.seal() }
        if let reason = node.recoveredBecause {
            Screen.remark(
                say("本副本曾被回退,已开启新化身:\(reason)", "this replica was set back and goes on in a new incarnation: \(reason)")
            )
        }
        let replicator = Replicator(node)
        let run = try SyncRun(replicator, directory: common.nodeDirectory)
        let targets = try await peers.isEmpty ? run.reachablePeers() : peers
        if targets.isEmpty, !common.json {
            Screen.remark(say("没有可拨的同伴:见 yrdsync peers add", "no peer to dial: see yrdsync peers add"))
        }
        var statuses: [ExitStatus] = []
        var failures: [Failure] = []
        for peer in targets {
            let (status, report) = dryRun ? show(try await run.dryRun(peer)) : show(try await run.run(peer))
            statuses.append(status)
            guard let report, report.result != .ok else { continue }
            failures.append(
                Failure(
                    status: status, code: report.code ?? report.result.rawValue, message: report.detail ?? "",
                    peer: peer.name))
        }
        let waits = try await replicator.run { [dryRun] node in
            if !dryRun { try node.advanceTLSRotationAlone() }
            let summary = try node.replica.summary()
            return summary.conflicts > 0 || !summary.unsealed.isEmpty || summary.waiting.contains(where: \.isHeld)
        }
        let worst = ExitStatus.worst(statuses + [waits && !dryRun ? .waitsForPerson : .done])
        if common.json { failures.first { $0.status == worst }?.report(asJSON: true) }
        return worst
    }

    private func show(_ report: VisitReport) -> (ExitStatus, VisitReport?) {
        if common.json {
            Screen.print(
                Self.line(
                    report, sent: report.outcome.sent, received: report.outcome.received,
                    waiting: report.outcome.waiting
                ).line)
        } else if report.result == .ok {
            let agreement =
                switch report.outcome.agrees {
                case true?: say("两边一致", "both sides agree")
                case false?: say("两边摘要不同!请运行 yrdsync verify", "the digests differ! run yrdsync verify")
                case nil: say("两边尚不可比", "not comparable yet")
                }
            Screen.print(
                say(
                    "\(report.market)  发出 \(report.outcome.sent)  收到 \(report.outcome.received)  等待 \(report.outcome.waiting)  \(agreement)",
                    "\(report.market)  sent \(report.outcome.sent)  received \(report.outcome.received)  waiting \(report.outcome.waiting)  \(agreement)"
                ))
        } else {
            Self.remark(report)
        }
        if report.outcome.recoveredFromRollback { Self.remarkRecovery(report.market) }
        if report.outcome.withoutEffect > 0 {
            Screen.remark(
                say(
                    "\(report.market):有 \(report.outcome.withoutEffect) 项变更在对方无效;见对方的 yrdsync quarantine list",
                    "\(report.market): \(report.outcome.withoutEffect) changes have no effect there; see its yrdsync quarantine list"
                ))
        }
        if !report.outcome.forkedOrigins.isEmpty { Self.remarkForks(report) }
        return (Self.status(of: report), report)
    }

    private static func remarkRecovery(_ peer: Market) {
        Screen.remark(
            say(
                "\(peer) 证明本副本曾被回退:已开启新化身,失去的变更集已取回",
                "\(peer) proved that this replica had been set back: it goes on in a new incarnation, and got its lost change sets back"
            ))
    }

    private static func remarkForks(_ report: VisitReport) {
        let origins = report.outcome.forkedOrigins.map(\.description).sorted().joined(separator: ", ")
        Screen.remark(
            say(
                "警报:\(origins) 出现分叉(同一位置有两个签名变更集);各分支均已应用,证据见 yrdsync quarantine list",
                "ALARM: \(origins) forked (two signed change sets in one place); every branch is applied, the proof is in yrdsync quarantine list"
            ))
    }

    private func show(_ dryRun: DryRun) -> (ExitStatus, VisitReport?) {
        if let report = dryRun.error {
            if common.json {
                Screen.print(Self.line(report, sent: 0, received: 0, waiting: 0).line)
            } else {
                Self.remark(report)
            }
            return (Self.status(of: report), report)
        }
        if common.json {
            Screen.print(
                JSON.object([
                    ("market", .string(dryRun.market.name)), ("result", .string("ok")), ("code", .null),
                    ("sent", .number(dryRun.toSend)), ("received", .number(dryRun.toReceive)), ("waiting", .number(0)),
                ]).line)
        } else {
            Screen.print(
                say(
                    "\(dryRun.market)  将发出 \(dryRun.toSend)  将收到 \(dryRun.toReceive)",
                    "\(dryRun.market)  would send \(dryRun.toSend)  would receive \(dryRun.toReceive)"))
        }
        return (.done, nil)
    }

    private static func remark(_ report: VisitReport) {
        let what =
            switch report.result {
            case .ok: ""
            case .unreachable: say("不可达", "cannot be reached")
            case .refused: say("因信任原因拒绝", "refused for trust reasons")
            case .failed: say("未成功", "did not work")
            }
        Screen.remark("\(report.market)  \(what): \(Screen.safe(report.detail ?? "")) (\(report.code ?? ""))")
    }

    private static func status(of report: VisitReport) -> ExitStatus {
        switch report.result {
        case .ok: report.outcome.forkedOrigins.isEmpty ? .done : .waitsForPerson
        case .unreachable: .unreachable
        case .refused: .refusedForTrust
        case .failed: .failed
        }
    }

    private static func line(_ report: VisitReport, sent: Int, received: Int, waiting: Int) -> JSON {
        .object([
            ("market", .string(report.market.name)), ("result", .string(report.result.rawValue)),
            ("code", .optional(report.code ?? (report.outcome.forkedOrigins.isEmpty ? nil : "fork"))),
            ("sent", .number(sent)), ("received", .number(received)),
            ("waiting", .number(waiting)),
        ])
    }
}
