// The key and certificate that this node shows to its peers.

import NIOSSL
import Synchronization

/// PEM bytes, the key unencrypted (`PeerTrust` opens it). Peers pin the key; the certificate only carries it.
package struct ServerIdentity: Hashable, Sendable {
    package let certificatePEM: [UInt8]
    package let privateKeyPEM: [UInt8]

    package init(certificatePEM: [UInt8], privateKeyPEM: [UInt8]) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }
}

/// The identity that the next handshake uses. Connections that stand keep the one they were made with.
final class CurrentIdentity: Sendable {
    struct Loaded: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource

        init(_ identity: ServerIdentity) throws {
            chain = try NIOSSLCertificate.fromPEMBytes(identity.certificatePEM).map { .certificate($0) }
            key = .privateKey(try NIOSSLPrivateKey(bytes: identity.privateKeyPEM, format: .pem))
        }
    }

    private let loaded: Mutex<Loaded>

    init(_ identity: ServerIdentity) throws {
        loaded = Mutex(try Loaded(identity))
    }

    var current: Loaded { loaded.withLock { $0 } }

    /// Throws, and keeps the old identity, unless the new one makes a working TLS context: a handshake must not find out.
    func replace(with identity: ServerIdentity) throws {
        let next = try Loaded(identity)
        _ = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: next.chain, privateKey: next.key))
        loaded.withLock { $0 = next }
    }
}
