// The requests of the exchange, once: both sides read paths, types and limits from here (PROTOCOL.md section 6).

import SyncCore

enum MediaType: String {
    case json = "application/json"
    case exchange = "application/vnd.yrd-techmarket.exchange.v1"
    case yaml = "application/yaml"

    /// Whether a `Content-Type` value names this type; parameters such as `charset` are ignored.
    func matches(_ header: String?) -> Bool {
        guard let header, header.utf8.allSatisfy({ $0 < 0x80 }),
            let type = header.split(separator: ";", omittingEmptySubsequences: false).first
        else { return false }
        return type.trimmingSpaces.lowercased() == rawValue
    }
}

/// One request of the exchange, with what its path says.
enum ExchangeRoute: Hashable {
    case hello
    case heads
    case pull(waitSeconds: Int)
    case push
    case receipts
    case compare
    case offerDescriptors
    case descriptors
    case root(UInt64)
    case entry(Dot, id: ID16?)

    static let prefix = "/v1/"

    var isPost: Bool { requestType != nil }

    /// Nil for a GET.
    var requestType: MediaType? {
        switch self {
        case .hello, .compare: .json
        case .heads, .pull, .push, .receipts: .exchange
        case .offerDescriptors: .yaml
        case .descriptors, .root, .entry: nil
        }
    }

    var responseType: MediaType {
        switch self {
        case .hello, .compare, .push: .json
        case .heads, .pull, .receipts, .entry: .exchange
        case .offerDescriptors, .descriptors, .root: .yaml
        }
    }

    var requestBytesMax: Int {
        switch self {
        case .hello: Limits.helloBytes
        case .heads: Limits.headsBytes
        case .pull: Limits.pullRequestBytes
        case .push: 4 + ExchangeFrame.lengthMax
        case .receipts: Limits.receiptsBytes
        case .compare: Limits.compareBytes
        case .offerDescriptors: Limits.descriptorsBytes
        case .descriptors, .root, .entry: 0
        }
    }

    /// What a client takes. A pull ends itself near 64 MiB; the last batch may be one large group. A push reply may
    /// list every entry of a batch.
    var responseBytesMax: Int {
        switch self {
        case .hello: Limits.helloBytes
        case .heads: Limits.headsBytes
        case .pull: Limits.pullResponseBytes + ExchangeFrame.lengthMax + Limits.contextBytes
        case .push: Limits.batchEntries * 256
        case .receipts: Limits.receiptsBytes
        case .compare: Limits.compareBytes
        case .offerDescriptors, .descriptors, .root: Limits.descriptorsBytes
        case .entry: Limits.entryBytes
        }
    }

    /// Path and query, as a client writes them.
    var target: String {
        switch self {
        case .hello: "/v1/hello"
        case .heads: "/v1/heads"
        case .pull(let waitSeconds): waitSeconds == 0 ? "/v1/pull" : "/v1/pull?wait=\(waitSeconds)"
        case .push: "/v1/push"
        case .receipts: "/v1/receipts"
        case .compare: "/v1/compare"
        case .offerDescriptors, .descriptors: "/v1/descriptors"
        case .root(let version): "/v1/root/\(version)"
        case .entry(let dot, let id):
            "/v1/entry/\(dot.origin)/\(dot.sequence)" + (id.map { "?id=\($0.hex)" } ?? "")
        }
    }

    /// The name in logs: no keys, no numbers.
    var name: String {
        switch self {
        case .hello: "hello"
        case .heads: "heads"
        case .pull: "pull"
        case .push: "push"
        case .receipts: "receipts"
        case .compare: "compare"
        case .offerDescriptors, .descriptors: "descriptors"
        case .root: "root"
        case .entry: "entry"
        }
    }
}

extension Substring {
    var trimmingSpaces: Substring {
        var rest = self
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}
