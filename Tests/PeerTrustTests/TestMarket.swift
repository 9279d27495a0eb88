// A market with real keys, for tests: it seals entries and introduces itself.

import SyncCore

@testable import PeerTrust

struct TestMarket {
    static let federation = FederationName("test")!

    let market: Market
    let incarnation: ID16
    let signing: [SigningKey]
    let tls: TLSKey

    init(_ name: String, suites: [Suite] = [.ed25519SHA256]) throws {
        market = Market(name)!
        incarnation = try IncarnationGenerator.make()
        signing = try suites.map { suite in try SigningKey.generate(suite) }
        tls = try TLSKey.generate()
    }

    var origin: Origin { Origin(market: market, incarnation: incarnation) }

    func fields(
        serial: UInt64 = 1, spans: [KeySpan]? = nil, require: [Suite]? = nil, tls: [TLSKey]? = nil
    ) throws -> DescriptorFields {
        let spans = spans ?? [KeySpan(incarnation: incarnation, fromSequence: 1)]
        return DescriptorFields(
            federation: Self.federation, market: market, serial: serial,
            endpoint: Endpoint("https://\(market).example:8443"),
            tls: try (tls ?? [self.tls]).map { try TLSPublicKey(spki: $0.spki) },
            signing: try signing.map { SpannedKey(key: try $0.verificationKey, spans: spans) },
            require: require ?? signing.map(\.suite))
    }

    func descriptor(
        serial: UInt64 = 1, spans: [KeySpan]? = nil, require: [Suite]? = nil
    ) throws -> Descriptor {
        let draft = DescriptorDraft(fields: try fields(serial: serial, spans: spans, require: require))
        return try draft.signed(by: signing, tls: [tls])
    }

    /// As a trust root names it.
    func member(rootKey: SigningKey) throws -> RootMember {
        RootMember(
            market: market, isRetired: false, rootKeys: [try rootKey.verificationKey], signing: try fields().signing,
            require: [.ed25519SHA256])
    }

    func closure(_ ends: (UInt64, UInt8)...) -> Closure {
        Closure(origin: origin, ends: ends.map { EntryPlace(sequence: $0, id: OpenSSLHashing.sha256([$1])) })
    }

    func header(_ sequence: UInt64, _ context: [UInt8], _ ops: [[UInt8]], by key: SigningKey) -> EnvelopeHeader {
        let digest = { OpenSSLHashing.hashing.digest(key.suite, $0) }
        return EnvelopeHeader(
            suite: key.suite, groupContinues: false, federation: Self.federation.id, origin: origin,
            sequence: sequence, trustRootVersion: 0, timeMilliseconds: 1_700_000_000_000, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.map(\.count).reduce(0, +)),
            previous: sequence == 1 ? .zero : digest(Array("before".utf8)),
            opsRoot: MerkleTree.root(ofLeaves: ops.map { MerkleTree.leaf($0, digest) }, digest),
            contextHash: digest(context), keyID: key.keyID)
    }

    /// An entry signed by the given keys (all of the market's, unless told); the first key is the header's.
    func entry(_ sequence: UInt64 = 1, by keys: [SigningKey]? = nil) throws -> Entry {
        let keys = keys ?? signing
        let ops: [[UInt8]] = [[1, 2, 3], [4, 5], [6]]
        let context = Context(catalogHash: .zero, frontier: .empty).encoded()
        let header = header(sequence, context, ops, by: keys[0])
        var framed = ByteWriter()
        for op in ops { framed.framed(op) }
        return Entry(
            header: header, signatures: try signatures(.changeSet, header.encoded(), by: keys), context: context,
            ops: framed.bytes)
    }

    func signatures(
        _ type: StatementType, _ body: [UInt8], by keys: [SigningKey]? = nil
    ) throws -> [SignatureRecord] {
        try (keys ?? signing).map { try $0.sign(type, body) }.sorted { $0.suite < $1.suite }
    }
}

extension Authenticity {
    var fact: Fact? {
        if case .verified(let fact) = self { fact } else { nil }
    }

    var fault: AuthenticityFault? {
        if case .notAuthentic(let fault) = self { fault } else { nil }
    }
}

extension [UInt8] {
    func flipping(bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}
