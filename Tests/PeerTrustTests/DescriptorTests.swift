// Descriptors, good ones and those an opponent would hand over.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Descriptors")
struct DescriptorTests {
    private let market: TestMarket

    init() throws {
        market = try TestMarket("shanghai", suites: [.ed25519SHA256, .sm2SM3])
    }

    /// A body, edited and then signed by everyone: what is refused is refused for its form, not for its signature.
    private func parse(_ edit: (String) -> String) throws(DescriptorRefusal) -> Descriptor {
        let file: [UInt8]
        do {
            let body = edit(DescriptorDraft(fields: try market.fields()).text)
            file = try DescriptorDraft.file(of: Array(body.utf8), signedBy: market.signing, tls: [market.tls])
        } catch {
            preconditionFailure("\(error)")
        }
        return try Descriptor.parse(file)
    }

    private func replacing(_ old: String, _ new: String) throws(DescriptorRefusal) -> Descriptor {
        try parse { text in
            precondition(text.contains(old), "nothing to replace: \(old)")
            return text.replacing(old, with: new)
        }
    }

    // MARK: Good ones

    @Test func `what was drafted is what is read`() throws {
        let closed = KeySpan(
            incarnation: market.incarnation, fromSequence: 3, closedAt: (17, OpenSSLHashing.sha256([1])))
        let open = KeySpan(incarnation: try IncarnationGenerator.make(), fromSequence: 1)
        let fields = try market.fields(serial: 4, spans: [closed, open])
        let descriptor = try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        #expect(descriptor.fields == fields)
        #expect(descriptor.tlsPins == [market.tls.pin])
        #expect(descriptor.curlPins == "sha256//" + Base64.encode(market.tls.pin.bytes))
        let read = try Descriptor.parse(descriptor.raw)
        #expect(read == descriptor)
    }

