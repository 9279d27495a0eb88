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
        try Descriptor.parse(Self.file(of: Array(text.utf8), signedBy: signing, tls: tls))
    }

    /// The signed bytes and the `signatures:` block that follows them.
    static func file(of body: [UInt8], signedBy signing: [SigningKey], tls: [TLSKey]) throws -> [UInt8] {
        var lines = ["signatures:"]
        for key in signing {
            let signature = try key.sign(.descriptor, body).signature
            lines += Self.lines("\(key.suite.rawValue)", key.keyID, signature)
        }
        for key in tls {
            lines += Self.lines(DescriptorSignature.tlsSuite, key.pin, try key.signDescriptor(body))
        }
        return body + Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func lines(_ suite: String, _ keyID: Digest, _ signature: [UInt8]) -> [String] {
        [
            "  - suite: \(suite)",
            "    key_id: \(quoted(keyID.hex))",
            "    signature: \(Base64.encode(signature))",
        ]
    }

    /// The signed bytes. Deterministic: equal fields give equal text. Identifiers that could be read as numbers are
    /// quoted, for the sake of YAML readers that guess types.
    var text: String {
        var lines = [
            "# The node of \(fields.market) introduces itself. Compare the fingerprint by telephone before you trust it.",
            "yrd_descriptor: 1",
            "federation: \(Self.named(fields.federation.text))",
            "market: \(Self.named(fields.market.name))",
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
            "      - incarnation: \(Self.quoted(span.incarnation.hex))",
            "        from_seq: \(span.fromSequence)",
        ]
        if let sequence = span.toSequence, let id = span.toID {
            lines += ["        to_seq: \(sequence)", "        to_id: \(Self.quoted(id.hex))"]
        }
        return lines
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }

    /// A name stands plain unless YAML 1.1 would read it as a truth value, as nothing, or as a number.
    static func named(_ text: String) -> String {
        let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isPlain = text.first?.isLetter == true && !words.contains(text.lowercased())
        return isPlain ? text : quoted(text)
    }
}
