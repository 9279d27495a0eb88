// The exact bytes of a trust root.

internal import SyncCore

/// Deterministic: equal fields give equal text, so that members who propose the same sign the same.
package enum TrustRootText {
    /// The unsigned file: what is signed, and an empty list of signatures.
    package static func proposal(_ fields: TrustRootFields) throws(TrustRootRefusal) -> TrustRoot {
        try TrustRoot.parse(Array((text(fields) + signatures([])).utf8))
    }

    static func signatures(_ all: [RootSignature]) -> String {
        guard !all.isEmpty else { return "signatures: []\n" }
        var lines = ["signatures:"]
        for signature in all {
            lines += [
                "  - market: \(named(signature.market.name))",
                "    suite: \(signature.record.suite.rawValue)",
                "    key_id: \(quoted(signature.record.keyID.hex))",
                "    signature: \(Base64.encode(signature.record.signature))",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ fields: TrustRootFields) -> String {
        var lines = [
            "# Who belongs to the federation, and whose keys count. Sign it only after you have read it.",
            "yrd_trust_root: 1",
            "federation: \(named(fields.federation.text))",
            "version: \(fields.version)",
        ]
        if let previous = fields.previous { lines.append("previous: \(quoted(previous.hex))") }
        lines.append("members:")
        for member in fields.members { lines += self.lines(of: member) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of member: RootMember) -> [String] {
        var lines = ["  - market: \(named(member.market.name))"]
        if member.isRetired { lines.append("    retired: \"yes\"") }
        lines.append("    root_keys:")
        for key in member.rootKeys {
            lines += ["      - suite: \(key.suite.rawValue)", "        spki: \(Base64.encode(key.spki))"]
        }
        lines.append("    signing:" + (member.signing.isEmpty ? " []" : ""))
        for entry in member.signing {
            lines += ["      - suite: \(entry.key.suite.rawValue)", "        spki: \(Base64.encode(entry.key.spki))"]
            lines.append("        spans:")
            for span in entry.spans {
                lines += [
                    "          - incarnation: \(quoted(span.incarnation.hex))",
                    "            from_seq: \(span.fromSequence)",
                ]
                if let sequence = span.toSequence, let id = span.toID {
                    lines += ["            to_seq: \(sequence)", "            to_id: \(quoted(id.hex))"]
                }
            }
        }
        if !member.closures.isEmpty { lines.append("    closures:") }
        for closure in member.closures {
            lines.append("      - incarnation: \(quoted(closure.origin.incarnation.hex))")
            lines.append("        ends:" + (closure.ends.isEmpty ? " []" : ""))
            for end in closure.ends {
                lines += ["          - seq: \(end.sequence)", "            id: \(quoted(end.id.hex))"]
            }
        }
        if !member.revoked.isEmpty {
            lines.append("    revoked: [\(member.revoked.map { quoted($0.hex) }.joined(separator: ", "))]")
        }
        lines.append("    require: [\(member.require.map { "\($0.rawValue)" }.joined(separator: ", "))]")
        return lines
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }

    private static func named(_ text: String) -> String { DescriptorDraft.named(text) }
}
