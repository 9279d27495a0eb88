// A line of an audit log, as somebody hands it over to be verified.

@testable import PeerTrust
@testable import SyncCore

extension FuzzTarget {
    /// The body of a line; a chain that begins with it must take whatever decodes.
    static let audit = FuzzTarget(
        "audit", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 256 << 10, bytesPerInputByte: 256),
        words: [
            "keys revoke", "conflicts resolve", " security ", " ed25519 ", "sm2 ", "\n", "\u{1}\u{4}",
            "\0\0\0\0\0\0\0\u{1}",
        ],
        samples: { try auditSamples() },
        attack: { input in
            guard let signed = try? SignedAuditEntry(body: input, signature: nil) else { return }
            try hold(signed.entry.encoded() == input, "a line has two forms")
            var chain = AuditChain()
            chain.add(signed)
            chain.add(signed)
            try hold(!chain.faults.isEmpty, "a line follows itself")
            if let operators = Operators(text: signed.entry.detail.string) {
                try hold(operators.text == signed.entry.detail.string, "a list of people has two forms")
            }
        })

    private static func auditSamples() throws -> [[UInt8]] {
        let operators = Operators([
            Operator(name: "wang", role: .security, key: try SampleKeys.ed25519.verificationKey),
            Operator(name: "zhao", role: .audit, key: try SampleKeys.sm2.verificationKey),
        ])
        func entry(_ event: AuditEvent, _ number: UInt64, about: UInt64 = 0, detail: String = "") -> [UInt8] {
            AuditEntry(
                event: event, federation: .zero, node: .zero, number: number, timeMilliseconds: 1, previous: .zero,
                operators: operators.digest, about: about, role: event == .operators ? nil : .security,
                operatorName: "wang", command: "keys revoke", subject: "root.2.yaml", detail: Text(detail)
            ).encoded()
        }
        return [
            entry(.operators, 1, detail: operators.text), entry(.begun, 2), entry(.done, 3, about: 2),
            entry(.failed, 4, about: 2, detail: "not_trusted"), entry(.refused, 5, detail: "other_role"),
        ]
    }
}
