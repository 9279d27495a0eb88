// `keys revoke`: a signing key was stolen.

import ArgumentParser
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct KeysRevoke: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "revoke", abstract: say("吊销失窃的签名密钥", "revoke a signing key that was stolen"),
            discussion: say(
                "本节点立即改用新密钥和新化身;被窃密钥此后所签的变更集,在过半成员签署并采用所写出的信任根之后,在每个节点上失效。守护进程不必停止。",
                "This node goes on at once under a new key, in a new incarnation. What the stolen key signs beyond the entries given is void on every node once more than half of the members have signed the trust root that is written here. The daemon need not stop."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("写入信任根提议的文件", "the file to write the proposed trust root to"), valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            say(
                "最后一个可信的变更集,可重复;缺省为本机签署的最后一个(其后别无变更集时)",
                "the last entry that counts, may be repeated; default the last one that this machine sealed, if nothing follows it"
            ),
            valueName: "dot"))
    var at: [String] = []

    @Option(
        help: ArgumentHelp(
            say(
                "密钥标识的前几位;缺省为使用中的全部密钥,或已开始吊销而尚未入信任根的密钥",
                "how the key's id begins; default every key in use, or those whose revocation was begun and is in no root yet"
            ),
            valueName: "id"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            say("该来源的变更集一律无效,可重复", "an origin of which nothing counts, may be repeated"), valueName: "origin"))
    var nothing: [String] = []

    var deed: Deed? { Deed("keys revoke", as: .security, subject: ([key ?? ""] + at + nothing).joined(separator: " ")) }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let desk = RootDesk(node)
        let revocation = try node.revokeSigningKey(key, at: at, nothing: try nothing.map { try desk.origin($0) })
        try NodeFile.write(revocation.proposal.raw, to: file)
        if common.json {
            Screen.print(
                JSON.object([
                    ("revoked", .array(revocation.revokedKeyIDs.map { .string($0.hex) })),
                    ("new", .array(revocation.keyIDs.all.map { .string($0.hex) })),
                    ("closures", .array(revocation.closures.map(TrustRootScreen.json))),
                    ("root", .number(revocation.proposal.version)), ("file", .string(file)),
                    ("fingerprint", .string(revocation.proposal.fingerprint)),
                ]).line)
        } else {
            let old = revocation.revokedKeyIDs.map { String($0.hex.prefix(16)) }.joined(separator: ", ")
            let new = revocation.keyIDs.all.map { String($0.hex.prefix(16)) }.joined(separator: ", ")
            Screen.print(
                say("签名密钥 \(old) 已停用,此后以 \(new) 签名", "out of use: \(old); this market signs with \(new) from now on"))
            for closure in revocation.closures { Screen.print(TrustRootScreen.text(of: closure)) }
            Screen.print(
                say(
                    "尚未对他人生效:请过半成员核对并签署 \(file)(信任根版本 \(revocation.proposal.version)),再由任一成员 keys trust adopt",
                    "not in force elsewhere yet: have more than half of the members read and sign \(file) (trust root version \(revocation.proposal.version)), then adopt it with keys trust adopt"
                ))
        }
        return .done
    }
}
