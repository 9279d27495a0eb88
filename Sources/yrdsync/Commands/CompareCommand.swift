// `compare`: is this node's state the same as a peer's, and if not, which record differs?

import ArgumentParser
import ReplicaStore
import SyncCore
import SyncNode

struct CompareCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "compare",
            abstract: say(
                "与同伴比对状态,找出不同的记录", "compare this node's state with a peer's, and name the records that differ"),
            discussion: say(
                """
                只查不改。只有变更集、信任和目录都相同的两个节点才可比;否则说明两边差在哪里,退出码为 1。状态不同时退出码为 3。
                比对的是已封存和已应用的内容:绕过触发器改动的行由 verify 查出。
                """,
                """
                Changes nothing. Two nodes can be compared only if their change sets, trust and catalog are the same; else it says \
                what differs, and the exit code is 1. If the states differ, it is 3.
                What is compared is what was sealed and applied: verify finds rows that were altered behind the triggers.
                """))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("只与这些市场", "only with these markets"), valueName: "market"))
    var markets: [String] = []

    @Option(help: ArgumentHelp(say("每个同伴找到约这么多处不同就停", "stop after about so many differences a peer"), valueName: "n"))
    var limit = 100

    func perform() async throws -> ExitStatus {
        guard limit >= 1 else {
            throw NodeError(.usage, code: "bad_limit", say("--limit 至少为 1", "--limit is at least 1"))
        }
        let peers = try MarketArguments.read(markets)
        let node = try common.open()
        let screen = ComparisonScreen(own: node.market, asJSON: common.json)
        let progress = SharedProgress()
        let replicator = Replicator(node)
        let comparison = try PeerComparison(
            replicator, directory: common.nodeDirectory, differencesMax: limit,
            progress: { step in progress.show(ComparisonScreen.words(step)) })
        let targets = try await peers.isEmpty ? comparison.reachablePeers() : peers
        if targets.isEmpty, !common.json {
            Screen.remark(say("没有可拨的同伴:见 yrdsync peers add", "no peer to dial: see yrdsync peers add"))
        }
        var statuses: [ExitStatus] = []
        var failures: [Failure] = []
        for peer in targets {
            let report = try await comparison.run(peer)
            progress.clear()
            let status = ComparisonScreen.status(of: report)
            screen.show(report)
            statuses.append(status)
            if let failure = ComparisonScreen.failure(of: report) { failures.append(failure) }
        }
        let worst = ExitStatus.worst(statuses)
        if common.json { failures.first { $0.status == worst }?.report(asJSON: true) }
        return worst
    }
}
