// Sensitive commands, answered for: by whom, in which role, and written down before they act.

import Foundation
package import PeerTrust
import SyncCore

/// What somebody is about to do.
package struct Deed: Hashable, Sendable {
    package let role: OperatorRole
    /// As it is typed: `keys revoke`.
    package let command: String
    /// What it is about: a record, a conflict, a file, a market.
    package let subject: String
    package let reason: String

    package init(_ command: String, as role: OperatorRole, subject: String = "", reason: String = "") {
        self.role = role
        self.command = command
        self.subject = subject
        self.reason = reason
    }
}

package struct AuditDesk {
    private let directory: NodeDirectory
    private let configuration: NodeConfiguration
    private let now: () -> Int64

    package init(
        _ directory: NodeDirectory, now: @escaping () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }
    ) throws {
        self.directory = directory
        self.now = now
        configuration = try NodeConfiguration.read(directory.configuration)
    }

    package var file: AuditFile { AuditFile(directory.audit) }

    /// Whoever acts, by the key in a file; anyone where `node.yaml` names nobody. Throws if it is not theirs to do, which is
    /// written down too. When it returns, the log says that it begins.
    ///
    /// - Parameter keyFile: the operator's private key.
    package func begin(_ deed: Deed, by keyFile: String?) throws -> DeedInProgress {
        // Before the log is locked: a person may be asked for a passphrase.
        let key = Result { try keyFile.map { try SigningKey(pem: KeyFile.readPersonal($0)) } }
        return try locked { last in
            let operators = try tellOperators(&last, by: try? key.get())
            guard !operators.all.isEmpty else {
                try append(.begun, deed, nil, nil, operators, &last)
                return DeedInProgress(desk: self, deed: deed, person: nil, key: nil, number: last!.entry.number)
            }
            func refuse(_ error: NodeError, _ person: Operator? = nil, _ key: SigningKey? = nil) throws -> Never {
                try append(.refused, deed, person, key, operators, &last, detail: error.code)
                throw error
            }
            let given: SigningKey?
            do {
                given = try key.get()
            } catch {
                try refuse(
                    error as? NodeError
                        ?? NodeError(
                            .trust, code: "bad_operator_key", "\(keyFile ?? "") 不是操作员私钥",
                            "\(keyFile ?? "") is no operator's private key"))
            }
            guard let given else {
                try refuse(
                    NodeError(
                        .trust, code: "operator_needed",
                        "\(deed.command) 须由 \(deed.role.name) 角色的操作员执行:请用 --operator 给出其私钥文件,或设 YRDSYNC_OPERATOR",
                        "\(deed.command) is for an operator of role \(deed.role.name): give their key with --operator FILE, or in YRDSYNC_OPERATOR"
                    ))
            }
            guard let person = operators.holding(given.keyID) else {
                try refuse(
                    NodeError(
                        .trust, code: "unknown_operator", "node.yaml 中没有此密钥的操作员:\(keyFile ?? "")",
                        "node.yaml names no operator with the key in \(keyFile ?? "")"))
            }
            guard person.role == deed.role else {
                try refuse(
                    NodeError(
                        .trust, code: "other_role",
                        "\(deed.command) 属于 \(deed.role.name) 的职责,\(person.name) 是 \(person.role.name)",
                        "\(deed.command) is for role \(deed.role.name), and \(person.name) is of role \(person.role.name)"
                    ),
                    person, given)
            }
            try append(.begun, deed, person, given, operators, &last)
            return DeedInProgress(desk: self, deed: deed, person: person, key: given, number: last!.entry.number)
        }
    }

    /// The end of what was begun, maybe under another list of people than its beginning.
    fileprivate func end(_ begun: DeedInProgress, _ event: AuditEvent, detail: String) throws {
        try locked { last in
            let now = try AuditDesk(directory, now: self.now)
            let operators = try now.tellOperators(&last, by: begun.key)
            try now.append(
                event, begun.deed, begun.person, begun.key, operators, &last, detail: detail, about: begun.number)
        }
    }

    /// The log from its first line.
    package func chain(_ body: (SignedAuditEntry) -> Void = { _ in }) throws -> AuditChain {
        var chain = AuditChain()
        try file.forEach { signed, _ in
            chain.add(signed)
            if let signed { body(signed) }
        }
        return chain
    }

    // MARK: Lines

    private func locked<Value>(_ body: (inout SignedAuditEntry?) throws -> Value) throws -> Value {
        try FileLock.withExclusive(directory.auditLock) {
            var last = try file.last()
            return try body(&last)
        }
    }

    /// Whom `node.yaml` names now; a change is a line of its own, signed by whoever acts, if they were on the list before.
    private func tellOperators(_ last: inout SignedAuditEntry?, by key: SigningKey?) throws -> Operators {
        let operators = Operators(configuration.operators)
        guard operators.digest != last?.entry.operators ?? .zero else { return operators }
        let before = try chain().operators
        let person = key.flatMap { before.holding($0.keyID) }
        try append(
            .operators, Deed("node.yaml", as: .system), person, person == nil ? nil : key, operators, &last,
            detail: operators.text)
        return operators
    }

    private func append(
        _ event: AuditEvent, _ deed: Deed, _ person: Operator?, _ key: SigningKey?, _ operators: Operators,
        _ last: inout SignedAuditEntry?, detail: String? = nil, about: UInt64 = 0
    ) throws {
        guard let federation = FederationName(configuration.federation) else {
            throw NodeError(
                code: "bad_configuration", "\(directory.configuration):federation:不是联邦名称",
                "\(directory.configuration): federation: not a federation's name")
        }
        let entry = AuditEntry(
            event: event, federation: federation.id, node: configuration.market.nodeID,
            number: (last?.entry.number ?? 0) + 1, timeMilliseconds: now(), previous: last?.id ?? .zero,
            operators: operators.digest, about: about, role: person?.role,
            operatorName: AuditEntry.word(person?.name ?? NSUserName()), command: AuditEntry.word(deed.command),
            subject: AuditEntry.word(deed.subject, max: AuditEntry.subjectBytesMax),
            detail: AuditEntry.word(detail ?? deed.reason, max: AuditEntry.detailBytesMax))
        let signed = try SignedAuditEntry(entry, by: key)
        try file.append(signed)
        last = signed
    }
}

/// A command that has begun, and whose end the log will tell.
package struct DeedInProgress {
    fileprivate let desk: AuditDesk
    fileprivate let deed: Deed
    fileprivate let person: Operator?
    fileprivate let key: SigningKey?
    fileprivate let number: UInt64

    /// - Parameter status: the command's exit code, if it is another than 0.
    package func done(status: Int32 = 0) throws {
        try desk.end(self, .done, detail: status == 0 ? "" : "exit \(status)")
    }

    /// - Parameter code: of the error.
    package func failed(_ code: String) throws { try desk.end(self, .failed, detail: code) }
}
