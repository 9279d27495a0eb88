// `status`: where this node stands, and what waits for a person.

import ArgumentParser
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct StatusCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status", abstract: say("本节点状态:进度、待办、各同伴", "where this node stands, what waits, and each peer")
        )
    }

    @OptionGroup var common: CommonOptions

    func perform() async throws -> ExitStatus {
        let node = try LocalNode(directory: common.nodeDirectory, isGlance: true)
        let status = try NodeStatus(of: node)
        if common.json {
            Screen.print(status.json.line)
        } else {
            for line in status.lines { Screen.print(line) }
        }
        return status.waitsForPerson ? .waitsForPerson : .done
    }
}

/// Everything `status` prints.
private struct NodeStatus {
    private struct Peer {
        let market: Market
        let state: String
        let serial: UInt64
        let record: PeerRecord
        let lagSets: UInt64?
        let lagHours: Int64?
        let certificateDays: Int64?
        /// Whether a pull is held open, there by us or here by it.
        let isRealTime: Bool
    }

    private let market: Market
    private let summary: ReplicaSummary
    private let rootVersion: UInt64
    private let disk: DiskRoom
    /// Days until our own certificate ends.
    private let certificateDays: Int64?
    private let tlsRotation: TLSRotation
    private let peers: [Peer]
    /// The newest of what was found wrong and set right, or left for a person.
    private let findings: [Finding]
    private let forks: [ForkedOrigin]
    private let names: OriginNames

    private static let findingsShown = 5

    init(of node: LocalNode) throws {
        market = node.market
        summary = try node.replica.summary()
        findings = try node.replica.findings().suffix(Self.findingsShown)
        forks = try node.replica.forks()
        names = try node.replica.originNames()
        disk = try DiskRoom(of: node.directory)
        certificateDays = node.certificateDays(nowSeconds: Int64(Date().timeIntervalSince1970))
        tlsRotation = try node.tlsRotation()
        let trust = try node.trust()
        rootVersion = trust.rootVersion
        let realTime = LinkPulse.read(node.directory)
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let standings =
            trust.trusted.map { ($0, "trusted") } + trust.others.map { ($0.descriptor, $0.state.rawValue) }
        peers = try standings.sorted { $0.0.market < $1.0.market }.map { descriptor, state in
            let record = try node.replica.peer(descriptor.market)
            let lag = try record.frontier.map { try node.replica.lag(of: $0) }
            return Peer(
                market: descriptor.market, state: state, serial: descriptor.serial, record: record,
                lagSets: lag?.changeSets,
                lagHours: lag.map { ($0.sinceMilliseconds.map { max(0, now - $0) } ?? 0) / 3_600_000 },
                certificateDays: record.certificateExpires.map { ($0 - now) / 86_400_000 },
                isRealTime: realTime.contains(descriptor.market))
        }
    }

    var waitsForPerson: Bool {
        disk.isScarce || forks.contains { !$0.isSettled } || summary.conflicts > 0 || !summary.unsealed.isEmpty
            || summary.waiting.contains(where: \.isHeld)
            || peers.contains { $0.record.errorClass == "refused" }
    }

    var json: JSON {
        .object([
            ("market", .string(market.name)),
            ("incarnation", .string(Origin(market: market, incarnation: summary.incarnation).description)),
            (
                "vector",
                .object(summary.frontier.rows.map { (names.name($0).originText, .number($0.sequence)) })
            ),
            ("digest", .string(summary.digest.hex)),
            ("pending", .number(summary.pending)),
            ("conflicts", .number(summary.conflicts)),
            ("quarantined", .number(summary.quarantined)),
            (
                "waiting",
                .array(
                    summary.waiting.map {
                        .object([("origin", .string($0.origin.description)), ("needs", .string($0.needs))])
                    })
            ),
            ("parked", .number(summary.parked)),
            ("findings", .number(summary.findings)),
            ("forks", .array(forks.filter { !$0.isSettled }.map { .string($0.origin.description) })),
            ("settled_forks", .array(forks.filter(\.isSettled).map { .string($0.origin.description) })),
            ("disk_free", .number(disk.freeBytes)),
            ("cert_days", certificateDays.map { .number($0) } ?? .null),
            ("root", .number(rootVersion)),
            ("peers", .array(peers.map(json))),
        ])
    }

    private func json(_ peer: Peer) -> JSON {
        .object([
            ("market", .string(peer.market.name)),
            ("state", .string(peer.state)),
            ("serial", .number(peer.serial)),
            (
                "lag",
                .object([
                    ("sets", peer.lagSets.map { .number($0) } ?? .null),
                    ("hours", peer.lagHours.map { .number($0) } ?? .null),
                ])
            ),
            ("last_success", Instant.json(peer.record.lastSuccess)),
            ("cert_days", peer.certificateDays.map { .number($0) } ?? .null),
            ("agrees", peer.record.agrees.map { .bool($0) } ?? .null),
            ("last_attempt", Instant.json(peer.record.lastAttempt)),
            ("error", .optional(peer.record.errorCode)),
        ])
    }

