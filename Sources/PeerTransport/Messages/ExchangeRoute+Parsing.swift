// Reading a request line: what it asks for, or exactly why it asks for nothing.

import SyncCore

extension ExchangeRoute {
    enum Parsed: Equatable {
        case route(ExchangeRoute)
        case unknownPath
        /// With the methods that this path takes, for `Allow`.
        case methodNotAllowed(allowed: String)
        case malformed(String)
    }

    static func parse(method: String, target: String) -> Parsed {
        // Swift takes the square of the length to search or compare some texts that are not ASCII.
        guard target.utf8.allSatisfy({ $0 < 0x80 }) else { return .unknownPath }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.hasPrefix(prefix) else { return .unknownPath }
        let query = Query(parts.count == 2 ? parts[1] : "")
        let segments = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        switch (segments.first ?? "", segments.count) {
        case ("hello", 1): return only("POST", method, .route(.hello))
        case ("heads", 1): return only("POST", method, .route(.heads))
        case ("pull", 1): return only("POST", method, parsePull(query))
        case ("push", 1): return only("POST", method, .route(.push))
        case ("receipts", 1): return only("POST", method, .route(.receipts))
        case ("compare", 1): return only("POST", method, .route(.compare))
        case ("descriptors", 1) where method == "POST": return .route(.offerDescriptors)
        case ("descriptors", 1): return only("GET", method, .route(.descriptors), allowed: "GET, POST")
        case ("root", 2): return only("GET", method, parseRoot(segments[1]))
        case ("entry", 3): return only("GET", method, parseEntry(segments[1], segments[2], query))
        default: return .unknownPath
        }
    }

    private static func only(
        _ expected: String, _ method: String, _ parsed: Parsed, allowed: String? = nil
    ) -> Parsed {
        method == expected ? parsed : .methodNotAllowed(allowed: allowed ?? expected)
    }

    private static func parsePull(_ query: Query) -> Parsed {
        guard let text = query["wait"] else { return .route(.pull(waitSeconds: 0)) }
        guard let seconds = decimal(text), seconds <= UInt64(Limits.longPollSecondsMax) else {
            return .malformed("wait is not a number from 0 to \(Limits.longPollSecondsMax)")
        }
        return .route(.pull(waitSeconds: Int(seconds)))
    }

    private static func parseRoot(_ text: Substring) -> Parsed {
        guard let version = decimal(text), version <= Limits.counterMax else { return .malformed("root version") }
        return .route(.root(version))
    }

    private static func parseEntry(_ origin: Substring, _ sequence: Substring, _ query: Query) -> Parsed {
        guard let origin = Origin(String(origin)) else { return .malformed("origin") }
        guard let sequence = decimal(sequence), (1...Limits.counterMax).contains(sequence) else {
            return .malformed("sequence")
        }
        let dot = Dot(origin: origin, sequence: sequence)
        guard let text = query["id"] else { return .route(.entry(dot, id: nil)) }
        guard let id = idPrefix(text) else { return .malformed("id is not 32 or 64 hexadecimal digits") }
        return .route(.entry(dot, id: id))
    }

    /// A whole entry id, or the half of it that rows carry.
    private static func idPrefix(_ text: Substring) -> ID16? {
        Digest(hex: String(text))?.prefix ?? ID16(hex: String(text))
    }

    /// Digits only: `UInt64.init` would also take a sign.
    private static func decimal(_ text: Substring) -> UInt64? {
        guard (1...16).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt64(text)
    }
}

/// `name=value&…`. Nothing that the protocol puts there needs percent-decoding.
private struct Query {
    private let pairs: [(name: Substring, value: Substring)]

    init(_ text: Substring) {
        pairs = text.split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (halves[0], halves.count == 2 ? halves[1] : "")
        }
    }

    subscript(name: String) -> Substring? {
        pairs.first { $0.name == name }?.value
    }
}
