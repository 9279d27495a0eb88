// `keys`: what this node signs and speaks with, and how a key takes the place of another.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

struct KeysCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "keys", abstract: say("密钥:列出、更换;信任根", "keys: list and rotate; the trust root"),
            subcommands: [List.self, Rotate.self, KeysRoot.self, KeysTrust.self])
    }

    struct List: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "list", abstract: say("列出本节点的密钥及其有效范围", "list this node's keys and where each counts"))
        }

        @OptionGroup var common: CommonOptions

        func perform() async throws -> ExitStatus {
            let now = Int64(Date().timeIntervalSince1970)
            let keys = try common.open().keys()
            if common.json {
                for key in keys { Screen.print(KeysCommand.json(key, nowSeconds: now).line) }
            } else {
                let head = [
                    say("用途", "USE"), say("状态", "STATE"), say("算法", "SUITE"), say("标识", "ID"),
                    say("范围", "COUNTS FOR"), say("证书", "CERTIFICATE"),
                ]
                let rows = keys.map { KeysCommand.row($0, nowSeconds: now) }
                for line in Screen.table([head] + rows) { Screen.print(line) }
            }
            return .done
        }
    }

    struct Rotate: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "rotate", abstract: say("更换密钥", "replace a key by a new one"),
                discussion: say(
                    "守护进程不必停止。旧密钥的文件留在 keys/ 中:描述文件仍列出它,须由它签名。",
                    "The daemon need not stop. The old key's file stays in keys/: the descriptor goes on naming it, and must be signed by it."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Flag(help: ArgumentHelp(say("更换签名密钥", "the signing key")))
        var signing = false

        @Flag(help: ArgumentHelp(say("更换 TLS 密钥和证书", "the TLS key and its certificate")))
        var tls = false

        func validate() throws {
            guard signing != tls else {
                throw ValidationError(say("请给出 --signing 或 --tls 之一", "give one of --signing and --tls"))
            }
        }

        func perform() async throws -> ExitStatus {
            let node = try common.open()
            return tls ? try rotateTLSKey(node) : try rotateSigningKey(node)
        }

        private func rotateTLSKey(_ node: LocalNode) throws -> ExitStatus {
            try node.rotateTLSKey()
            let serial = try node.trust().own.serial
            let keys = try node.keys().filter { $0.kind == .tls }
            if common.json {
                Screen.print(
                    JSON.object([
                        ("rotated", .string("tls")), ("old", .optional(keys.first?.id.hex)),
                        ("new", .optional(keys.last?.id.hex)), ("serial", .number(serial)),
                    ]).line)
            } else {
                let new = keys.last?.id.hex.prefix(16) ?? ""
                Screen.print(
                    say(
                        "新 TLS 密钥 \(new) 已列入描述文件(序号 \(serial))",
                        "the new TLS key \(new) is in the descriptor (serial \(serial)) beside the old one"))
                Screen.print(
                    say(
                        "各同伴收到后自动切换,旧密钥随后退出;进度见 yrdsync status",
                        "the switch follows by itself once every peer has it, then the old key goes; see yrdsync status"
                    ))
            }
            return .done
        }

        private func rotateSigningKey(_ node: LocalNode) throws -> ExitStatus {
            let rotation = try node.rotateSigningKey()
            let dot = Dot(origin: rotation.origin, sequence: rotation.sequence)
            let serial = try node.trust().own.serial
            let keys = try node.keys().filter { $0.kind == .signing && $0.state == .current }
            if common.json {
                Screen.print(
                    JSON.object([
                        ("rotated", .string("signing")), ("old", .string(rotation.oldKeyID.hex)),
                        ("new", .optional(keys.first?.id.hex)), ("dot", .string(dot.description)),
                        ("serial", .number(serial)),
                    ]).line)
            } else {
                let (old, new) = (rotation.oldKeyID.hex.prefix(16), keys.first?.id.hex.prefix(16) ?? "")
                Screen.print(
                    say("签名密钥 \(old) 已由 \(new) 接替", "signing key \(old) is succeeded by \(new)"))
                Screen.print(
                    say(
                        "自 \(DotPrefix.short(dot)) 之后生效;描述文件序号 \(serial),随各轮交换送达",
                        "it signs what comes after \(DotPrefix.short(dot)); the descriptor has serial \(serial) and travels with the rounds"
                    ))
            }
            return .done
        }
    }

    // MARK: Output

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
        let suite =
            switch key.suite {
            case .ed25519SHA256: "Ed25519"
            case .sm2SM3: "SM2"
            case nil: "P-256"
            }
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
        }
    }
}
