// What `keys revoke` is told of the entries that still count.

import ReplicaStore
import SyncCore

/// What a person said of the last entries that count.
struct LastCountingEntries {
    private let dots: [Origin: [String]]
    private let nothing: [Origin]

    init(_ dots: [String], _ nothing: [Origin], _ node: LocalNode) throws {
        self.dots = try Dictionary(grouping: dots) { try LogDesk(node).entry($0).stored.dot.origin }
        self.nothing = nothing
    }

    func closure(of origin: Origin, _ desk: RootDesk) throws -> Closure? {
        if nothing.contains(origin) { return Closure(origin: origin, ends: []) }
        return try dots[origin].map { try desk.closure(of: origin, at: $0) }
    }

    func check(areOf origins: [Origin]) throws {
        guard let stranger = (dots.keys + nothing).first(where: { !origins.contains($0) }) else { return }
        throw NodeError(
            .usage, code: "other_origin", "所吊销的密钥不为 \(stranger) 签名",
            "the key that is revoked does not sign for \(stranger)")
    }
}
