// One node: a real replica in a real file, real keys, and what LocalNode keeps together, without its folder.

import ForeignSQL
import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

/// The process died. What was committed is there when it starts again.
struct ProcessDied: Error {
    let index: Int
}

/// What stands outside the replica: our own head, as of the last time that anyone could be told.
struct SimulatedFence: Hashable {
    var incarnation: ID16
    var sequence: UInt64
    var id: Digest
}

final class SimulatedNode {
    static let federation = FederationName("sim")!

    let index: Int
    let market: Market
    let path: String
    let clock: SimulatedClock
    let key: SigningKey
    /// 4,096 in the world; 2 or 3 in a simulation, so that transactions become groups.
    private let changesPerSet: Int
    private(set) var replica: SQLiteReplica
    private(set) var client: ForeignClient
    private var generator: SeededGenerator
    let restKeys: SimulatedRestKeys
    private let environment: ReplicaEnvironment
    /// Of a federation whose nodes encrypt personal columns, and think better of it, and take other keys.
    private var restChanges: SeededGenerator?
    private(set) var fence: SimulatedFence
    private(set) var descriptor: Descriptor
    /// Trusted descriptors of the others.
    private(set) var others: [Market: Descriptor] = [:]
    private(set) var membership: Membership
    private(set) var recoveries = 0
    private var auditPlace: RecordID?
    /// Whether the pair is looked at: no longer, once its market was set back, for then two of its incarnations may have written
    /// it, each without the other.
    var looksAtPair = true
    /// The next raising of the fence kills the process instead.
    var diesBeforeFence = false
    /// The old state of the file, and of the fence at that time.
    private var backup: (path: String, fence: SimulatedFence)?
    var hasBackup: Bool { backup != nil }

    init(
        index: Int, folder: String, clock: SimulatedClock, changesPerSet: Int, encrypts: Bool, _ seed: SeededGenerator
    ) throws {
        self.index = index
        self.changesPerSet = changesPerSet
        self.clock = clock
        generator = seed
        var atRest = seed.stream(1)
        let restKeys = SimulatedRestKeys(&atRest)
        self.restKeys = restKeys
        restChanges = encrypts ? atRest : nil
        environment = Self.environment(clock, changesPerSet, restKeys)
        market = Market(SimulatedCatalog.homes[index].market)!
        path = "\(folder)/\(market).sqlite"
        key = try SeededKeys.signingKey(&generator)
        let incarnation = ID16(generator.bytes(ID16.byteCount))!
        try SQLiteReplica.create(
            path: path,
            identity: ReplicaIdentity(
                federation: Self.federation.text, market: market, incarnation: incarnation),
            catalog: SimulatedCatalog.catalog, environment: environment
        ).close()
        replica = try Self.open(path, environment)
        client = try ForeignClient(path)
        fence = SimulatedFence(incarnation: incarnation, sequence: 0, id: .zero)
        descriptor = try Self.firstDescriptor(index: index, key, incarnation)
        membership = Membership(federation: Self.federation, trusted: [descriptor])
    }

    private static func environment(
        _ clock: SimulatedClock, _ changesPerSet: Int, _ restKeys: SimulatedRestKeys
    ) -> ReplicaEnvironment {
        var bounds = GroupMeter.Bounds()
        bounds.opsPerSet = changesPerSet
        return ReplicaEnvironment(
            hashing: OpenSSLHashing.hashing, wallMilliseconds: { clock.read() },
            enrolledKeyID: KeyProof.enrolledKeyID, sealBounds: bounds, restCipher: { try restKeys.cipher(of: $0) })
    }

    /// Nobody else runs meanwhile, so there is no use in waiting for a client.
    private static func open(_ path: String, _ environment: ReplicaEnvironment) throws -> SQLiteReplica {
        try SQLiteReplica(path: path, environment: environment, busySeconds: 0.001)
    }

