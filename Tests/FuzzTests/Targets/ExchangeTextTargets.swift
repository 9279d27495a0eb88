// What a peer says in words: JSON bodies, request lines, names and addresses.

import SyncSimulation

@testable import PeerTransport
@testable import PeerTrust
@testable import SyncCore
@testable import SyncNode

extension FuzzTarget {
    /// `u8 which ‖ body`.
    static let json = FuzzTarget(
        "json", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 128),
        words: [
            "protocol", "federation", "market", "incarnation", "root", "version", "hash", "catalog", "frontier_hash",
            "digest", "software", "prefix", "children", "applied", "refused", "origin", "seq", "id", "class", "code",
            "error", "detail", "shanghai", "null", "true", "1e2", "\\u0000", "\\ud83d", "{\"", "\":", ",\"", "[", "]",
            "}",
        ],
        samples: { wireSamples(5 * 3) { chance in jsonSample(&chance) } },
        attack: { input in
            guard let which = input.first else { return }
            let body = Array(input.dropFirst())
            switch which % 5 {
            case 0: try holdStable(body, ExchangeJSON.hello, ExchangeJSON.encode)
            case 1: try holdStable(body, ExchangeJSON.compareRequest, ExchangeJSON.encode)
            case 2: try holdStable(body, ExchangeJSON.compareReply, ExchangeJSON.encode)
            case 3: try holdStable(body, ExchangeJSON.pushReply, ExchangeJSON.encode)
            default:
                _ = PeerError.status(409, body: body, retryAfterSeconds: nil)
                guard let error = ExchangeJSON.error(body) else { return }
                let again = ExchangeJSON.error(ExchangeJSON.encode(errorCode: error.code, detail: error.detail))
                try hold(again?.code == error.code && again?.detail == error.detail, "an error body changes")
            }
        })

    /// A request: method, target and content type, one a line.
    static let route = FuzzTarget(
        "route", inputBytesMax: 512, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 128),
        words: [
            "GET\n", "POST\n", "/v1/", "hello", "heads", "pull?wait=", "push", "receipts", "compare", "descriptors",
            "root/", "entry/", "?id=", "&", "application/json", ";", "shanghai.",
        ],
        samples: {
            var chance = SeededGenerator(seed: 0)
            let dot = Dot(origin: chance.origin(), sequence: chance.sequence())
            let routes: [ExchangeRoute] = [
                .hello, .heads, .pull(waitSeconds: 0), .pull(waitSeconds: 25), .push, .receipts, .compare,
                .offerDescriptors, .descriptors, .root(7), .entry(dot, id: nil), .entry(dot, id: chance.id()),
            ]
            return routes.map { route in
                let type = route.requestType?.rawValue ?? ""
                return Array("\(route.isPost ? "POST" : "GET")\n\(route.target)\n\(type); charset=utf-8".utf8)
            }
        },
        attack: { bytes in
            let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            let texts = lines.map { String(decoding: $0, as: UTF8.self) }
            // An HTTP parser lets nothing through as a method that is not a short word.
            guard texts.count >= 2, texts[0].utf8.count <= 16 else { return }
            if texts.count == 3 {
                for type in [MediaType.json, .exchange, .yaml] { _ = type.matches(texts[2]) }
            }
            let parsed = ExchangeRoute.parse(method: texts[0], target: texts[1])
            guard case .route(let route) = parsed else { return }
            let again = ExchangeRoute.parse(method: route.isPost ? "POST" : "GET", target: route.target)
            try hold(again == parsed, "\(texts[1]) is \(parsed), and its own path is \(again)")
        })

    /// Names, ids and addresses, each of which is also what it prints.
    static let name = FuzzTarget(
        "name", inputBytesMax: 320, memory: MemoryLimit(fixedBytes: 64 << 10, bytesPerInputByte: 64),
        words: ["https://", "[::1]", ":443", "shanghai.", "0.0.0.0"],
        samples: {
            var chance = SeededGenerator(seed: 0)
            let texts = [
                "shanghai", chance.origin().description, chance.digest().hex, chance.id().hex, "yrd", "127.0.0.1:7441",
                "[::1]:0", "https://shanghai.example:8443", "https://[2001:db8::1]", "https://a.example",
            ]
            return texts.map { Array($0.utf8) }
        },
        attack: { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            try holdName(text, Market(text)?.name)
            try holdName(text.lowercased(), Origin(text)?.description)
            try holdName(text.lowercased(), Digest(hex: text)?.hex)
            try holdName(text.lowercased(), ID16(hex: text)?.hex)
            try holdName(text, FederationName(text)?.text)
            try holdName(text, Endpoint(text)?.url)
            if let endpoint = Endpoint(text) {
                try hold(endpoint.port > 0 && !endpoint.host.isEmpty, "\(text) has no host or no port")
            }
            if let address = ListenAddress(text) {
                try hold((0...65_535).contains(address.port) && !address.host.isEmpty, "\(text) is no address")
                try holdName(text, ListenAddress.text(host: address.host, port: address.port))
                let again = Endpoint(address.url)
                try hold(again.map { Int($0.port) == address.port } ?? true, "\(address.url) has another port")
            }
        })

    private static func jsonSample(_ chance: inout SeededGenerator) -> [UInt8] {
        let which = UInt8(chance.pick(5))
        return [which]
            + {
                switch which {
                case 0:
                    ExchangeJSON.encode(
                        Hello(
                            federation: "yrd", market: Market("shanghai")!, incarnation: chance.id(),
                            rootVersion: 0, rootHash: chance.digest(), catalogHash: chance.digest(),
                            frontierHash: chance.digest(), stateDigest: chance.digest(), software: "yrdsync 1"))
                case 1:
                    ExchangeJSON.encode(
                        CompareRequest(prefix: chance.bytes(chance.pick(3)), frontierHash: chance.digest()))
                case 2:
                    ExchangeJSON.encode(
                        CompareReply(
                            digest: chance.digest(), children: (0..<chance.pick(4)).map { _ in chance.digest() }))
                case 3: ExchangeJSON.encode(pushReply(&chance))
                default: ExchangeJSON.encode(errorCode: "busy", detail: "技 \"\\ \u{1}")
                }
            }()
    }

    private static func pushReply(_ chance: inout SeededGenerator) -> PushReply {
        let classes: [EntryRefusal.Class] = [.notAuthentic, .faulty, .forbidden, .waiting, .fork, .void]
        return PushReply(
            frontierHash: chance.digest(), applied: chance.pick(9),
            refused: (0..<chance.pick(3)).map { index in
                EntryRefusal(
                    origin: chance.origin(), sequence: chance.sequence(), id: index == 0 ? nil : chance.digest(),
                    class: chance.pick(from: classes), code: "keep_not_seen")
            })
    }

    /// What was read, written and read again is what was read at first.
    private static func holdStable<Message: Equatable>(
        _ body: [UInt8], _ decode: ([UInt8]) throws(DecodeError) -> Message, _ encode: (Message) -> [UInt8]
    ) throws {
        guard let message = try? decode(body) else { return }
        let again = try decode(encode(message))
        try hold(again == message, "\(message) is read again as \(again)")
    }

    private static func holdName(_ text: String, _ printed: String?) throws {
        guard let printed else { return }
        try hold(printed.utf8.elementsEqual(text.utf8), "\(text) is taken and printed as \(printed)")
    }
}
