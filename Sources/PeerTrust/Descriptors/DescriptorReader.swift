// From screened YAML to typed fields.

internal import SyncCore
internal import Yams

enum DescriptorReader {
    private static let version = "1"
    static let signatureCounts = 1...64

    /// What was signed, and by whom it claims to be. The two parts are parsed apart, each as a whole document, so that no
    /// byte after the signed ones can change what they mean.
    static func read(
        _ bytes: [UInt8]
    ) throws(DescriptorRefusal) -> (signed: [UInt8], DescriptorFields, [DescriptorSignature]) {
        let start = try startOfSignatures(bytes, maxBytes: Limits.descriptorBytes)
        let signed = Array(bytes[..<start])
        let fields = try readFields(String(decoding: signed, as: UTF8.self))
        let signatures = try readSignatures(String(decoding: bytes[start...], as: UTF8.self))
        return (signed, fields, signatures)
    }

    /// Where the one `signatures:` line of a screened file begins.
    static func startOfSignatures(_ bytes: [UInt8], maxBytes: Int) throws(DescriptorRefusal) -> Int {
        _ = try DescriptorYAML.screened(bytes, maxBytes: maxBytes)
        let label = Array("signatures:".utf8)
        var offset = 0
        var starts: [Int] = []
        for line in DescriptorYAML.lines(of: bytes) {
            if line.starts(with: label) { starts.append(offset) }
            offset += line.count + 1
        }
        guard let start = starts.first else { throw .noSignatures }
        guard starts.count == 1 else { throw .signaturesNotLast }
        return start
    }

    private static func readFields(_ text: String) throws(DescriptorRefusal) -> DescriptorFields {
        var root = try DescriptorYAML.fields(of: text)
        guard try root.text("yrd_descriptor") == version else {
            throw .wrongValue("yrd_descriptor", expected: Expected.onlyVersion)
        }
        guard let federation = FederationName(try root.text("federation")) else {
            throw .wrongValue("federation", expected: Expected.federationName)
        }
        guard let market = Market(try root.text("market")) else {
            throw .wrongValue("market", expected: Market.form)
        }
        let serial = try root.counter("serial")
        let endpoint = try endpoint(&root)
        let tls = try tlsKeys(&root)
        let signing = try signingKeys(&root)
        let require = try requiredSuites(&root)
        try root.finish()
        let fields = DescriptorFields(
            federation: federation, market: market, serial: serial, endpoint: endpoint, tls: tls, signing: signing,
            require: require)
        try fields.checkConsistency()
        return fields
    }

    private static func endpoint(_ root: inout YAMLFields) throws(DescriptorRefusal) -> Endpoint? {
        let text = try root.text("endpoint")
        if text == "none" { return nil }
        guard let endpoint = Endpoint(text) else {
            throw .wrongValue(
                "endpoint",
                expected: LocalizedText(zh: " `none` 或 `https://HOST:PORT`", en: "`none` or `https://HOST:PORT`"))
        }
        return endpoint
    }

    private static func tlsKeys(_ root: inout YAMLFields) throws(DescriptorRefusal) -> [TLSPublicKey] {
        var keys: [TLSPublicKey] = []
        for (node, path) in try root.list("tls", DescriptorFields.tlsKeyCounts) {
            let spki = try base64(try node.text(at: path), path)
            do {
                keys.append(try TLSPublicKey(spki: spki))
            } catch {
                throw .refusedKey(path, error)
            }
        }
        return keys
    }

    static func signingKeys(
        _ root: inout YAMLFields, counts: ClosedRange<Int> = DescriptorFields.signingKeyCounts
    ) throws(DescriptorRefusal) -> [SpannedKey] {
        var keys: [SpannedKey] = []
        for (node, path) in try root.list("signing", counts) {
            var entry = try YAMLFields(node, path: path)
            let key = try signingKey(&entry, path)
            var spans: [KeySpan] = []
            for (node, path) in try entry.list("spans", DescriptorFields.spanCounts) {
                spans.append(try span(node, path))
            }
            try entry.finish()
            keys.append(SpannedKey(key: key, spans: spans))
        }
        return keys
    }

    /// `suite` and `spki`, screened.
    static func signingKey(_ entry: inout YAMLFields, _ path: String) throws(DescriptorRefusal) -> VerificationKey {
        let suite = try suite(try entry.text("suite"), entry.name("suite"))
        let spki = try base64(try entry.text("spki"), entry.name("spki"))
        do {
            return try VerificationKey(suite: suite, spki: spki)
        } catch {
            throw .refusedKey(path, error)
        }
    }

