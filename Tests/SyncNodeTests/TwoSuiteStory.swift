// Three markets, one of which signs with both suites.

import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

protocol TwoSuiteStory {
    var federation: DeskFederation { get }
}

extension TwoSuiteStory {
    static func stage() throws -> DeskFederation {
        let federation = try DeskFederation("shanghai", "jiangsu", "anhui", signing: ["anhui": .both])
        try federation.makeAgency()
        return federation
    }

    var shanghai: LocalNode { federation["shanghai"] }
    var jiangsu: LocalNode { federation["jiangsu"] }
    /// Signs with both.
    var anhui: LocalNode { federation["anhui"] }

    /// An incarnation that was never begun.
    var strange: ID16 { ID16(Array(repeating: 9, count: 16))! }

    func write(_ site: String, at node: LocalNode) throws {
        try federation.sql(node.market.name, "UPDATE agency SET website = 'https://new-\(site).example'")
    }

    func expectLevel(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try federation.exchangeAll()
        try DeskFederation.expectLevel(federation.nodes, sourceLocation: sourceLocation)
        try federation.expectReceipts(sourceLocation: sourceLocation)
    }

    /// Anhui's entries in one of its incarnations, by default in the present one, as Jiangsu holds them.
    func entries(of origin: Origin? = nil) throws -> [Entry] {
        let origin = try origin ?? anhui.replica.ownOrigin()
        return try federation.entries(of: anhui, at: jiangsu).filter { $0.header.origin == origin }
    }

    func signers(of entry: Entry?) -> Set<Digest> { Set(entry?.signatures.map(\.keyID) ?? []) }

    func adopt(_ proposal: TrustRoot, signedBy one: LocalNode, _ other: LocalNode, _ keys: RootKeys) throws {
        let root = try keys.sign(proposal, by: one, other)
        for node in federation.nodes {
            _ = try node.followingRoot { try node.trustKeeper.adopt(root.raw, fingerprint: nil) }
        }
    }
}
