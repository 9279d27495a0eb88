// Everything `serve` runs, put together.

import Foundation
package import Logging
package import PeerTransport
import PeerTrust
import ReplicaStore
package import ServiceLifecycle
import SyncCore

/// Opens a node for serving and holds its `serve.lock`.
package struct NodeServer: Sendable {
    package let services: [any Service]
    private let lock: ServeLock
    private let replicator: Replicator

    /// - Parameter onListening: the address that was bound.
    package init(
        directory: NodeDirectory, logger: Logger,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void
    ) throws {
        guard let lock = try FileLock.take(directory.serveLock) else {
            throw NodeError(
                code: "already_serving", "\(directory.path) 上已有 serve 在运行", "another serve runs on \(directory.path)")
        }
        self.lock = ServeLock(lock)
        let node = try LocalNode(directory: directory)
        try node.seal()
        try node.noticeCommits()
        try node.replica.leaveCheckpoints()
        if let reason = node.recoveredBecause {
            logger.warning("this replica was set back and goes on in a new incarnation: \(reason)")
        }
        let configuration = node.configuration
        let trust = try node.trust()
        for refusal in trust.refusals { logger.warning("peers/: \(refusal.words.en)") }
        let watch = PeersFolderWatch(
            path: directory.peers, federation: trust.own.federation, own: configuration.market)
        let pins = PinTable(SyncDaemon.pinnedMarkets(trust.trusted), changed: watch.changedPins)
        let identity = try NodeIdentity.read(directory)
        let realTime = node.realTime
        let replicator = Replicator(node)
        self.replicator = replicator
        let server = try ExchangeServer(
            host: configuration.listenHost, port: configuration.listenPort, identity: identity, pins: pins,
            hashing: OpenSSLHashing.hashing, service: NodeExchange(replicator, realTime),
            logger: logger,
            onListening: onListening)
        let daemon = SyncDaemon(
            replicator, realTime, commits: Self.watch(directory, realTime.advances, logger),
            checkpointer: try Checkpointer(path: directory.replica),
            identity: IdentityInUse(identity, directory) { try server.replaceIdentity($0) }, pins: pins, logger: logger)
        services = [server, daemon]
    }

    /// Nil where the system grants none; then commits are noticed once a second.
    private static func watch(
        _ directory: NodeDirectory, _ advances: FrontierAdvances, _ logger: Logger
    ) -> CommitWatch? {
        do {
            return try CommitWatch(path: directory.replica) { advances.isWanted }
        } catch {
            logger.warning("commits of other programs are noticed once a second only: \(error)")
            return nil
        }
    }

    package func reload() async throws {
        try await replicator.run { node in try node.reloadConfiguration() }
    }
}

/// Keeps the lock as long as the server lives.
private final class ServeLock: @unchecked Sendable {  // Immutable, and nothing but its lifetime is used.
    private let lock: FileLock

    init(_ lock: FileLock) {
        self.lock = lock
    }
}

package enum NodeIdentity {
    /// The TLS certificate and key that this node shows.
    package static func read(_ directory: NodeDirectory) throws -> ServerIdentity {
        // Key and certificate are two files: nobody reads between the two of a switch.
        try FileLock.withExclusive(directory.keysLock) { try readPair(directory) }
    }

    private static func readPair(_ directory: NodeDirectory) throws -> ServerIdentity {
        guard let certificate = FileManager.default.contents(atPath: directory.tlsCertificate) else {
            throw NodeError(
                code: "certificate_missing", "无法读取 \(directory.tlsCertificate)",
                "\(directory.tlsCertificate) cannot be read")
        }
        return ServerIdentity(
            certificatePEM: Array(certificate), privateKeyPEM: try KeyFile.tlsKey(directory.tlsKey).pem())
    }
}
