// A trust root for people and for programs: what it says, and who has signed it.

import PeerTrust
import SyncCore
import SyncNode

enum TrustRootScreen {
    /// What a file says; exit 5 if it is no trust root.
    static func read(_ path: String) throws -> TrustRoot {
        do {
            return try TrustRoot.parse(try InputFile.contents(path))
        } catch let refusal as TrustRootRefusal {
            throw NodeError(.trust, code: refusal.code, refusal.words)
        }
    }

    /// - Parameter adopted: the one whose members decide about it; nil if it is itself adopted, or the first.
    static func show(_ root: TrustRoot, asJSON: Bool, state: String, after adopted: TrustRoot?) throws {
        let deciding = adopted.map { $0.digest == root.digest ? root.fields : $0.fields } ?? root.fields
        let signers = root.signers(among: deciding)
        let needed = root.version == 1 ? deciding.active.count : deciding.active.count / 2 + 1
        guard !asJSON else {
            Screen.print(
                JSON.object([
                    ("version", .number(root.version)), ("state", .string(state)),
                    ("fingerprint", .string(root.fingerprint)),
                    ("signers", .array(signers.map { .string($0.name) })), ("needed", .number(needed)),
                    ("members", .array(root.fields.members.map(json))),
                ]).line)
            return
        }
        Screen.print(
            say("信任根版本 \(root.version)  \(name(of: state))", "trust root version \(root.version)  \(name(of: state))"))
        Screen.print(say("指纹  \(root.fingerprint)", "fingerprint  \(root.fingerprint)"))
        let names = signers.map(\.name).joined(separator: ", ")
        Screen.print(
            say(
                "签署 \(signers.count)/\(needed)  \(names)",
                "signed by \(signers.count) of the \(needed) it needs  \(names)"))
        let head = [
            say("成员", "MEMBER"), say("状态", "STATE"), say("须用算法", "REQUIRED"), say("签名密钥", "SIGNING KEYS"),
            say("根密钥", "ROOT KEYS"),
        ]
        let rows = root.fields.members.map { member in
            [
                member.market.name, member.isRetired ? say("已退出", "retired") : say("成员", "member"),
                member.require.map(\.name).joined(separator: "+"),
                member.signing.map { String($0.key.keyID.hex.prefix(16)) }.joined(separator: " "),
                member.rootKeys.map { String($0.keyID.hex.prefix(16)) }.joined(separator: " "),
            ]
        }
        for line in Screen.table([head] + rows) { Screen.print(line) }
        for key in root.fields.members.flatMap(\.revoked) {
            Screen.print(say("吊销  签名密钥 \(key.hex)", "revoked  signing key \(key.hex)"))
        }
        for closure in root.fields.closures {
            Screen.print(say("终止  \(text(of: closure))", "closed  \(text(of: closure))"))
        }
    }

    /// An origin, and the last entries of it that count.
    static func text(of closure: Closure) -> String {
        let ends = closure.ends.map { "\($0.sequence) (\($0.id.hex.prefix(8)))" }.joined(separator: ", ")
        return closure.ends.isEmpty
            ? say("\(closure.origin) 全部无效", "\(closure.origin): nothing of it counts")
            : say("\(closure.origin) 有效至 \(ends)", "\(closure.origin) counts up to \(ends)")
    }

    static func json(_ closure: Closure) -> JSON {
        .object([
            ("origin", .string(closure.origin.description)),
            (
                "ends",
                .array(
                    closure.ends.map { .object([("seq", .number($0.sequence)), ("id", .string($0.id.hex))]) })
            ),
        ])
    }

    private static func json(_ member: RootMember) -> JSON {
        .object([
            ("market", .string(member.market.name)), ("retired", .bool(member.isRetired)),
            ("signing", .array(member.signing.map { .string($0.key.keyID.hex) })),
            ("root_keys", .array(member.rootKeys.map { .string($0.keyID.hex) })),
            ("require", .array(member.require.map { .number($0.rawValue) })),
            ("closures", .array(member.closures.map(json))),
            ("revoked", .array(member.revoked.map { .string($0.hex) })),
        ])
    }

    private static func name(of state: String) -> String {
        switch state {
        case "proposed": say("提议", "proposed")
        case "signed": say("已签署", "signed")
        default: say("现行", "adopted")
        }
    }
}
