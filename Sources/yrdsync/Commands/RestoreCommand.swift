// `restore`: a backup takes the replica's place, and the node goes on as a new incarnation.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

struct RestoreCommand: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "restore",
            abstract: say("用备份替换副本,以新的任期继续", "put a backup in the replica's place, as a new incarnation"),
            discussion: say(
                "现有副本整份另存,不会丢弃。随后向各同伴取回备份之后丢失的变更集;无法联系同伴时,稍后取回。",
                "The replica that is there is set aside, whole. Then the change sets that were lost since the backup are fetched from the peers; where none can be reached, later."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("备份文件", "the backup"), valueName: "file"))
    var file: String

    @Flag(help: ArgumentHelp(say("不联系同伴", "do not ask the peers")))
    var offline = false

    var deed: Deed? { Deed("restore", as: .system, subject: file) }

    func perform() async throws -> ExitStatus {
        let stamp = Instant.utc(Int64(Date().timeIntervalSince1970 * 1_000)).filter(\.isNumber)
        let report = try NodeRestore(common.nodeDirectory).run(from: file, stamp: stamp)
        if !report.wasCompared {
            Screen.remark(
                say("备份旁没有清单,只经 SQLite 检查", "no manifest stands beside the backup: only SQLite has checked it"))
        }
        if report.isInTheClear {
            Screen.remark(
                say(
                    "此备份早于加密:个人信息又为明文;请执行 yrdsync keys personal on",
                    "the backup is older than the encryption: personal values lie in the clear again; run yrdsync keys personal on"
                ))
        }
        if let path = report.setAside {
            Screen.remark(
                Screen.safe(
                    say(
                        "原副本另存于 \(path),其中 \(report.pendingSetAside) 项写入尚未封存",
                        "the replica that was here is \(path); writes in it that were not sealed: \(report.pendingSetAside)"
                    )))
        }
        let (received, status) = try await offline ? (0, .done) : fetch()
        if common.json {
            Screen.print(
                JSON.object([
                    ("incarnation", .string(report.incarnation.hex)), ("set_aside", .optional(report.setAside)),
                    ("pending_set_aside", .number(report.pendingSetAside)), ("compared", .bool(report.wasCompared)),
                    ("personal_in_the_clear", .bool(report.isInTheClear)),
                    ("received", .number(received)),
                ]).line)
        } else {
            Screen.print(
                say(
                    "已恢复;新的任期 \(report.incarnation.hex.prefix(8)),从同伴取回 \(received) 个变更集",
                    "restored; the new incarnation is \(report.incarnation.hex.prefix(8)), change sets fetched from peers: \(received)"
                ))
        }
        return status
    }

    private func fetch() async throws -> (received: Int, status: ExitStatus) {
        let replicator = Replicator(try common.open())
        let run = try SyncRun(replicator, directory: common.nodeDirectory)
        var received = 0
        var statuses: [ExitStatus] = []
        for peer in try await run.reachablePeers() {
            let report = try await run.run(peer)
            received += report.outcome.received
            if report.result != .ok {
                Screen.remark(Screen.safe("\(peer): \(report.detail ?? report.code ?? report.result.rawValue)"))
            }
            statuses.append(report.result == .unreachable ? .unreachable : .done)
        }
        return (received, .worst(statuses))
    }
}
