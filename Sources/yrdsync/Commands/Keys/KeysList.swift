// `keys list`: this node's keys, where each counts, and how long its certificate lasts.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

struct KeysList: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: say("列出本节点的密钥及其有效范围", "list this node's keys and where each counts"))
    }

    @OptionGroup var common: CommonOptions

    func perform() async throws -> ExitStatus {
        let now = Int64(Date().timeIntervalSince1970)
        let keys = try common.open().keys()
        if common.json {
            for key in keys { Screen.print(Self.json(key, nowSeconds: now).line) }
        } else {
            let head = [
                say("用途", "USE"), say("状态", "STATE"), say("算法", "SUITE"), say("标识", "ID"),
                say("范围", "COUNTS FOR"), say("证书", "CERTIFICATE"),
            ]
            let rows = keys.map { Self.row($0, nowSeconds: now) }
            for line in Screen.table([head] + rows) { Screen.print(line) }
        }
        return .done
    }

    private static func json(_ key: KeyItem, nowSeconds: Int64) -> JSON {
        .object([
            ("kind", .string(key.kind.rawValue)), ("state", .string(key.state.rawValue)),
            ("suite", key.suite.map { .number($0.rawValue) } ?? .null), ("id", .string(key.id.hex)),
            ("spans", .array(key.spans.map(json))), ("file", .optional(key.file)),
            ("cert_days", days(key, nowSeconds).map { .number($0) } ?? .null),
        ])
    }

    private static func json(_ span: KeySpan) -> JSON {
        .object([
            ("incarnation", .string(span.incarnation.hex)), ("from_seq", .number(span.fromSequence)),
            ("to_seq", span.toSequence.map { .number($0) } ?? .null), ("to_id", .optional(span.toID?.hex)),
        ])
    }

    private static func row(_ key: KeyItem, nowSeconds: Int64) -> [String] {
        let suite = key.suite?.name ?? "P-256"
        let spans = key.spans.map { span in
            "\(span.incarnation.hex.prefix(8)):\(span.fromSequence)–\(span.toSequence.map { "\($0)" } ?? "")"
        }
        let days = days(key, nowSeconds).map { days in
            say("\(days) 天", "\(days) days") + (days < CertificateWarning.days ? " !" : "")
        }
        return [
            name(of: key.kind), name(of: key.state), suite, String(key.id.hex.prefix(16)),
            spans.isEmpty ? "–" : spans.joined(separator: " "), days ?? "–",
        ]
    }

    private static func days(_ key: KeyItem, _ nowSeconds: Int64) -> Int64? {
        key.certificateExpires.map { ($0 - nowSeconds) / 86_400 }
    }

    private static func name(of kind: KeyItem.Kind) -> String {
        switch kind {
        case .signing: say("签名", "signing")
        case .tls: say("TLS", "TLS")
        case .root: say("根", "root")
        }
    }

    private static func name(of state: KeyItem.State) -> String {
        switch state {
        case .current: say("使用中", "in use")
        case .next: say("待接替", "takes over")
        case .retired: say("已更换", "rotated out")
        case .revoked: say("已吊销", "revoked")
        }
    }
}
