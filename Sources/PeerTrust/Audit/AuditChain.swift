// An audit log read from its first line: is it whole, and did the people whom it names sign it?

internal import SyncCore

/// What is wrong with a line of an audit log.
package struct AuditFault: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// It does not follow the line before it: one was altered, removed or put in between.
        case chainBroken = "audit_chain_broken"
        case otherNode = "audit_other_node"
        case notSigned = "audit_not_signed"
        case wrongSignature = "audit_wrong_signature"
        /// Signed by a person of another name or role than it says.
        case otherOperator = "audit_other_operator"
        /// The list of people in force is not the one that the log tells.
        case operatorsUntold = "audit_operators_untold"
        /// An end without its beginning.
        case endsNothing = "audit_ends_nothing"
        /// Cut off by a power cut, or altered.
        case unreadable = "audit_unreadable"
    }

    package let kind: Kind
    /// The line in the file, from 1.
    package let line: Int

    package init(_ kind: Kind, line: Int) {
        self.kind = kind
        self.line = line
    }
}

/// A log as far as it was read.
package struct AuditChain: Sendable {
    package private(set) var faults: [AuditFault] = []
    /// The numbers of lines from which on other people were in force.
    package private(set) var operatorChanges: [UInt64] = []
    package private(set) var last: SignedAuditEntry?
    /// Commands that began and of whose end nothing is said: they run, or their process died.
    package var unfinished: [UInt64] { begun.keys.sorted() }

    private var lines = 0
    private var operators = Operators.none
    private var begun: [UInt64: SignedAuditEntry] = [:]

    package init() {}

    package var count: UInt64 { last?.entry.number ?? 0 }

    /// - Parameter signed: nil for a line that is none.
    package mutating func add(_ signed: SignedAuditEntry?) {
        lines += 1
        guard let signed else { return note(.unreadable) }
        let entry = signed.entry
        if entry.number != count + 1 || entry.previous != last?.id ?? .zero { note(.chainBroken) }
        if let last, last.entry.node != entry.node || last.entry.federation != entry.federation { note(.otherNode) }
        if entry.event == .operators {
            guard let named = Operators(text: entry.detail.string) else { return finish(signed, .operatorsUntold) }
            operators = named
            operatorChanges.append(entry.number)
        }
        if entry.operators != operators.digest { note(.operatorsUntold) }
        checkSigner(of: signed)
        switch entry.event {
        case .begun: begun[entry.number] = signed
        case .done, .failed:
            let first = begun.removeValue(forKey: entry.about)?.entry
            if first?.command != entry.command || first?.operatorName != entry.operatorName { note(.endsNothing) }
        case .operators, .refused: break
        }
        last = signed
    }

    private mutating func checkSigner(of signed: SignedAuditEntry) {
        let entry = signed.entry
        guard let signature = signed.signature else {
            if !operators.all.isEmpty, [.begun, .done, .failed].contains(entry.event) { note(.notSigned) }
            return
        }
        guard let person = operators.holding(signature.keyID),
            person.key.verifies(.audit, signed.body, signature)
        else { return note(.wrongSignature) }
        if person.name != entry.operatorName.string || person.role != entry.role { note(.otherOperator) }
    }

    private mutating func finish(_ signed: SignedAuditEntry, _ kind: AuditFault.Kind) {
        note(kind)
        last = signed
    }

    private mutating func note(_ kind: AuditFault.Kind) { faults.append(AuditFault(kind, line: lines)) }
}
