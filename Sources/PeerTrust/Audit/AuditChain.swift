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
        /// Other people, and nobody of those before has signed it: whoever can write the file may have put himself there.
        case operatorsUnsigned = "audit_operators_unsigned"
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
    /// Those in force after the last line.
    package private(set) var operators = Operators.none
    private var begun: [UInt64: (entry: AuditEntry, operators: Operators)] = [:]

    package init() {}

    package var count: UInt64 { last?.entry.number ?? 0 }

    /// - Parameter signed: nil for a line that is none.
    package mutating func add(_ signed: SignedAuditEntry?) {
        lines += 1
        guard let signed else { return note(.unreadable) }
        let entry = signed.entry
        if entry.number != count + 1 || entry.previous != last?.id ?? .zero { note(.chainBroken) }
        if let last, last.entry.node != entry.node || last.entry.federation != entry.federation { note(.otherNode) }
        defer { last = signed }
        switch entry.event {
        case .operators: change(signed)
        case .begun:
            checkSigner(of: signed, among: operators)
            begun[entry.number] = (entry, operators)
        case .done, .failed:
            let first = begun.removeValue(forKey: entry.about)
            if first?.entry.command != entry.command || first?.entry.operatorName != entry.operatorName {
                note(.endsNothing)
            }
            // Somebody may have been taken off the list while their command ran.
            checkSigner(of: signed, among: first?.operators ?? operators)
        case .refused:
            // Of somebody unknown: whatever they said of themselves stands for nothing.
            if signed.signature != nil {
                checkSigner(of: signed, among: operators)
            } else if entry.role != nil {
                note(.notSigned)
            }
        }
        if entry.operators != operators.digest { note(.operatorsUntold) }
    }

    private mutating func change(_ signed: SignedAuditEntry) {
        guard let named = Operators(text: signed.entry.detail.string) else { return note(.operatorsUntold) }
        if signed.signature != nil {
            checkSigner(of: signed, among: operators)
        } else if !operators.all.isEmpty {
            note(.operatorsUnsigned)
        }
        operators = named
        operatorChanges.append(signed.entry.number)
    }

    private mutating func checkSigner(of signed: SignedAuditEntry, among operators: Operators) {
        guard let signature = signed.signature else {
            if !operators.all.isEmpty { note(.notSigned) }
            return
        }
        guard let person = operators.holding(signature.keyID), person.key.verifies(.audit, signed.body, signature)
        else {
            return note(.wrongSignature)
        }
        if person.name != signed.entry.operatorName.string || person.role != signed.entry.role { note(.otherOperator) }
    }

    private mutating func note(_ kind: AuditFault.Kind) { faults.append(AuditFault(kind, line: lines)) }
}