    /// `suite`, `key_id` and `signature` of a signing key.
    static func signature(_ fields: inout YAMLFields) throws(DescriptorRefusal) -> SignatureRecord {
        let suite = try suite(try fields.text("suite"), fields.name("suite"))
        let keyID = try fields.digest("key_id")
        let bytes = try base64(try fields.text("signature"), fields.name("signature"))
        guard bytes.count == SignatureRecord.signatureByteCount else {
            throw .wrongValue(fields.name("signature"), expected: Expected.signature)
        }
        return SignatureRecord(suite: suite, keyID: keyID, signature: bytes)
    }

    private static func span(_ node: Node, _ path: String) throws(DescriptorRefusal) -> KeySpan {
        var fields = try YAMLFields(node, path: path)
        let incarnation = try fields.incarnation("incarnation")
        let from = try fields.counter("from_seq")
        guard let id = try fields.optionalDigest("to_id") else {
            try fields.finish()
            return KeySpan(incarnation: incarnation, fromSequence: from)
        }
        let to = try fields.counter("to_seq")
        guard to >= from else {
            throw .wrongValue(
                fields.name("to_seq"), expected: LocalizedText(zh: "不小于 from_seq 的数", en: "no lower than from_seq"))
        }
        try fields.finish()
        return KeySpan(incarnation: incarnation, fromSequence: from, closedAt: (to, id))
    }

    static func requiredSuites(_ root: inout YAMLFields) throws(DescriptorRefusal) -> [Suite] {
        var suites: [Suite] = []
        for (node, path) in try root.list("require", 1...Suite.allCases.count) {
            let suite = try suite(try node.text(at: path), path)
            if let last = suites.last, last >= suite { throw .wrongOrder("require") }
            suites.append(suite)
        }
        return suites
    }

    private static func readSignatures(_ text: String) throws(DescriptorRefusal) -> [DescriptorSignature] {
        var root: YAMLFields
        do {
            root = try DescriptorYAML.fields(of: text)
        } catch .notYAML(_) {
            throw .signaturesNotLast
        }
        var signatures: [DescriptorSignature] = []
        for (node, path) in try root.list("signatures", signatureCounts) {
            var fields = try YAMLFields(node, path: path)
            let suiteText = try fields.text("suite")
            let suite = suiteText == DescriptorSignature.tlsSuite ? nil : try suite(suiteText, fields.name("suite"))
            let keyID = try fields.digest("key_id")
            let bytes = try base64(try fields.text("signature"), fields.name("signature"))
            guard bytes.count == SignatureRecord.signatureByteCount else {
                throw .wrongValue(fields.name("signature"), expected: Expected.signature)
            }
            try fields.finish()
            let signature = DescriptorSignature(suite: suite, keyID: keyID, bytes: bytes)
            guard !signatures.contains(where: { $0.suite == suite && $0.keyID == keyID }) else {
                throw .wrongOrder("signatures")
            }
            signatures.append(signature)
        }
        do {
            try root.finish()
        } catch {
            throw .signaturesNotLast
        }
        return signatures
    }

    private static func suite(_ text: String, _ path: String) throws(DescriptorRefusal) -> Suite {
        guard let number = UInt8(text), let suite = Suite(rawValue: number), String(number) == text else {
            throw .wrongValue(
                path,
                expected: LocalizedText(
                    zh: " 1(Ed25519 和 SHA-256)或 2(SM2 和 SM3)", en: "1 (Ed25519 with SHA-256) or 2 (SM2 with SM3)"))
        }
        return suite
    }

    private static func base64(_ text: String, _ path: String) throws(DescriptorRefusal) -> [UInt8] {
        guard let bytes = Base64.decode(text) else {
            throw .wrongValue(path, expected: LocalizedText(zh: "不含空白的 base64", en: "base64 without blanks"))
        }
        return bytes
    }
}

extension YAMLFields {
    mutating func incarnation(_ key: String) throws(DescriptorRefusal) -> ID16 {
        let text = try text(key)
        guard let value = ID16(hex: text), value.hex == text else {
            throw .wrongValue(
                name(key), expected: LocalizedText(zh: " 32 位小写十六进制数", en: "32 lower-case hexadecimal digits"))
        }
        return value
    }

    mutating func digest(_ key: String) throws(DescriptorRefusal) -> Digest {
        guard let digest = try optionalDigest(key) else { throw .missingKey(name(key)) }
        return digest
    }

    mutating func optionalDigest(_ key: String) throws(DescriptorRefusal) -> Digest? {
        guard let text = try optionalText(key) else { return nil }
        return try Self.digest(text, name(key))
    }

    static func digest(_ text: String, _ path: String) throws(DescriptorRefusal) -> Digest {
        guard let value = Digest(hex: text), value.hex == text else {
            throw .wrongValue(path, expected: LocalizedText(zh: " 64 位小写十六进制数", en: "64 lower-case hexadecimal digits"))
        }
        return value
    }
}
