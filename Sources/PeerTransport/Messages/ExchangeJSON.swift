// The JSON of the exchange: hello, compare, the answer to push, and error bodies. Everything else is binary.

import Foundation
import SyncCore

/// Coding of the JSON messages (PROTOCOL.md section 6). Unknown fields are ignored; hexadecimal is lower case.
/// What arrives here is already bounded in bytes by its route.
enum ExchangeJSON {
    static let federationBytesMax = 128
    static let softwareBytesMax = 128
    static let protocolsMax = 16

    static func encode(_ hello: Hello) -> [UInt8] { bytes(HelloBody(hello)) }

    /// A hello that may be answered briefly: with what is not as the caller said it. Between nodes that are level, that is
    /// hardly anything. Who does not know the field answers in full.
    static func encodeAskingBriefly(_ hello: Hello) -> [UInt8] {
        var body = HelloBody(hello)
        body.brief = true
        return bytes(body)
    }

    static func encode(_ hello: Hello, brieflyTo request: Hello) -> [UInt8] {
        bytes(HelloBody(hello, without: request))
    }

    static func encode(_ request: CompareRequest) -> [UInt8] { bytes(CompareRequestBody(request)) }
    static func encode(_ reply: CompareReply) -> [UInt8] { bytes(CompareReplyBody(reply)) }
    static func encode(_ reply: PushReply) -> [UInt8] { bytes(PushReplyBody(reply)) }
    static func encode(errorCode code: String, detail: String) -> [UInt8] {
        bytes(ErrorBody(error: .init(code: code, detail: detail)))
    }

    static func hello(_ body: [UInt8]) throws(DecodeError) -> Hello {
        try value(HelloBody.self, body, "hello").hello()
    }

    /// The caller's hello, and whether a brief answer will do.
    static func helloRequest(_ body: [UInt8]) throws(DecodeError) -> (hello: Hello, takesBriefAnswer: Bool) {
        let body = try value(HelloBody.self, body, "hello")
        return (try body.hello(), body.brief == true)
    }

    /// The answer to `request`: what it leaves out is as the request said it.
    static func hello(_ body: [UInt8], answering request: Hello) throws(DecodeError) -> Hello {
        try value(HelloBody.self, body, "hello").hello(orAs: HelloBody(request))
    }

    static func compareRequest(_ body: [UInt8]) throws(DecodeError) -> CompareRequest {
        try value(CompareRequestBody.self, body, "compare").request()
    }

    static func compareReply(_ body: [UInt8]) throws(DecodeError) -> CompareReply {
        try value(CompareReplyBody.self, body, "compare reply").reply()
    }

    static func pushReply(_ body: [UInt8]) throws(DecodeError) -> PushReply {
        try value(PushReplyBody.self, body, "push reply").reply()
    }

    /// Nil if the body is not an error body: a proxy answered, or something that is no node.
    static func error(_ body: [UInt8]) -> (code: String, detail: String)? {
        guard let error = try? value(ErrorBody.self, body, "error").error else { return nil }
        return (error.code, error.detail ?? "")
    }

    private static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let encoded = try? encoder.encode(value) else {
            preconditionFailure("strings and integers always encode")
        }
        return Array(encoded)
    }

    private static func value<Value: Decodable>(
        _ type: Value.Type, _ body: [UInt8], _ name: String
    ) throws(DecodeError) -> Value {
        try JSONScreen.check(body, name)
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch DecodingError.keyNotFound(let key, _) {
            throw .malformed("\(name): no \(key.stringValue)", at: 0)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw .malformed("\(name): type of \(context.codingPath.map(\.stringValue).joined(separator: "."))", at: 0)
        } catch {
            throw .malformed("\(name): not JSON", at: 0)
        }
    }
}

private struct HelloBody: Codable {
    struct Root: Codable {
        let version: UInt64
        let hash: String
    }

    let protocols: [Int]?
    let federation: String?
    let market: String?
    let incarnation: String?
    let root: Root?
    let catalog: String?
    let frontierHash: String?
    let digest: String?
    let software: String?
    var brief: Bool?

    enum CodingKeys: String, CodingKey {
        case protocols = "protocol"
        case federation
        case market
        case incarnation
        case root
        case catalog
        case frontierHash = "frontier_hash"
        case digest
        case software
        case brief
    }

    init(_ hello: Hello) { self.init(hello, without: nil) }

    /// Who answers is always said: a caller must not take its own name for it.
    init(_ hello: Hello, without known: Hello?) {
        func said<Value: Equatable>(_ field: KeyPath<Hello, Value>) -> Value? {
            hello[keyPath: field] == known?[keyPath: field] ? nil : hello[keyPath: field]
        }
        market = hello.market.name
        incarnation = hello.incarnation.hex
        protocols = said(\.protocols)
        federation = said(\.federation)
        root = known.map(hello.hasSameRoot) == true ? nil : Root(version: hello.rootVersion, hash: hello.rootHash.hex)
        catalog = said(\.catalogHash)?.hex
        frontierHash = said(\.frontierHash)?.hex
        digest = said(\.stateDigest)?.hex
        software = said(\.software)
    }

