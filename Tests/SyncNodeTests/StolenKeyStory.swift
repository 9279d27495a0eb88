// Three markets under a trust root, and a machine that has all the keys of one of them.

import ForeignPrograms
import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

struct StolenKeyStage {
    let federation: DeskFederation
    let keys: RootKeys
    /// All that Shanghai's machine has, on another one.
    let thief: LocalNode
    /// Shanghai's, in which both seal.
    let origin: Origin

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        keys = try RootKeys(federation)
        try keys.adoptFirst()
        try federation.makeAgency()
        origin = try federation["shanghai"].replica.ownOrigin()
        thief = try federation.clone(of: "shanghai")
    }
}

protocol StolenKeyStory {
    var stage: StolenKeyStage { get }
}

extension StolenKeyStory {
    var federation: DeskFederation { stage.federation }
    var keys: RootKeys { stage.keys }
    var thief: LocalNode { stage.thief }
    var origin: Origin { stage.origin }
    var shanghai: LocalNode { federation["shanghai"] }
    var jiangsu: LocalNode { federation["jiangsu"] }
    var zhejiang: LocalNode { federation["zhejiang"] }

    var agency: RecordID { RecordID(type: "agency", key: "31-TTA-000001") }

    /// In an incarnation of Shanghai's that Shanghai has never begun.
    var strange: Origin { Origin(market: shanghai.market, incarnation: ID16(Array(repeating: 9, count: 16))!) }

    func website(at node: LocalNode) throws -> String? {
        guard case .text(let text)? = try node.replica.record(agency)?.values["website"] else { return nil }
        return text.string
    }

    func write(_ website: String, at node: LocalNode) throws {
        let result = try Command.run([
            "sqlite3", "-bail", node.directory.replica, "UPDATE agency SET website = 'https://\(website).example'",
        ])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What the thief seals goes to some nodes, and no word of theirs comes back to it.
    func steal(_ website: String, for nodes: LocalNode...) throws {
        try write(website, at: thief)
        try thief.seal()
        var cursor = try thief.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        let batch = try thief.replica.nextBatch(&cursor)
        for node in nodes { _ = try node.apply(batch, from: zhejiang.market) }
    }

    /// What Shanghai's descriptor would say next, altered, as whoever holds these keys can sign it.
    func usurp(
        with keys: [SigningKey], tls: [TLSKey], _ alter: (inout DescriptorFields) throws -> Void = { _ in }
    ) throws -> Descriptor {
        var fields = try shanghai.ownDescriptor().fields
        fields.serial += 1
        fields.tls = try tls.map { try TLSPublicKey(spki: $0.spki) }
        try alter(&fields)
        return try DescriptorDraft(fields: fields).signed(by: keys, tls: tls)
    }

    /// All that the thief's copy of the machine connects with.
    func stolenTLS() throws -> [TLSKey] { try thief.ownDescriptor().tlsPins.map { try thief.keyRing.tlsKey($0) } }

    /// A key for the strange incarnation.
    func enrolled(_ key: SigningKey) throws -> SpannedKey {
        SpannedKey(
            key: try key.verificationKey, spans: [KeySpan(incarnation: strange.incarnation, fromSequence: 1)])
    }

    /// A change of the website that a key signs, whether or not it may.
    func forge(
        _ website: String, in origin: Origin, sequence: UInt64 = 1, previous: Digest = .zero, having seen: Frontier,
        with key: SigningKey
    ) throws -> Entry {
        let catalog = shanghai.replica.catalog
        let unit = try #require(catalog.recordType(named: "agency")?.unit(named: "website")).number
        let values = UnitValues(unit: unit, values: [.text(Text("https://\(website).example"))])
        return try LocalNode.signer(SigningKeys(header: key, second: nil), shanghai.federation, thief.keyRing).forge(
            origin, sequence: sequence, previous: previous, trustRoot: 1,
            context: Context(catalogHash: catalog.hash, frontier: seen),
            changes: [Change(kind: .update, record: agency, units: [values])])
    }

    /// Shanghai revokes the key in use, a majority signs, and everyone adopts it.
    @discardableResult
    func revokeEverywhere() throws -> SigningRevocation {
        let revocation = try shanghai.revokeSigningKey(nil)
        let root = try keys.sign(revocation.proposal, by: shanghai, zhejiang)
        try adopt(root, at: shanghai, jiangsu, zhejiang)
        return revocation
    }

    func adopt(_ root: TrustRoot, at nodes: LocalNode...) throws {
        for node in nodes {
            _ = try node.followingRoot { try node.trustKeeper.adopt(root.raw, fingerprint: nil) }
        }
    }

    func exchangeAll() throws { try federation.exchangeAll() }

    func expectLevel(_ nodes: LocalNode..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let nodes = nodes.isEmpty ? federation.nodes : nodes
        try DeskFederation.expectLevel(nodes, sourceLocation: sourceLocation)
        for node in nodes {
            #expect(
                try node.hello().hasSameRoot(as: nodes[0].hello()), "\(node.market)", sourceLocation: sourceLocation)
        }
    }

    func void(at node: LocalNode) throws -> Int {
        try node.replica.quarantine().count { $0.code == "closed" }
    }
}
