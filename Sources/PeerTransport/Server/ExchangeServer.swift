// The HTTPS server of a node: HTTP/1.1 on TLS 1.3, both sides authenticated, keys pinned.

import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
package import SyncCore

/// Serves the exchange until its task is cancelled or the service group shuts down; then the requests in flight end first.
package final class ExchangeServer: Service {
    private let server: Server<TLSChannel<ExchangeChannel>>
    private let identity: CurrentIdentity

    /// `hashing` hashes keys for pinning. `onListening` runs once, with the address that was bound (port 0 becomes a real
    /// port), as soon as connections are accepted.
    package init(
        host: String, port: Int, identity: ServerIdentity, pins: PinTable, hashing: Hashing,
        service: any ExchangeService, limits: ServerLimits = ServerLimits(), logger: Logger,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) throws {
        TransportProcess.prepare()
        self.identity = try CurrentIdentity(identity)
        let connections = ConnectionTable(limits: limits)
        pins.observe {
            connections.closeWhere { pin, market in pins.market(for: pin) != market }
        }
        let responder = ExchangeResponder(
            service: service, pins: pins, connections: connections, hashing: hashing, limits: limits, logger: logger)
        server = Server(
            childChannelSetup: try TLSChannel(
                ExchangeChannel(responder: responder, connections: connections, limits: limits),
                configuration: Self.tls(self.identity, pins: pins, hashing: hashing)),
            configuration: ServerConfiguration(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                await onListening(
                    channel.localAddress?.ipAddress ?? host, channel.localAddress?.port ?? port)
            },
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup,
            logger: logger)
    }

    package func run() async throws {
        try await server.run()
    }

    /// The next handshake shows this identity. Throws, and changes nothing, if key and certificate do not fit.
    package func replaceIdentity(_ identity: ServerIdentity) throws {
        try self.identity.replace(with: identity)
    }

    /// TLS 1.3 only, a client certificate required, and its key pinned. The callback replaces every check of chains, names
    /// and dates: certificates only carry keys here.
    private static func tls(
        _ identity: CurrentIdentity, pins: PinTable, hashing: Hashing
    ) -> TLSChannelConfiguration {
        let loaded = identity.current
        var tls = TLSConfiguration.makeServerConfigurationWithMTLS(
            certificateChain: loaded.chain, privateKey: loaded.key, trustRoots: .certificates([]))
        tls.minimumTLSVersion = .tlsv13
        // BoringSSL's own list leaves Ed25519 out, and a client without a usable key sends no certificate at all.
        tls.verifySignatureAlgorithms = [
            .ed25519, .ecdsaSecp256R1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha256, .rsaPssRsaeSha384,
        ]
        // NIO waits this long for the peer's close_notify, and a graceful shutdown waits for NIO.
        tls.shutdownTimeout = .milliseconds(500)
        tls.sslContextCallback = { _, promise in
            let loaded = identity.current
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = loaded.chain
            override.privateKey = loaded.key
            promise.succeed(override)
        }
        return TLSChannelConfiguration(
            tlsConfiguration: tls,
            customVerificationCallback: { certificates, promise in
                let spki = certificates.first.flatMap { try? $0.extractPublicKey().toSPKIBytes() }
                let isPinned = spki.map { pins.market(for: hashing.sha256($0)) != nil } ?? false
                promise.succeed(isPinned ? .certificateVerified : .failed)
            })
    }
}