    /// - Parameter standing: what stands for a field that is left out.
    func hello(orAs standing: HelloBody? = nil) throws(DecodeError) -> Hello {
        func given<Value>(_ value: Value?, or other: Value?, _ name: String) throws(DecodeError) -> Value {
            guard let value = value ?? other else { throw .malformed("hello: no \(name)", at: 0) }
            return value
        }
        let protocols = try given(protocols, or: standing?.protocols, "protocol")
        let federation = try given(federation, or: standing?.federation, "federation")
        let root = try given(root, or: standing?.root, "root")
        let software = try given(software, or: standing?.software, "software")
        guard protocols.count <= ExchangeJSON.protocolsMax else { throw .overLimit("hello: protocol", at: 0) }
        guard federation.utf8.count <= ExchangeJSON.federationBytesMax else {
            throw .overLimit("hello: federation", at: 0)
        }
        guard software.utf8.count <= ExchangeJSON.softwareBytesMax else { throw .overLimit("hello: software", at: 0) }
        guard root.version <= Limits.counterMax else { throw .overLimit("hello: root version", at: 0) }
        guard let market = Market(try given(market, or: nil, "market")) else {
            throw .malformed("hello: market", at: 0)
        }
        guard let incarnation = ID16(lowerHex: try given(incarnation, or: nil, "incarnation")) else {
            throw .malformed("hello: incarnation", at: 0)
        }
        return Hello(
            protocols: protocols, federation: federation, market: market, incarnation: incarnation,
            rootVersion: root.version, rootHash: try digestField(root.hash, "hello: root hash"),
            catalogHash: try digestField(given(catalog, or: standing?.catalog, "catalog"), "hello: catalog"),
            frontierHash: try digestField(
                given(frontierHash, or: standing?.frontierHash, "frontier_hash"), "hello: frontier_hash"),
            stateDigest: try digestField(given(digest, or: standing?.digest, "digest"), "hello: digest"),
            software: software)
    }
}

private struct CompareRequestBody: Codable {
    let prefix: String
    let frontierHash: String

    enum CodingKeys: String, CodingKey {
        case prefix
        case frontierHash = "frontier_hash"
    }

    init(_ request: CompareRequest) {
        prefix = request.prefix.hex
        frontierHash = request.frontierHash.hex
    }

    func request() throws(DecodeError) -> CompareRequest {
        guard prefix.utf8.count <= 4 else { throw .overLimit("compare: prefix", at: 0) }
        guard let bytes = [UInt8](hex: prefix) else { throw .malformed("compare: prefix", at: 0) }
        return CompareRequest(
            prefix: bytes, frontierHash: try digestField(frontierHash, "compare: frontier_hash"))
    }
}

private struct CompareReplyBody: Codable {
    let digest: String
    let children: [String]

    init(_ reply: CompareReply) {
        digest = reply.digest.hex
        children = reply.children.map(\.hex)
    }

    func reply() throws(DecodeError) -> CompareReply {
        guard children.count <= 256 else { throw .overLimit("compare reply: children", at: 0) }
        var digests: [Digest] = []
        for child in children { digests.append(try digestField(child, "compare reply: children")) }
        return CompareReply(digest: try digestField(digest, "compare reply: digest"), children: digests)
    }
}

private struct PushReplyBody: Codable {
    struct Refused: Codable {
        let origin: String
        let seq: UInt64
        let id: String?
        let `class`: String
        let code: String
    }

    let frontierHash: String
    let applied: Int
    let refused: [Refused]

    enum CodingKeys: String, CodingKey {
        case frontierHash = "frontier_hash"
        case applied
        case refused
    }

    init(_ reply: PushReply) {
        frontierHash = reply.frontierHash.hex
        applied = reply.applied
        refused = reply.refused.map { refusal in
            Refused(
                origin: refusal.origin.description, seq: refusal.sequence, id: refusal.id?.hex,
                class: refusal.refusalClass.rawValue, code: refusal.code)
        }
    }

    func reply() throws(DecodeError) -> PushReply {
        guard (0...Limits.batchEntries).contains(applied), refused.count <= Limits.batchEntries else {
            throw .overLimit("push reply", at: 0)
        }
        var refusals: [EntryRefusal] = []
        for refusal in refused { refusals.append(try entryRefusal(refusal)) }
        return PushReply(
            frontierHash: try digestField(frontierHash, "push reply: frontier_hash"), applied: applied,
            refused: refusals)
    }

    private func entryRefusal(_ refusal: Refused) throws(DecodeError) -> EntryRefusal {
        guard let origin = Origin(refusal.origin) else { throw .malformed("push reply: origin", at: 0) }
        guard let refusalClass = EntryRefusal.Class(rawValue: refusal.class) else {
            throw .malformed("push reply: class", at: 0)
        }
        guard refusal.seq <= Limits.counterMax else { throw .overLimit("push reply: seq", at: 0) }
        guard refusal.code.isSlug else { throw .malformed("push reply: code", at: 0) }
        var id: Digest?
        if let text = refusal.id { id = try digestField(text, "push reply: id") }
        return EntryRefusal(origin: origin, sequence: refusal.seq, id: id, class: refusalClass, code: refusal.code)
    }
}

private struct ErrorBody: Codable {
    struct Content: Codable {
        let code: String
        let detail: String?
    }

    let error: Content
}

private func digestField(_ text: String, _ name: String) throws(DecodeError) -> Digest {
    guard let digest = Digest(lowerHex: text) else { throw .malformed(name, at: 0) }
    return digest
}

extension String {
    /// Whether this is a code that may be shown and compared: lower-case letters, digits and underscores.
    var isSlug: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    fileprivate var isLowerHex: Bool {
        utf8.allSatisfy { (97...102).contains($0) || (48...57).contains($0) }
    }
}

extension Digest {
    fileprivate init?(lowerHex: String) {
        guard lowerHex.isLowerHex else { return nil }
        self.init(hex: lowerHex)
    }
}

extension ID16 {
    fileprivate init?(lowerHex: String) {
        guard lowerHex.isLowerHex else { return nil }
        self.init(hex: lowerHex)
    }
}