    static func firstDescriptor(index: Int, _ key: SigningKey, _ incarnation: ID16) throws -> Descriptor {
        let tls = SeededKeys.tls[index]
        return try DescriptorDraft(
            fields: DescriptorFields(
                federation: federation, market: Market(SimulatedCatalog.homes[index].market)!, serial: 1,
                endpoint: nil, tls: [try TLSPublicKey(spki: tls.spki)],
                signing: [
                    SpannedKey(
                        key: try key.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)])
                ],
                require: [key.suite])
        ).signed(by: [key], tls: [tls])
    }

    var signer: EntrySigner {
        let key = key
        return EntrySigner(
            federation: Self.federation.id, suite: key.suite, keyIDs: SigningKeyIDs(header: key.keyID),
            trustRootVersion: 0,
            sign: { [try key.sign(.changeSet, $0.encoded())] })
    }

    // MARK: Trust

    func trust(_ first: [Descriptor]) {
        for one in first where one.market != market { others[one.market] = one }
        refreshMembership()
    }

    private func refreshMembership() {
        membership = Membership(
            federation: Self.federation, trusted: [descriptor] + others.values.sorted { $0.market < $1.market })
    }

    var documents: [Descriptor] { [descriptor] + others.values.sorted { $0.market < $1.market } }

    /// A properly signed successor takes effect; what was held for want of a key is asked for again.
    func learn(_ documents: [Descriptor]) throws {
        for new in documents {
            guard let standing = others[new.market], new.serial > standing.serial else { continue }
            let rest = others.values.filter { $0.market != new.market } + [descriptor]
            guard standing.succession(of: new, others: Array(rest)) == .successor else { continue }
            others[new.market] = new
            try replica.releaseHeld()
        }
        refreshMembership()
    }

    // MARK: Process and file

    func restart() throws {
        try replica.close()
        replica = try Self.open(path, environment)
    }

    /// `keys personal on` or `off`, or a key of its own for another disk. What the file is under now, for people; nil where
    /// the federation does not encrypt.
    func changeRestKey() throws -> String? {
        guard var chance = restChanges else { return nil }
        defer { restChanges = chance }
        let before = try replica.restKeyID()
        let cipher = restKeys.next(after: before, &chance)
        try replica.changeRestKey(to: cipher)
        _ = try replica.wipeFreePages()
        guard cipher != nil else { return "in the clear again" }
        return before == nil ? "encrypted" : "under another key"
    }

    func backUp() throws {
        let copy = path + ".backup"
        try? FileManager.default.removeItem(atPath: copy)
        try client.run("VACUUM INTO '\(copy)'")
        backup = (copy, fence)
    }

    /// Puts the old file back, fence and all if the whole machine was set back.
    func putBackupBack(withFence: Bool) throws {
        guard let backup else { return }
        try replica.close()
        client = try ForeignClient(":memory:")
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try FileManager.default.copyItem(atPath: backup.path, toPath: path)
        if withFence { fence = backup.fence }
        replica = try Self.open(path, environment)
        client = try ForeignClient(path)
    }

    /// As the `restore` command: a restored node is a new incarnation, whatever the fence says.
    func declareRestored() throws { try recover(because: "restored from a backup") }

    // MARK: As LocalNode

    func seal() throws {
        try replica.encryptClearValues()
        try recoverIfRolledBack()
        _ = try replica.seal(signer)
        try raiseFence()
    }

    /// One piece of the audit of capture; true at its end.
    func audit(count: Int) throws -> Bool {
        try recoverIfRolledBack()
        auditPlace = try replica.auditCapture(after: auditPlace, count: count, signer)
        try raiseFence()
        return auditPlace == nil
    }

    func upgrade() throws {
        try recoverIfRolledBack()
        try replica.upgrade(to: SimulatedCatalog.newer, signer)
        try raiseFence()
    }

    var isUpgraded: Bool { replica.catalog.hash == SimulatedCatalog.newer.hash }

    func raiseFence() throws {
        let head = try replica.ownHead()
        if diesBeforeFence {
            diesBeforeFence = false
            throw ProcessDied(index: index)
        }
        if fence.incarnation == head.origin.incarnation, fence.sequence >= head.sequence { return }
        fence = SimulatedFence(incarnation: head.origin.incarnation, sequence: head.sequence, id: head.id)
    }

    func recoverIfRolledBack() throws {
        let place = Dot(origin: Origin(market: market, incarnation: fence.incarnation), sequence: fence.sequence)
        let (own, standing) = try replica.ownIncarnation(withEntryAt: place, fence.id)
        let isSetBack = RollbackRule.isSetBack(
            behind: (fence.incarnation, fence.sequence, fence.id), own: own, standing: standing,
            incarnations: descriptor.signing[0].spans.map(\.incarnation))
        if isSetBack { try recover(because: "the replica stands behind its fence") }
    }

    /// Any of the three steps may be the last before the process dies.
    func recover(because detail: String) throws {
        recoveries += 1
        let incarnation = ID16(generator.bytes(ID16.byteCount))!
        try publish(incarnation)
        if generator.chance(percent: 10) { throw ProcessDied(index: index) }
        try replica.beginIncarnation(incarnation, because: detail)
        if generator.chance(percent: 10) { throw ProcessDied(index: index) }
        try raiseFence()
    }

    private func publish(_ incarnation: ID16) throws {
        var fields = descriptor.fields
        fields.serial += 1
        fields.signing = fields.signing.map { entry in
            SpannedKey(key: entry.key, spans: entry.spans + [KeySpan(incarnation: incarnation, fromSequence: 1)])
        }
        descriptor = try DescriptorDraft(fields: fields).signed(by: [key], tls: [SeededKeys.tls[index]])
        refreshMembership()
    }

    func provesRollback(_ heads: [EntryHead]) throws -> Bool {
        let own = try replica.ownHead()
        return try heads.contains { head in
            guard head.header.origin == own.origin,
                case .verified(let verified) = membership.verifyHeader(head.header, head.signatures)
            else { return false }
            return try replica.entry(at: head.header.dot, id: verified.id.prefix) == nil
        }
    }

    func apply(_ batch: Batch, from peer: Market?) throws -> ApplyReport {
        let portions = batch.portions(opsMax: changesPerSet)
        if portions.count > 1 { try recoverIfShownAhead(batch) }
        var report = ApplyReport()
        for portion in portions { report.add(try applyPortion(portion, from: peer)) }
        return report
    }

    private func recoverIfShownAhead(_ batch: Batch) throws {
        let own = try replica.ownHead()
        let ahead = batch.entries.filter { $0.header.origin == own.origin && $0.header.sequence > own.sequence }
        let heads = ahead.map { EntryHead(header: $0.header, signatures: $0.signatures) }
        if !heads.isEmpty, try provesRollback(heads) { try recover(because: "a peer holds our own entry") }
    }

    private func applyPortion(_ batch: Batch, from peer: Market?) throws -> ApplyReport {
        try recoverIfRolledBack()
        let version = try rootVersion()
        var verified: [VerifiedEntry] = []
        var refused: [EntryRefusal] = []
        for entry in batch.entries {
            switch membership.verify(entry) {
            case .verified(let fact) where fact.header.trustRootVersion > version:
                try hold(entry, .trustRoot(fact.header.trustRootVersion), &refused)
            case .verified(let fact): verified.append(fact)
            case .unknownMember(let market): try hold(entry, .member(market?.name ?? "?"), &refused)
            case .unknownKeySpan(let origin, let sequence):
                try hold(entry, .keySpan(Dot(origin: origin, sequence: sequence)), &refused)
            case .notAuthentic(let fault):
                refused.append(
                    EntryRefusal(
                        origin: entry.header.origin, sequence: entry.header.sequence, id: nil, class: .notAuthentic,
                        code: fault.code))
            }
        }
        try replica.addNotAuthentic(refused.filter { $0.refusalClass == .notAuthentic }, from: peer)
        var report: ApplyReport
        do {
            report = try replica.apply(verified, from: peer, signer)
        } catch is RolledBack {
            try recover(because: "a peer holds our own entry")
            report = try replica.apply(verified, from: peer, signer)
        }
        try raiseFence()
        try checkPair()
        report.refused = refused + report.refused
        return report
    }

    private func hold(_ entry: Entry, _ need: Need, _ refused: inout [EntryRefusal]) throws {
        let origin = entry.header.origin
        let isNew = !refused.contains { $0.origin == origin && $0.refusalClass == .waiting }
        refused.append(
            EntryRefusal(
                origin: origin, sequence: entry.header.sequence, id: nil, class: .waiting, code: need.code))
        if origin.market != nil, isNew { try replica.hold(entry.header.dot, need: need) }
    }

    func heldOrigins() throws -> [Origin] { try replica.summary().waiting.filter(\.isHeld).map(\.origin) }

    // MARK: Speaking of ourselves

    func hello() throws -> Hello {
        let position = try replica.position()
        return Hello(
            federation: Self.federation.text, market: market, incarnation: position.incarnation,
            rootVersion: try rootVersion(),
            rootHash: membership.rootHash, catalogHash: replica.catalog.hash,
            frontierHash: OpenSSLHashing.sha256(position.frontier.encoded()), stateDigest: position.digest,
            software: "simulation")
    }

    func receipt() throws -> SignedStatement {
        let next = try replica.nextStatement(over: signer.keyIDs)
        let statement = FrontierStatement(
            receiptOf: next.frontier, federation: Self.federation.id,
            origin: Origin(market: market, incarnation: next.incarnation), trustRootVersion: 0,
            counter: next.counter, timeMilliseconds: max(0, min(clock.read(), 1 << 50)))
        return try statement.signed(by: [key])
    }

    /// The frontier that a peer's receipt names, if it is authentic and newer than the last.
    func take(_ receipt: SignedStatement, from peer: Market) throws -> Frontier? {
        guard case .verified(let verified) = membership.verify(.receipt, receipt.body, receipt.signatures, from: peer)
        else { return nil }
        var signatures = ByteWriter()
        SignatureRecord.encode(receipt.signatures, to: &signatures)
        let statement = verified.payload
        let kept = try replica.keepReceipt(
            from: statement.origin, counter: statement.counter, body: receipt.body, signatures: signatures.bytes)
        return kept.wasKept ? statement.frontier : nil
    }
}
