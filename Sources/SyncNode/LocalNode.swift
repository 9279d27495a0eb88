// A node as one process sees it: its folder, keys, trust and replica.

import Foundation
package import MarketCatalog
import PeerTrust
package import ReplicaStore
package import SyncCore

/// Opens a node and keeps what must be done together: verify before apply, fence after seal. Not Sendable; the daemon
/// puts it behind `Replicator`.
package final class LocalNode {
    package let directory: NodeDirectory
    package private(set) var configuration: NodeConfiguration
    package let replica: SQLiteReplica
    let federation: FederationName
    let keyRing: KeyRing
    private let hashing = OpenSSLHashing.hashing
    private let descriptors = DescriptorMemory()
    /// How far the audit of capture has come; nil before its first piece.
    private var auditPlace: RecordID?
    private var auditRestsUntil: ContinuousClock.Instant?
    /// What this process knows to be durable.
    private var raisedFence: RaisedFence?
    /// Where held pulls and pushes wait for what is new here.
    package let advances = FrontierAdvances()
    /// `PRAGMA data_version` when commits of others were last looked for.
    private var noticedVersion: Int64?
    /// Where the frontier stood when it was last announced.
    private var announcedFrontier: Frontier?

    /// - Parameter isGlance: only to be looked at, as `status` does: the catalog is not read.
    package init(directory: NodeDirectory, isGlance: Bool = false) throws {
        self.directory = directory
        configuration = try NodeConfiguration.read(directory.configuration)
        guard let federation = FederationName(configuration.federation) else {
            throw NodeError(
                code: "bad_configuration", "\(directory.configuration):federation:不是联邦名称",
                "\(directory.configuration): federation: not a federation's name")
        }
        self.federation = federation
        guard FileManager.default.fileExists(atPath: directory.replica) else {
            throw NodeError(
                code: "replica_missing", "\(directory.replica) 不存在", "\(directory.replica) does not exist")
        }
        replica = try SQLiteReplica(path: directory.replica, environment: .system, isGlance: isGlance)
        guard replica.identity.market == configuration.market, replica.identity.federation == configuration.federation
        else {
            throw NodeError(
                code: "other_replica",
                "副本属于 \(replica.identity.federation) 的 \(replica.identity.market),node.yaml 却是 \(configuration.federation) 的 \(configuration.market)",
                "the replica is \(replica.identity.market)'s in \(replica.identity.federation), node.yaml says \(configuration.market) in \(configuration.federation)"
            )
        }
        keyRing = KeyRing(directory)
        signer = Self.signer(try keyRing.first(), federation, keyRing)
        if !isGlance { try settleRotation() }
    }

    /// SIGHUP: schedules and language may have changed. Who this node is may not.
    package func reloadConfiguration() throws {
        let new = try NodeConfiguration.read(directory.configuration)
        guard new.market == configuration.market, new.federation == configuration.federation else {
            throw NodeError(
                code: "bad_configuration", "节点的市场和联邦不可更改", "a node's market and federation never change")
        }
        configuration = new
    }

    package var market: Market { configuration.market }
    package var catalog: Catalog { replica.catalog }

    package var trustKeeper: TrustKeeper {
        TrustKeeper(directory: directory, federation: federation, replica: replica, memory: descriptors)
    }

    package func trust() throws -> Trust { try trustKeeper.load() }

    /// Of the key in `signing.pem` when this process began; sealing asks for another one if the log goes on under it.
    let signer: EntrySigner

    private static func signer(_ key: SigningKey, _ federation: FederationName, _ keys: KeyRing) -> EntrySigner {
        EntrySigner(
            federation: federation.id, suite: key.suite, keyID: key.keyID, trustRootVersion: 0,
            sign: { [try key.sign(.changeSet, $0.encoded())] },
            ofKey: { Self.signer(try keys.key($0), federation, keys) })
    }

    // MARK: Sealing

    /// Seals what is pending, and raises the fence before anyone is told.
    @discardableResult
    package func seal() throws -> SealReport {
        try recoverIfRolledBack()
        let report = try replica.seal(signer)
        try raiseFence()
        if report.changeSets > 0 { try announce(from: nil) }
        return report
    }

    /// Seals at once what another connection has committed, and announces what another process of this node has applied.
    /// Our own commits, of which the watch tells too, cost one look.
    package func noticeCommits() throws {
        let version = try replica.dataVersion()
        guard version != noticedVersion else { return }
        noticedVersion = version
        if try replica.hasPending() { try seal() }
        try announce(from: nil)
    }

    /// Tells whoever waits that the frontier has advanced, if it has. After the fence: they will send what they find.
    private func announce(from peer: Market?) throws {
        let frontier = try replica.frontier()
        guard let before = announcedFrontier else { return announcedFrontier = frontier }
        guard frontier != before else { return }
        announcedFrontier = frontier
        // What was pending is sealed together with what a peer gave us, and that is news to it.
        let hasSealed = frontier.rows.contains { $0.origin.market == market && !before.rows.contains($0) }
        advances.note(from: hasSealed ? nil : peer)
    }

    /// Goes on with the audit of capture by one piece. After the last piece it rests until the next day.
    package func auditCapture() throws {
        guard auditRestsUntil.map({ $0 <= .now }) ?? true else { return }
        try fenced {
            auditPlace = try replica.auditCapture(after: auditPlace, count: Self.auditedAtOnce, signer)
        }
        auditRestsUntil = auditPlace == nil ? .now + Self.auditRest : nil
    }

    /// Some milliseconds' work.
    private static let auditedAtOnce = 200
    private static let auditRest = Duration.seconds(86_400)

    /// Returns the change set that carries the resolution.
    @discardableResult
    package func resolve(
        conflict id: Digest, of record: RecordID, _ request: ResolutionRequest, reason: Text, author: Text?
    ) throws -> Dot {
        try fenced { try replica.resolve(conflict: id, of: record, request, reason: reason, author: author, signer) }
    }

    /// Returns the last change set of the group that carries it.
    @discardableResult
    package func undo(resolution id: Digest, of record: RecordID, reason: Text, author: Text?) throws -> Dot {
        try fenced { try replica.undo(resolution: id, of: record, reason: reason, author: author, signer) }
    }

    /// Also a refused resolution may have sealed what was pending: the fence is raised either way.
    func fenced<Value>(_ body: () throws -> Value) throws -> Value {
        try recoverIfRolledBack()
        let result = Result { try body() }
        try raiseFence()
        return try result.get()
    }

    private func raiseFence() throws {
        let head = try replica.ownHead()
        let fence = Fence(incarnation: head.origin.incarnation, sequence: head.sequence, id: head.id)
        guard fence != raisedFence?.fence else { return }
        raisedFence = try fence.raise(directory.fence, after: raisedFence)
    }

    // MARK: Catalog

    /// Upgrades the replica to a newer catalog. A daemon would go on with the old one, so none may run.
    package func upgradeCatalog(from folder: String) throws {
        guard let lock = try FileLock.take(directory.serveLock) else {
            throw NodeError(
                code: "serving", "升级目录前请先停止 \(directory.path) 上的 serve",
                "stop serve on \(directory.path) before the catalog is upgraded")
        }
        try withExtendedLifetime(lock) {
            try recoverIfRolledBack()
            let catalog = try Catalog.load(directory: folder, sha256: hashing.sha256)
            do {
                try replica.upgrade(to: catalog, signer)
            } catch let refusal as CatalogUpgradeRefusal {
                throw NodeError(code: "catalog_refused", refusal.description)
            }
            try raiseFence()
        }
    }

    // MARK: Rollback

    /// Why this process has begun a new incarnation, if it has: the operator must hear of it.
    package private(set) var recoveredBecause: String?

    /// Compares the replica with its fence; a replica that was set back goes on in a new incarnation.
    @discardableResult
    package func recoverIfRolledBack() throws -> Bool {
        if let mark = try RestoreMark.read(directory) {
            try recover(because: mark.reason)
            try mark.remove()
            return true
        }
        guard let fence = try Fence.read(directory.fence) else { return false }
        let place = Dot(origin: Origin(market: market, incarnation: fence.incarnation), sequence: fence.sequence)
        let (own, standing) = try replica.ownIncarnation(withEntryAt: place, fence.id)
        let isSetBack = try RollbackRule.isSetBack(
            behind: (fence.incarnation, fence.sequence, fence.id), own: own, standing: standing,
            incarnations: try ownIncarnations())
        guard isSetBack else { return false }
        try recover(because: "the replica stands behind its fence, which names \(place)")
        return true
    }

    /// In the order in which they were begun.
    private func ownIncarnations() throws -> [ID16] {
        let spans = try trust().own.signing.flatMap(\.spans)
        return spans.map(\.incarnation).reduce(into: []) { all, one in if !all.contains(one) { all.append(one) } }
    }

    /// Mints a new incarnation, and a descriptor that names it (DESIGN.md section 8, Restore).
    package func recover(because detail: String) throws {
        let incarnation = try IncarnationGenerator.make()
        // The replica may have been set back beyond a rotation: what `keys/` says is newer.
        let key = try keyRing.first()
        try publishIncarnation(incarnation, of: key.keyID)
        try replica.beginIncarnation(incarnation, signingKey: key.keyID, because: detail)
        recoveredBecause = detail
        try raiseFence()
    }

    /// Durable before the incarnation begins: entries of one that no descriptor names are nobody's.
    private func publishIncarnation(_ incarnation: ID16, of keyID: Digest) throws {
        try publish { fields in
            fields.signing = fields.signing.map { entry in
                guard entry.key.keyID == keyID else { return entry }
                return SpannedKey(
                    key: entry.key, spans: entry.spans + [KeySpan(incarnation: incarnation, fromSequence: 1)])
            }
        }
    }

    /// Writes our descriptor with the next serial, signed by every key that it names and by one of the serial before.
    func publish(_ change: (inout DescriptorFields) throws -> Void) throws {
        let own = try trust().own
        var fields = own.fields
        fields.serial += 1
        try change(&fields)
        let signing = try fields.signing.map { try keyRing.key($0.key.keyID) }
        let tls = try fields.tls.map { try keyRing.tlsKey($0.pin) }
        let descriptor = try DescriptorDraft(fields: fields).signed(by: signing, tls: tls)
        try NodeFile.write(descriptor.raw, to: directory.descriptor)
    }

    /// Takes note of a peer's descriptors, the ones of our own market among them.
    package func learn(_ documents: [UInt8], from peer: Market) throws {
        _ = try trustKeeper.learn(documents, from: peer)
        for shown in trustKeeper.descriptors(of: market, in: documents) { try adoptSpans(of: shown) }
    }

    /// Another machine of our market, a clone that has gone on, has published incarnations that our descriptor does not
    /// name. Its change sets are our market's: they count only where a descriptor says so, and of two of one serial each
    /// peer holds the one that it met first. So ours names them all, above both.
    ///
    /// Only a descriptor of the same keys is heard: every key that it names has signed it.
    private func adoptSpans(of shown: Descriptor) throws {
        let own = try trust().own
        guard shown.raw != own.raw, shown.serial >= own.serial, shown.tlsPins == own.tlsPins,
            shown.signing.map(\.key.keyID) == own.signing.map(\.key.keyID)
        else { return }
        let merged = zip(own.signing, shown.signing).map { mine, theirs in
            SpannedKey(
                key: mine.key,
                spans: mine.spans
                    + theirs.spans.filter { span in !mine.spans.contains { $0.incarnation == span.incarnation } })
        }
        guard merged.allSatisfy({ DescriptorFields.spanCounts.contains($0.spans.count) }) else { return }
        let isComplete = zip(merged, shown.signing).allSatisfy { $0.spans.count == $1.spans.count }
        // One that is later than ours and names all of it is taken as it is: else the two would outbid each other for ever.
        guard shown.serial == own.serial || !isComplete else {
            return try NodeFile.write(shown.raw, to: directory.descriptor)
        }
        try publish { fields in
            fields.serial = shown.serial + 1
            fields.signing = merged
        }
        try replica.addFinding(
            "own_descriptor_elsewhere", about: market.name,
            detail: "a descriptor of ours that this node has not written, serial \(shown.serial)")
    }

    /// Whether heads that a peer shows prove that this replica was set back, or that another machine seals under its
    /// incarnation: they are our own, and we do not have them. A bare claim counts for nothing.
    func provesRollback(_ heads: [EntryHead]) throws -> Bool {
        let membership = try trust().membership
        let own = try replica.ownHead()
        return try heads.contains { head in
            guard head.header.origin == own.origin else { return false }
            guard case .verified(let verified) = membership.verifyHeader(head.header, head.signatures) else {
                return false
            }
            return try replica.entry(at: head.header.dot, id: verified.id.prefix) == nil
        }
    }

    // MARK: Applying

    /// Verifies and applies a batch portion by portion, each in a transaction of its own: other clients write between
    /// two, while the next one is verified. If one fails, those before it stand, as if they had been a batch each.
    package func apply(_ batch: Batch, from peer: Market?) throws -> ApplyReport {
        let portions = batch.portions()
        if portions.count > 1 { try recoverIfShownAhead(batch) }
        var report = ApplyReport()
        for portion in portions { report.add(try applyPortion(portion, from: peer)) }
        return report
    }

    /// Each portion seals before it is applied, and a replica that was set back must not: what only the last one would
    /// tell must be known before the first.
    private func recoverIfShownAhead(_ batch: Batch) throws {
        let own = try replica.ownHead()
        let ours = batch.entries.filter { $0.header.origin == own.origin }
        guard let first = ours.first,
            try provesRollback(ours.map { EntryHead(header: $0.header, signatures: $0.signatures) })
        else { return }
        try recover(
            because:
                "a peer holds entries of our own from \(first.header.dot) on that are not here; ours end at \(own.sequence)"
        )
    }

    /// Seals what is pending, and applies what can be applied: one transaction. It seals, so the fence is looked at first.
    private func applyPortion(_ batch: Batch, from peer: Market?) throws -> ApplyReport {
        try recoverIfRolledBack()
        let trust = try trust()
        var membership = trust.membership
        var verified: [VerifiedEntry] = []
        var refused: [EntryRefusal] = []
        var heldOrigins: Set<Origin> = []
        for entry in batch.entries {
            switch membership.verify(entry) {
            case .verified(let fact) where fact.header.trustRootVersion > trust.rootVersion:
                try hold(entry, .trustRoot(fact.header.trustRootVersion), &heldOrigins, &refused)
            case .verified(let fact):
                verified.append(fact)
                // What follows it in this batch is the new key's.
                if let rotation = KeyRotation(in: fact) { membership.enrol(rotation) }
            case .unknownMember(let market):
                try hold(entry, .member(market?.name ?? "?"), &heldOrigins, &refused)
            case .unknownKeySpan(let origin, let sequence):
                try hold(entry, .keySpan(Dot(origin: origin, sequence: sequence)), &heldOrigins, &refused)
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
        } catch let rollback as RolledBack {
            try recover(because: rollback.description)
            report = try replica.apply(verified, from: peer, signer)
        }
        try raiseFence()
        if report.applied > 0 { try announce(from: peer) }
        report.refused = refused + report.refused
        report.waitingOrigins.formUnion(heldOrigins)
        return report
    }

    private func hold(
        _ entry: Entry, _ need: Need, _ heldOrigins: inout Set<Origin>, _ refused: inout [EntryRefusal]
    ) throws {
        let origin = entry.header.origin
        refused.append(
            EntryRefusal(
                origin: origin, sequence: entry.header.sequence, id: nil, class: .waiting, code: need.code))
        guard origin.market != nil, heldOrigins.insert(origin).inserted else { return }
        try replica.hold(entry.header.dot, need: need)
    }

    /// Origins that only a person or a descriptor can help.
    package func heldOrigins() throws -> [Origin] {
        try replica.waitingOrigins().filter(\.isHeld).map(\.origin)
    }

    // MARK: Speaking of ourselves

    package func hello() throws -> Hello {
        let position = try replica.position()
        let trust = try trust()
        return Hello(
            federation: configuration.federation, market: market, incarnation: position.incarnation,
            rootVersion: trust.rootVersion, rootHash: trust.membership.rootHash, catalogHash: catalog.hash,
            frontierHash: hash(of: position.frontier), stateDigest: position.digest,
            software: "yrdsync/\(Software.version)")
    }

    func frontierHash() throws -> Digest { hash(of: try replica.frontier()) }

    func hash(of frontier: Frontier) -> Digest { hashing.sha256(frontier.encoded()) }

    /// "I have durably applied up to these rows."
    func receipt() throws -> SignedStatement {
        let next = try replica.nextStatement()
        let statement = FrontierStatement(
            receiptOf: next.frontier, federation: federation.id,
            origin: Origin(market: market, incarnation: next.incarnation), trustRootVersion: try trust().rootVersion,
            counter: next.counter, timeMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        return try statement.signed(by: [next.signingKeyID.map(keyRing.key) ?? keyRing.first()])
    }

    /// Whether a connected market is no member here, or has no key here that covers its receipt: a trust root or a
    /// descriptor may still come.
    func cannotJudge(_ receipt: SignedStatement, from peer: Market) throws -> Bool {
        switch try trust().membership.verify(.receipt, receipt.body, receipt.signatures, from: peer) {
        case .unknownMember, .unknownKeySpan: true
        case .verified, .notAuthentic: false
        }
    }

    /// Keeps a peer's receipt, if it is its signer's and newer. Returns the frontier it names.
    func take(receipt: SignedStatement, from peer: Market) throws -> Frontier? {
        switch try trust().membership.verify(.receipt, receipt.body, receipt.signatures, from: peer) {
        case .verified(let verified):
            let statement = verified.payload
            var signatures = ByteWriter()
            SignatureRecord.encode(receipt.signatures, to: &signatures)
            let kept = try replica.keepReceipt(
                from: statement.origin, counter: statement.counter, body: receipt.body, signatures: signatures.bytes)
            if kept.wasKept, let before = kept.previousBody {
                try noteFallenFrontier(statement, before: before)
            }
            return statement.frontier
        case .unknownMember, .unknownKeySpan, .notAuthentic:
            return nil
        }
    }

    /// A round that a peer started and that has come as far as the receipts is a success like our own.
    func noteRound(startedBy peer: Market, frontier: Frontier) throws {
        try replica.updatePeer(peer) { record, _ in
            record.succeed(at: Int64(Date().timeIntervalSince1970 * 1_000))
            record.frontier = frontier
        }
    }

    /// A hello between nodes that are level: the whole round, or its last comparison.
    func noteRound(startedBy theirs: Hello, mine: Hello) throws {
        try replica.updatePeer(theirs.market) { record, frontier in
            record.succeed(at: Int64(Date().timeIntervalSince1970 * 1_000))
            record.frontier = frontier
            record.agrees = mine.isComparable(with: theirs) ? mine.stateDigest == theirs.stateDigest : nil
        }
    }

    /// A frontier that falls is a rollback of the signer: one finding, however many rows fell.
    private func noteFallenFrontier(_ statement: FrontierStatement, before: [UInt8]) throws {
        guard let earlier = try? FrontierStatement(decoding: before, as: .receipt) else { return }
        let fallen = try replica.rowsFallen(from: earlier.frontier, to: statement.frontier)
        guard let first = fallen.first else { return }
        let others = fallen.count == 1 ? "" : " and \(fallen.count - 1) more"
        try replica.addFinding(
            "peer_rolled_back", about: statement.origin.description,
            detail: "a receipt lacks \(first.dot)\(others), which an earlier one named")
    }
}

package enum Software {
    package static let version = "0.1.0"
}
