// A descriptor before it is signed, and the exact bytes that signing makes of it.

internal import SyncCore

/// What a market is about to say of itself.
package struct DescriptorDraft: Sendable {
    package var fields: DescriptorFields

    package init(fields: DescriptorFields) {
        self.fields = fields
    }

    /// Signs with every key given. The named keys must be among them; a successor is signed by a key of the serial
    /// before as well, whether it still names it or not.
    package func signed(by signing: [SigningKey], tls: [TLSKey]) throws -> Descriptor {
        let body = Array(text.utf8)
        var lines = "signatures:\n"
        func append(_ suite: String, _ keyID: Digest, _ signature: [UInt8]) {
            lines += "  - suite: \(suite)\n    key_id: \(quoted(keyID.hex))\n"
            lines += "    signature: \(Base64.encode(signature))\n"
        }
        for key in signing {
            let record = try key.sign(.descriptor, body)
            append("\(key.suite.rawValue)", key.keyID, record.signature)
        }
        for key in tls {
            append(DescriptorSignature.tlsSuite, key.pin, try key.signDescriptor(body))
        }
        return try Descriptor.parse(body + Array(lines.utf8))
    }

    /// The signed bytes. Deterministic: equal fields give equal text. Identifiers that could be read as numbers are
    /// quoted, for the sake of YAML readers that guess types.
    private var text: String {
        var lines = [
            "# The node of \(fields.market) introduces itself. Compare the fingerprint by telephone before you trust it.",
            "yrd_descriptor: 1",
            "federation: \(named(fields.federation.text))",
            "market: \(named(fields.market.name))",
            "serial: \(fields.serial)",
            "endpoint: \(fields.endpoint?.url ?? "none")",
            "tls:",
        ]
        lines += fields.tls.map { "  - \(Base64.encode($0.spki))" }
        lines.append("signing:")
        for entry in fields.signing {
            lines.append("  - suite: \(entry.key.suite.rawValue)")
            lines.append("    spki: \(Base64.encode(entry.key.spki))")
            lines.append("    spans:")
            lines += entry.spans.flatMap(self.lines)
        }
        let suites = fields.require.map { "\($0.rawValue)" }.joined(separator: ", ")
        lines.append("require: [\(suites)]")
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(of span: KeySpan) -> [String] {
        var lines = [
            "      - incarnation: \(quoted(span.incarnation.hex))",
            "        from_seq: \(span.fromSequence)",
        ]
        if let sequence = span.toSequence, let id = span.toID {
            lines += ["        to_seq: \(sequence)", "        to_id: \(quoted(id.hex))"]
        }
        return lines
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    /// A name stands plain unless YAML 1.1 would read it as a truth value, as nothing, or as a number.
    private func named(_ text: String) -> String {
        let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isPlain = text.first?.isLetter == true && !words.contains(text.lowercased())
        return isPlain ? text : quoted(text)
    }
}
