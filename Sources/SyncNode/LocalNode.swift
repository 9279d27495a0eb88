// A node as one process sees it: its folder, keys, trust and replica.

import Foundation
package import MarketCatalog
package import PeerTrust
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
    let hashing = OpenSSLHashing.hashing
    private let descriptors = DescriptorMemory()
    private let lastTrust = TrustMemory()
    /// How far the audit of capture has come; nil before its first piece.
    private var auditPlace: RecordID?
    private var auditRestsUntil: ContinuousClock.Instant?
    /// What this process knows to be durable.
    private var raisedFence: RaisedFence?
    /// Where held pulls and pushes wait for what is new here.
    package let realTime: RealTime
    /// `PRAGMA data_version` when commits of others were last looked for.
    private var noticedVersion: Int64?
    /// What stood when a seal last found nothing to do.
    private var sealedState: SealedState?
    /// Where the frontier stood when it was last announced.
    private(set) var announcedFrontier: Frontier?
    /// Why this process has begun a new incarnation, if it has: the operator must hear of it.
    package internal(set) var recoveredBecause: String?

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
        replica = try SQLiteReplica(
            path: directory.replica, environment: .system(of: directory), isGlance: isGlance)
        guard replica.identity.market == configuration.market, replica.identity.federation == configuration.federation
        else {
            throw NodeError(
                code: "other_replica",
                "副本属于 \(replica.identity.federation) 的 \(replica.identity.market),node.yaml 却是 \(configuration.federation) 的 \(configuration.market)",
                "the replica is \(replica.identity.market)'s in \(replica.identity.federation), node.yaml says \(configuration.market) in \(configuration.federation)"
            )
        }
        keyRing = KeyRing(directory)
        realTime = RealTime(of: configuration.market, directory)
        guard !isGlance else { return }
        try settleExchange()
        try checkSuites()
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
        TrustKeeper(
            directory: directory, federation: federation, replica: replica, memory: descriptors,
            last: lastTrust, signer: { try self.signer })
    }

    package func trust() throws -> Trust { try trustKeeper.load() }

    /// The own part of `trust()`, without a look at anyone else's.
    package func ownDescriptor() throws -> Descriptor { try trustKeeper.ownDescriptor() }

    /// Private keys are read when something is signed: whoever only looks needs no passphrase.
    private var madeSigner: EntrySigner?

    /// Of the keys in their places when this process first signed; sealing asks for others if the log goes on under them.
    var signer: EntrySigner {
        get throws {
            if let madeSigner { return madeSigner }
            let made = Self.signer(try keyRing.filed(), federation, keyRing)
            madeSigner = made
            return made
        }
    }

    // MARK: Sealing

    /// Seals what is pending, and raises the fence before anyone is told.
    @discardableResult
    package func seal() throws -> SealReport {
        let before = try SealedState(of: replica, directory)
        guard before != sealedState else { return SealReport() }
        let report = try sealPending()
        // Also what was sealed when the fence could not rise, or by another process.
        try announce(from: nil)
        // What another process writes from here on, the next seal sees; what this one has written, it looks at once more.
        sealedState = try report == SealReport() && SealedState(of: replica, directory) == before ? before : nil
        return report
    }

    /// What it has sealed must be announced.
    private func sealPending() throws -> SealReport {
        // Also where nothing can be sealed.
        try replica.encryptClearValues()
        try recoverIfRolledBack()
        let report = try replica.seal(signer)
        try raiseFence()
        return report
    }

    /// Seals at once what another connection has committed, and announces what another process of this node has applied.
    /// Our own commits, of which the watch tells too, cost one look. Whether anything was pending.
    @discardableResult
    package func noticeCommits() throws -> Bool {
        let version = try replica.dataVersion()
        guard version != noticedVersion else { return false }
        noticedVersion = version
        let isPending = try replica.hasPending()
        // Where another process has sealed, or put back the file, the fence is looked at and raised too.
        if isPending { _ = try sealPending() } else { try fenced {} }
        try announce(from: nil)
        return isPending
    }

    /// Tells whoever waits that the frontier has advanced, if it has. After the fence: they will send what they find.
    func announce(from peer: Market?) throws {
        let frontier = try replica.frontier()
        guard let before = announcedFrontier else { return announcedFrontier = frontier }
        guard frontier != before else { return }
        announcedFrontier = frontier
        // What was pending is sealed together with what a peer gave us, and that is news to it.
        let hasSealed = frontier.rows.contains { $0.origin.market == market && !before.rows.contains($0) }
        realTime.advances.note(from: hasSealed ? nil : peer)
    }

    /// Goes on with the audit of capture by one piece. After the last piece it rests until the next day; false as long as it
    /// rests.
    @discardableResult
    package func auditCapture() throws -> Bool {
        guard auditRestsUntil.map({ $0 <= .now }) ?? true else { return false }
        try fenced {
            auditPlace = try replica.auditCapture(after: auditPlace, count: Self.auditedAtOnce, signer)
        }
        auditRestsUntil = auditPlace == nil ? .now + Self.auditRest : nil
        return true
    }

    /// Half a millisecond's work: a commit that somebody waits for may have to wait for it too.
    private static let auditedAtOnce = 20
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
        do {
            return try result.get()
        } catch is IncarnationClosed {
            throw NodeError(
                .trust, code: "incarnation_closed", "信任根已使 \(market) 退出,或吊销了本机的密钥:本节点只能读取",
                "the trust root has retired \(market), or revoked the key of this machine: this node only reads")
        }
    }

    func raiseFence() throws {
        let head = try replica.ownHead()
        let fence = Fence(at: head)
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
            } catch let illegible as IllegibleValues {
                throw NodeError(illegible)
            }
            try raiseFence()
        }
    }
}
