// Lines of the audit log, for people and for other programs.

import PeerTrust
import SyncCore
import SyncNode

enum AuditScreen {
    static var head: [String] {
        [
            say("编号", "NUMBER"), say("时间", "TIME"), say("操作员", "OPERATOR"), say("角色", "ROLE"),
            say("事件", "EVENT"), say("命令", "COMMAND"), say("对象", "ABOUT"), say("说明", "DETAIL"),
        ]
    }

    static func row(_ signed: SignedAuditEntry) -> [String] {
        let entry = signed.entry
        let names = Operators(text: entry.detail.string)?.all.map {
            "\($0.name) \($0.role.name) \($0.key.keyID.hex.prefix(8))"
        }
        let detail = entry.event == .operators ? (names ?? []).joined(separator: ", ") : entry.detail.string
        return [
            "\(entry.number)", Instant.local(entry.timeMilliseconds), entry.operatorName.string,
            entry.role?.name ?? ValueText.nothing, name(of: entry), entry.command.string, entry.subject.string, detail,
        ].map(Screen.safe)
    }

    private static func name(of entry: AuditEntry) -> String {
        switch entry.event {
        case .operators: say("名单变更", "operators")
        case .begun: say("开始", "begun")
        case .done: say("完成 \(entry.about)", "done \(entry.about)")
        case .failed: say("失败 \(entry.about)", "failed \(entry.about)")
        case .refused: say("拒绝", "refused")
        }
    }

    static func json(_ signed: SignedAuditEntry) -> JSON {
        let entry = signed.entry
        return .object([
            ("number", .number(entry.number)), ("time", .string(Instant.utc(entry.timeMilliseconds))),
            ("event", .string(entry.event.name)), ("about", entry.about == 0 ? .null : .number(entry.about)),
            ("operator", .string(entry.operatorName.string)), ("role", .optional(entry.role?.name)),
            ("command", .string(entry.command.string)), ("subject", .string(entry.subject.string)),
            ("detail", .string(entry.detail.string)), ("id", .string(signed.id.hex)),
            ("body", .string(signed.body.hex)),
            (
                "signature",
                signed.signature.map { signature in
                    .object([
                        ("suite", .number(Int(signature.suite.rawValue))), ("key_id", .string(signature.keyID.hex)),
                        ("signature", .string(signature.signature.hex)),
                    ])
                } ?? .null
            ),
        ])
    }

    static func words(_ kind: AuditFault.Kind) -> String {
        switch kind {
        case .chainBroken:
            say("与前一条不相接:有行被改动、删除或插入", "does not follow the one before it: a line was altered, removed or put in")
        case .otherNode: say("属于另一节点", "is another node's")
        case .notSigned: say("应有操作员签名而没有", "has no operator's signature, and needs one")
        case .wrongSignature: say("签名不成立,或不是在册操作员的", "the signature does not hold, or is no known operator's")
        case .otherOperator: say("签名者与所写的姓名或角色不符", "was signed by a person of another name or role than it says")
        case .operatorsUntold: say("操作员名单与日志所记不符", "the operators in force are not those that the log tells")
        case .operatorsUnsigned:
            say("操作员名单变更,而原名单中无人签名", "other operators, and nobody of those before has signed that")
        case .endsNothing: say("没有相应的开始", "ends what never began")
        case .unreadable: say("无法读出:断电时写到一半,或被改动", "cannot be read: cut off by a power cut, or altered")
        }
    }
}