    @Test func `equal fields give equal text`() throws {
        let text = DescriptorDraft(fields: try market.fields()).text
        #expect(try DescriptorDraft(fields: market.fields()).text == text)
        let first = text.split(separator: "\n").prefix(6).map(String.init)
        #expect(
            first == [
                "# The node of shanghai introduces itself. Compare the fingerprint by telephone before you trust it.",
                "yrd_descriptor: 1", "federation: test", "market: shanghai", "serial: 1",
                "endpoint: https://shanghai.example:8443",
            ])
    }

    @Test func `the fingerprint is the hash of the signed bytes in sixteen groups of four`() throws {
        let descriptor = try market.descriptor()
        let body = String(decoding: descriptor.raw, as: UTF8.self)
        let signed = Array(body[..<body.range(of: "signatures:").lowerBound].utf8)
        #expect(descriptor.signedBytes == signed)
        let groups = descriptor.fingerprint.split(separator: " ")
        #expect(groups.count == 16)
        #expect(groups.allSatisfy { $0.count == 4 })
        #expect(groups.joined() == OpenSSLHashing.sha256(signed).hex)
        #expect(descriptor.hasFingerprint(descriptor.fingerprint))
        #expect(descriptor.hasFingerprint(groups.joined(separator: ":").uppercased()))
        #expect(!descriptor.hasFingerprint(groups.dropLast().joined()))
        #expect(!descriptor.hasFingerprint(""))
    }

    @Test func `a market of one suite, without an endpoint, is fine`() throws {
        let market = try TestMarket("no", suites: [.sm2SM3])
        var fields = try market.fields()
        fields.endpoint = nil
        let descriptor = try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        #expect(descriptor.endpoint == nil)
        #expect(descriptor.market.name == "no")
    }

    @Test func `another layout of the same fields is fine too`() throws {
        let descriptor = try parse { text in
            text.replacing("require: [1, 2]", with: "require:\n- 1\n- \"2\"").replacing(
                "market: ", with: "'market':   ")
                + "# 长三角\n\n"
        }
        #expect(try descriptor.fields == market.fields())
    }

    @Test func `during a TLS rotation both keys are named, and both sign`() throws {
        let next = try TLSKey.generate()
        let draft = DescriptorDraft(fields: try market.fields(tls: [market.tls, next]))
        let descriptor = try draft.signed(by: market.signing, tls: [market.tls, next])
        #expect(descriptor.tlsPins == [market.tls.pin, next.pin])
        #expect(throws: DescriptorRefusal.notSigned(by: "tls[1]")) {
            try draft.signed(by: market.signing, tls: [market.tls])
        }
    }

    // MARK: Signatures

    @Test func `no bit of the signed bytes can be flipped`() throws {
        let descriptor = try market.descriptor()
        for bit in stride(from: 0, to: descriptor.signedBytes.count * 8, by: 11) {
            #expect(throws: DescriptorRefusal.self, "bit \(bit)") {
                try Descriptor.parse(descriptor.raw.flipping(bit: bit))
            }
        }
    }

    @Test func `every named key must have signed`() throws {
        let draft = DescriptorDraft(fields: try market.fields())
        #expect(throws: DescriptorRefusal.notSigned(by: "signing[0]")) {
            try draft.signed(by: [market.signing[1]], tls: [market.tls])
        }
        #expect(throws: DescriptorRefusal.notSigned(by: "signing[1]")) {
            try draft.signed(by: [market.signing[0]], tls: [market.tls])
        }
        #expect(throws: DescriptorRefusal.notSigned(by: "tls[0]")) {
            try draft.signed(by: market.signing, tls: [])
        }
        #expect(throws: DescriptorRefusal.notSigned(by: "tls[0]")) {
            try draft.signed(by: market.signing, tls: [try TLSKey.generate()])
        }
    }

    @Test func `a signature over other bytes does not count, whichever key made it`() throws {
        let raw = String(decoding: try market.descriptor().raw, as: UTF8.self)
        let other = String(decoding: try market.descriptor(serial: 2).raw, as: UTF8.self)
        let body = raw[..<raw.range(of: "signatures:").lowerBound]
        let tail = other[other.range(of: "signatures:").lowerBound...]
        #expect(throws: DescriptorRefusal.wrongSignature(by: "signing[0]")) {
            try Descriptor.parse(Array((body + tail).utf8))
        }
        // Only the TLS key's signature is exchanged.
        let tlsTail = other[other.range(of: "  - suite: tls").lowerBound...]
        let head = raw[..<raw.range(of: "  - suite: tls").lowerBound]
        #expect(throws: DescriptorRefusal.wrongSignature(by: "tls[0]")) {
            try Descriptor.parse(Array((head + tlsTail).utf8))
        }
    }

    @Test func `someone else's key cannot be named without its signature`() throws {
        let thief = try TestMarket("zhejiang")
        var fields = try thief.fields()
        fields.tls = [try TLSPublicKey(spki: market.tls.spki)]
        #expect(throws: DescriptorRefusal.notSigned(by: "tls[0]")) {
            try DescriptorDraft(fields: fields).signed(by: thief.signing, tls: [thief.tls])
        }
    }

    // MARK: Form

    @Test(arguments: [
        ("anchor", "market: shanghai", "market: &m shanghai"), ("alias", "market: shanghai", "market: *m"),
        ("tag", "market: shanghai", "market: !!str shanghai"), ("merge", "serial: 1", "<<: {serial: 1}"),
        ("block", "market: shanghai", "market: |\n  shanghai"), ("folded", "market: shanghai", "market: >\n  shanghai"),
        ("escape", "market: shanghai", "market: \"\\u0073hanghai\""), ("directive", "yrd_desc", "%YAML 1.1\nyrd_desc"),
        ("complex key", "serial: 1", "? serial\n: 1"), ("tab", "serial: 1", "serial:\t1"),
        ("carriage return", "serial: 1\n", "serial: 1\r\n"), ("bidi", "# The", "# \u{202E}The"),
        ("byte order mark", "# The", "\u{FEFF}# The"), ("NUL", "# The", "# \0The"),
        ("line end", "# The", "#\u{2028}The"),
    ])
    func `what says more than plain fields is refused`(_ name: String, _ old: String, _ new: String) {
        #expect("\(name)") {
            _ = try replacing(old, new)
        } throws: { error in
            (error as? DescriptorRefusal)?.code == "descriptor_forbidden_character"
        }
    }

    @Test func `a second document is refused, before or after`() {
        #expect(throws: DescriptorRefusal.otherDocument(line: 1)) { try parse { "---\n" + $0 } }
        #expect(throws: DescriptorRefusal.self) { try parse { $0 + "---\n" } }
        #expect(throws: DescriptorRefusal.self) { try parse { $0 + "...\n" } }
    }

    @Test func `duplicate, unknown and missing fields are refused, at every depth`() {
        #expect(throws: DescriptorRefusal.self) { try replacing("serial: 1", "serial: 1\nserial: 1") }
        #expect(throws: DescriptorRefusal.self) { try replacing("serial: 1", "serial: 1\n\"serial\": 2") }
        #expect(throws: DescriptorRefusal.self) { try replacing("from_seq: 1", "from_seq: 1\n        from_seq: 1") }
        #expect(throws: DescriptorRefusal.unknownKey("hub")) { try replacing("serial: 1", "serial: 1\nhub: yes") }
        #expect(throws: DescriptorRefusal.unknownKey("signing[0].use")) {
            try replacing("suite: 1", "suite: 1\n    use: all")
        }
        #expect(throws: DescriptorRefusal.unknownKey("signing[0].spans[0].until")) {
            try replacing("from_seq: 1", "from_seq: 1\n        until: 2")
        }
        for name in ["federation", "market", "serial", "endpoint", "tls", "signing", "require", "yrd_descriptor"] {
            #expect(throws: DescriptorRefusal.self, "\(name)") { try replacing("\n\(name):", "\n\(name)x:") }
        }
    }

    @Test(arguments: [
        ("yrd_descriptor: 1", "yrd_descriptor: 2"), ("market: shanghai", "market: Shanghai"),
        ("market: shanghai", "market: [shanghai]"), ("market: shanghai", "market: ../../etc"),
        ("serial: 1", "serial: 0"), ("serial: 1", "serial: 01"), ("serial: 1", "serial: +1"),
        ("serial: 1", "serial: 0x1"), ("serial: 1", "serial: 1.0"), ("serial: 1", "serial: 9007199254740992"),
        ("https://", "http://"), ("https://shanghai.example:8443", "https://u:p@x:1"), (":8443", ":0"),
        (":8443", ":08443"), (":8443", ":65536"), (":8443", ":8443/path"), (":8443", ""),
        ("from_seq: 1", "from_seq: 0"),
        ("require: [1, 2]", "require: []"), ("require: [1, 2]", "require: [2, 1]"),
        ("require: [1, 2]", "require: [1, 1]"), ("require: [1, 2]", "require: [1, 2, 3]"),
        ("require: [1, 2]", "require: 1"), ("suite: 2", "suite: 3"), ("suite: 1", "suite: 2"),
        ("federation: test", "federation: \"a b\""), ("from_seq: 1", "from_seq: 1\n        to_seq: 4"),
    ])
    func `a wrong value is refused`(_ old: String, _ new: String) throws {
        // No port at all is the one good value among them: https has its own.
        if new.isEmpty { return #expect(try replacing(old, new).endpoint?.port == 443) }
        #expect(throws: DescriptorRefusal.self) { try replacing(old, new) }
    }

    @Test func `the largest serial is taken, the next is not`() throws {
        #expect(try replacing("serial: 1", "serial: 9007199254740991").serial == Limits.counterMax)
        #expect(throws: DescriptorRefusal.self) { try replacing("serial: 1", "serial: 9007199254740992") }
    }

    @Test func `a span that ends names the entry, and not before it begins`() throws {
        let id = OpenSSLHashing.sha256([7])
        func ended(_ from: Int, _ to: Int, _ id: String) throws(DescriptorRefusal) -> Descriptor {
            try replacing(
                "from_seq: 1", "from_seq: \(from)\n        to_seq: \(to)\n        to_id: \"\(id)\"")
        }
        let span = try ended(5, 5, id.hex).signing[0].spans[0]
        #expect(span.toSequence == 5)
        #expect(span.toID == id)
        #expect(throws: DescriptorRefusal.self) { try ended(5, 4, id.hex) }
        #expect(throws: DescriptorRefusal.self) { try ended(5, 6, String(id.hex.dropLast())) }
        #expect(throws: DescriptorRefusal.self) { try ended(5, 6, id.hex.uppercased()) }
    }

    @Test func `a key that the screen refuses is refused, with its reason`() throws {
        let lowOrder = KeyAlgorithm.ed25519.spkiPrefix + [1] + [UInt8](repeating: 0, count: 31)
        #expect(throws: DescriptorRefusal.refusedKey("signing[0]", .lowOrder)) {
            try replacing(Base64.encode(market.signing[0].spki), Base64.encode(lowOrder))
        }
        let nowhere = KeyAlgorithm.p256.spkiPrefix + [UInt8](repeating: 9, count: 64)
        #expect(throws: DescriptorRefusal.refusedKey("tls[0]", .notOnCurve)) {
            try replacing(Base64.encode(market.tls.spki), Base64.encode(nowhere))
        }
    }

    @Test func `no key is named twice, and no suite is required without a key`() throws {
        var fields = try market.fields()
        fields.signing.append(fields.signing[0])
        #expect(throws: DescriptorRefusal.repeatedKey("signing[2]")) {
            try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        }
        fields = try market.fields(tls: [market.tls, market.tls])
        #expect(throws: DescriptorRefusal.repeatedKey("tls[1]")) {
            try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        }
        fields = try market.fields()
        fields.signing.removeLast()
        #expect(throws: DescriptorRefusal.requiredSuiteWithoutKey(.sm2SM3)) {
            try DescriptorDraft(fields: fields).signed(by: market.signing, tls: [market.tls])
        }
    }

    @Test func `nothing stands after the signatures, and they stand once`() throws {
        let raw = String(decoding: try market.descriptor().raw, as: UTF8.self)
        for tail in ["serial: 9\n", "signatures: []\n", "---\nmarket: x\n", "[\n", "endpoint: none"] {
            #expect(throws: DescriptorRefusal.self, "\(tail)") { try Descriptor.parse(Array((raw + tail).utf8)) }
        }
        #expect(throws: DescriptorRefusal.noSignatures) {
            try Descriptor.parse(Array(raw[..<raw.range(of: "signatures:").lowerBound].utf8))
        }
        // The signatures come first: then nothing is signed.
        let split = raw.range(of: "signatures:").lowerBound
        #expect(throws: DescriptorRefusal.self) { try Descriptor.parse(Array((raw[split...] + raw[..<split]).utf8)) }
        // Hidden in a quoted text that begins before and ends after the signed bytes.
        #expect(throws: DescriptorRefusal.self) {
            try Descriptor.parse(Array(raw.replacing("endpoint: https", with: "endpoint: \"https").utf8))
        }
    }

    @Test func `the same signature twice is refused`() throws {
        let draft = DescriptorDraft(fields: try market.fields())
        let file = try DescriptorDraft.file(
            of: Array(draft.text.utf8), signedBy: market.signing + [market.signing[0]], tls: [market.tls])
        #expect(throws: DescriptorRefusal.wrongOrder("signatures")) { try Descriptor.parse(file) }
    }

    @Test func `sixteen KiB are taken, one byte more is not`() throws {
        let plain = try market.descriptor().raw.count
        func padded(_ count: Int) throws(DescriptorRefusal) -> Descriptor {
            try parse { $0 + "#" + String(repeating: "x", count: count - plain - 2) + "\n" }
        }
        #expect(try padded(Limits.descriptorBytes - 1).raw.count == Limits.descriptorBytes - 1)
        #expect(try padded(Limits.descriptorBytes).raw.count == Limits.descriptorBytes)
        #expect(throws: DescriptorRefusal.tooLarge(bytes: Limits.descriptorBytes + 1)) {
            try padded(Limits.descriptorBytes + 1)
        }
    }

    @Test func `what is not UTF-8 is refused`() throws {
        #expect(throws: DescriptorRefusal.notUTF8) { try Descriptor.parse([0xFF, 0xFE]) }
        #expect(throws: DescriptorRefusal.noSignatures) { try Descriptor.parse([]) }
    }

    @Test(arguments: ["[", "{a: ", "- ", "  "])
    func `nesting that would exhaust a stack is refused before it is parsed`(_ unit: String) {
        let count = (Limits.descriptorBytes - 64) / unit.utf8.count
        let text = String(repeating: unit, count: count) + "\nsignatures:\n"
        #expect(throws: DescriptorRefusal.self) { try Descriptor.parse(Array(text.utf8)) }
        let indented = (0..<100).map { String(repeating: " ", count: $0) + "a:\n" }.joined() + "signatures:\n"
        #expect(throws: DescriptorRefusal.nestedTooDeeply(line: 18)) { try Descriptor.parse(Array(indented.utf8)) }
        let flow = String(repeating: "[[[[[[[[\n", count: 1_500) + "signatures:\n"
        #expect(throws: DescriptorRefusal.self) { try Descriptor.parse(Array(flow.utf8)) }
    }

    @Test(arguments: UInt64(0)..<64)
    func `random damage is refused and never traps`(_ seed: UInt64) throws {
        var generator = SplitMix(seed)
        let raw = try market.descriptor().raw
        for _ in 0..<20 {
            var bytes = raw
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: position)
                }
            }
            // What survives can only have been damaged after the signed bytes, in blanks or comments there.
            if let descriptor = try? Descriptor.parse(bytes) {
                #expect(try descriptor.signedBytes == Descriptor.parse(raw).signedBytes)
            }
        }
    }

    @Test func `every refusal has its own code and tells what to do`() {
        let refusals: [DescriptorRefusal] = [
            .tooLarge(bytes: 1), .notUTF8, .forbiddenCharacter(Expected.plainValue, line: 1), .otherDocument(line: 1),
            .nestedTooDeeply(line: 1), .notYAML(Expected.plainValue), .noSignatures, .signaturesNotLast,
            .unknownKey("x"),
            .missingKey("x"), .wrongOrder("x"), .wrongValue("x", expected: Expected.plainValue),
            .refusedKey("x", .lowOrder),
            .repeatedKey("x"), .requiredSuiteWithoutKey(.sm2SM3), .notSigned(by: "x"), .wrongSignature(by: "x"),
        ]
        #expect(Set(refusals.map(\.code)).count == refusals.count)
        #expect(refusals.allSatisfy { $0.words.en.contains("ask the market") && $0.words.zh.contains("该市场") })
    }
}

extension String {
    /// The range of the first occurrence at the beginning of a line.
    fileprivate func range(of line: String) -> Range<String.Index> {
        var search = startIndex
        while let found = self[search...].firstRange(of: line) {
            if found.lowerBound == startIndex || self[index(before: found.lowerBound)] == "\n" { return found }
            search = found.upperBound
        }
        preconditionFailure("no line begins with \(line)")
    }
}

/// A small generator with a seed, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