    private func state(of peer: Peer) -> String {
        if let error = peer.record.errorClass { return "\(error): \(peer.record.errorCode ?? "")" }
        if peer.isRealTime { return say("实时", "real time") }
        return peer.record.lastSuccess == nil ? say("未尝试", "not tried yet") : say("正常", "ok")
    }

    private func certificate(of peer: Peer) -> String {
        guard let days = peer.certificateDays else { return "–" }
        return say("\(days) 天", "\(days) days") + (days < CertificateWarning.days ? " !" : "")
    }

    var lines: [String] {
        var lines = Screen.table([
            [say("市场", "market"), market.name],
            [say("化身", "incarnation"), summary.incarnation.hex],
            [say("摘要", "digest"), summary.digest.hex],
            [say("待封", "pending"), say("\(summary.pending) 条记录", "\(summary.pending) records")],
            [
                say("冲突", "conflicts"),
                summary.conflicts == 0
                    ? say("无", "none")
                    : say(
                        "\(summary.conflicts) 个待裁定:yrdsync conflicts list",
                        "\(summary.conflicts) open: yrdsync conflicts list"),
            ],
            [say("隔离", "quarantined"), "\(summary.quarantined)"],
        ])
        if disk.isScarce {
            let free = disk.freeBytes >> 10
            lines.append(
                say(
                    "磁盘将满:仅余 \(free) KiB;腾出空间之前,本地写入和同步都可能失败",
                    "the disk is nearly full: \(free) KiB free; until there is room, writes and rounds may fail"))
        }
        if let certificateDays, certificateDays < CertificateWarning.days {
            lines.append(
                say(
                    "本节点的 TLS 证书将于 \(certificateDays) 天后到期:yrdsync keys rotate --tls",
                    "this node's TLS certificate ends in \(certificateDays) days: yrdsync keys rotate --tls"))
        }
        switch tlsRotation {
        case .none: break
        case .announced(let missing):
            let markets = missing.map(\.name).joined(separator: ", ")
            lines.append(
                say(
                    "TLS 密钥更换中:尚待 \(markets) 收到新的描述文件",
                    "the TLS key is being rotated: \(markets) must receive the new descriptor first"))
        case .switched: lines.append(say("TLS 密钥已切换,即将完成", "the TLS key is switched; the old one is about to go"))
        }
        for row in summary.frontier.rows {
            lines.append("  \(names.name(row).originText)  \(row.sequence)")
        }
        for fork in forks where fork.isSettled {
            lines.append(
                say(
                    "分叉  \(fork.origin) 有 \(fork.heads.count) 个分支(已了结)",
                    "fork  \(fork.origin) has \(fork.heads.count) branches (settled)"))
        }
        for fork in forks where !fork.isSettled {
            lines.append(
                say(
                    "警报  \(fork.origin) 有 \(fork.heads.count) 个分支(同一位置有两个签名变更集):yrdsync quarantine list",
                    "ALARM  \(fork.origin) has \(fork.heads.count) branches (two signed change sets in one place): yrdsync quarantine list"
                ))
        }
        for item in summary.waiting {
            lines.append(say("等待  \(item.origin) 需要 \(item.needs)", "waiting  \(item.origin) needs \(item.needs)"))
        }
        for item in summary.unsealed {
            let record = Screen.safe("\(item.record.type) \(item.record.key)")
            lines.append(say("无法封存  \(record):\(item.code)", "cannot be sealed  \(record): \(item.code)"))
        }
        for finding in findings {
            let place = [finding.type, finding.key, finding.origin].compactMap { $0 }.joined(separator: " ")
            let time = Instant.local(finding.foundAtMilliseconds)
            lines.append(
                Screen.safe(say("发现  \(time) \(finding.code) \(place)", "finding  \(time) \(finding.code) \(place)")))
        }
        if summary.crowded > 0 {
            lines.append(
                say("并存值过多的记录:\(summary.crowded)", "records with too many concurrent values: \(summary.crowded)"))
        }
        let head = [
            say("同伴", "PEER"), say("信任", "TRUST"), say("最近成功", "LAST SUCCESS"), say("落后", "LAG"), say("一致", "AGREES"),
            say("证书", "CERTIFICATE"), say("状况", "STATE"),
        ]
        let rows = peers.map { peer in
            [
                peer.market.name, peer.state, peer.record.lastSuccess.map(Instant.local) ?? say("从未", "never"),
                peer.lagSets.map { say("\($0) 组 \(peer.lagHours ?? 0) 小时", "\($0) sets \(peer.lagHours ?? 0) h") }
                    ?? "–",
                peer.record.agrees.map { $0 ? say("是", "yes") : say("否", "NO") } ?? "–",
                certificate(of: peer),
                state(of: peer),
            ]
        }
        lines.append("")
        lines += Screen.table([head] + rows)
        return lines
    }
}
