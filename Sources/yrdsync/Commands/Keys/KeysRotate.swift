// `keys rotate`: beside a running daemon.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct KeysRotate: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "rotate", abstract: say("更换密钥", "replace a key by a new one"),
            discussion: say(
                "守护进程不必停止。旧密钥的文件留在 keys/ 中:描述文件仍列出它,须由它签名。",
                "The daemon need not stop. The old key's file stays in keys/: the descriptor goes on naming it, and must be signed by it."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Flag(help: ArgumentHelp(say("更换签名密钥", "the signing key")))
    var signing = false

    @Flag(
        help: ArgumentHelp(
            say(
                "更换并签所用的第二算法密钥(自新化身起生效)",
                "the key of the second suite, where there is one; it signs in a new incarnation")))
    var second = false

    @Flag(help: ArgumentHelp(say("更换 TLS 密钥和证书", "the TLS key and its certificate")))
    var tls = false

    func validate() throws {
        guard [signing, second, tls].count(where: \.self) == 1 else {
            throw ValidationError(
                say("请给出 --signing、--second、--tls 之一", "give one of --signing, --second and --tls"))
        }
    }

    var deed: Deed? { Deed("keys rotate", as: .security, subject: tls ? "tls" : second ? "second" : "signing") }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        if second {
            KeyRenewalScreen.show(try node.rotateSecondKey(), "second", try node.ownDescriptor(), asJSON: common.json)
            return .done
        }
        return tls ? try rotateTLSKey(node) : try rotateSigningKey(node)
    }

    private func rotateTLSKey(_ node: LocalNode) throws -> ExitStatus {
        try node.rotateTLSKey()
        let serial = try node.ownDescriptor().serial
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
        let serial = try node.ownDescriptor().serial
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
