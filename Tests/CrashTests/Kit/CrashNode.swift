// One market's node, as far as the store goes: a replica that stays open, and a foreign program beside it.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore

@testable import PeerTrust
@testable import ReplicaStore

/// The same on every run, byte for byte: the clock stands, and keys and incarnations follow from the market.
final class CrashNode {
    static let markets = ["shanghai", "jiangsu", "zhejiang"]
    static let federation = "yrd"

    let market: Market
    let folder: String
    let signer: EntrySigner
    private let key: SigningKey
    private var openReplica: SQLiteReplica?
    private var openClient: ForeignClient?

    static let environment = ReplicaEnvironment(
        hashing: OpenSSLHashing.hashing, wallMilliseconds: { 1_750_000_000_000 },
        enrolledKeyID: KeyProof.enrolledKeyID, restCipher: { _ in .legible })

    init(_ name: String, in folder: String) throws {
        guard let market = Market(name), let index = Self.markets.firstIndex(of: name) else {
            preconditionFailure("\(name) takes no part in the crash tests")
        }
        self.market = market
        self.folder = folder
        let key = Self.keys[index]
        self.key = key
        signer = EntrySigner(
            federation: federationID(Self.federation), suite: key.suite, keyIDs: SigningKeyIDs(header: key.keyID),
            trustRootVersion: 0,
            sign: { [try key.sign(.changeSet, $0.encoded())] })
    }

    var path: String { folder + "/replica.sqlite" }

    var incarnation: ID16 { ID16(Array(repeating: UInt8(Self.markets.firstIndex(of: market.name)! + 1), count: 16))! }

    /// The replica, opened when it is first asked for.
    var replica: SQLiteReplica {
        get throws {
            if let openReplica { return openReplica }
            let replica = try SQLiteReplica(path: path, environment: Self.environment)
            openReplica = replica
            return replica
        }
    }

    var client: ForeignClient {
        get throws {
            if let openClient { return openClient }
            let client = try ForeignClient(path)
            openClient = client
            return client
        }
    }

    func create(_ catalog: Catalog = CrashCatalog.version1) throws {
        openReplica = try SQLiteReplica.create(
            path: path,
            identity: ReplicaIdentity(federation: Self.federation, market: market, incarnation: incarnation),
            catalog: catalog, environment: Self.environment)
    }

    func open() throws { _ = (try replica, try client) }

    /// In good order, as a process that ends.
    func close() throws {
        try openReplica?.close()
        forget()
    }

    /// As a process that dies: nobody asks how closing went.
    func forget() {
        openReplica = nil
        openClient = nil
    }

    func seal() throws { _ = try replica.seal(signer) }

    func apply(_ batch: [VerifiedEntry]) throws -> ApplyReport {
        try replica.apply(batch, from: Market("jiangsu"), signer)
    }

    /// A rolling audit of the capture in pieces of two records: as many pieces as asked for, or all.
    func audit(pieces: Int = .max) throws {
        var place: RecordID?
        for _ in 0..<pieces {
            place = try replica.auditCapture(after: place, count: 2, signer)
            if place == nil { return }
        }
    }

    /// What `verify --deep` finds.
    func findings() throws -> [Finding] {
        try replica.verify(isDeep: true, fault: { Self.fault(of: $0) }, progress: { _ in })
    }

    func repair() throws {
        _ = try replica.repair(fault: { Self.fault(of: $0) }, progress: { _ in })
    }

    /// An authentic entry of this market that its own store would perhaps not have made.
    func forge(
        _ incarnation: UInt8, sequence: UInt64 = 1, previous: Digest = .zero, seeing frontier: Frontier,
        changes: [Change] = [], rawChanges: [[UInt8]] = [], groupContinues: Bool = false
    ) throws -> VerifiedEntry {
        let hashing = OpenSSLHashing.hashing
        let context = Context(catalogHash: CrashCatalog.version1.hash, frontier: frontier)
        let ops = EncodedOps(notes: [], changes: changes.map { $0.encoded() } + rawChanges, suite: key.suite, hashing)
        let header = EnvelopeHeader(
            suite: key.suite, groupContinues: groupContinues, federation: signer.federation,
            origin: Origin(market: market, incarnation: ID16(Array(repeating: incarnation, count: 16))!),
            sequence: sequence, trustRootVersion: 0, timeMilliseconds: 1_750_000_000_000 + Int64(sequence),
            opCount: UInt32(ops.count), payloadBytes: UInt64(ops.payloadBytes), previous: previous, opsRoot: ops.root,
            contextHash: hashing.digest(key.suite, context.encoded()), keyID: key.keyID)
        let entry = Entry(
            header: header, signatures: try signer.sign(header), context: context.encoded(), ops: ops.framed)
        return Self.verified(entry)
    }

    static func verified(_ entry: Entry) -> VerifiedEntry {
        VerifiedEntry(
            afterVerifying: entry, id: entry.header.entryID(OpenSSLHashing.hashing),
            market: entry.header.origin.market!)
    }

    // MARK: Keys

    /// PKCS#8 of an Ed25519 key: a fixed prefix and the 32 bytes of the private key (RFC 8410). Its signatures are
    /// deterministic.
    private static let keys: [SigningKey] = markets.indices.map { index in
        let prefix: [UInt8] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let base64 = Data(prefix + Array(repeating: UInt8(index + 1), count: 32)).base64EncodedString()
        let pem = "-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n"
        guard let key = try? SigningKey(pem: Array(pem.utf8)) else { preconditionFailure("no signing key") }
        return key
    }

    private static let verificationKeys: [VerificationKey] = keys.map { key in
        guard let key = try? key.verificationKey else { preconditionFailure("no verification key") }
        return key
    }

    /// Nil for an authentic entry.
    private static func fault(of entry: Entry) -> String? {
        guard let index = markets.firstIndex(where: { $0 == entry.header.origin.market?.name }) else {
            return "unknown"
        }
        let key = verificationKeys[index]
        guard entry.signatures.contains(where: { key.verifies(.changeSet, entry.header.encoded(), $0) }) else {
            return "wrong_signature"
        }
        return entry.bindingFault(OpenSSLHashing.hashing)?.rawValue
    }
}
