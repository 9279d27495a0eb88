// `keys list`: which keys this node has, what each is good for, and how long.

import Foundation
package import PeerTrust
import ReplicaStore
package import SyncCore

/// One key of this node, as its descriptor and the folder `keys/` know it.
package struct KeyItem: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case signing
        case tls
        /// Offline: the trust root names it, and its private half is not here.
        case root
    }

    package enum State: String, Hashable, Sendable {
        /// In use.
        case current
        /// Takes over when a rotation ends.
        case next
        /// Rotated out: it verifies the past.
        case retired
        /// Stolen, as the trust root says: it verifies the past up to where its incarnations were closed.
        case revoked
    }

    package let kind: Kind
    package let state: State
    /// Nil for a TLS key.
    package let suite: Suite?
    /// The key's id, or the pin of a TLS key.
    package let id: Digest
    /// Empty for any other than a signing key.
    package let spans: [KeySpan]
    /// Where its private half is; nil if it is not in `keys/`.
    package let file: String?
    /// When the certificate that carries a TLS key ends, in seconds since 1970.
    package let certificateExpires: Int64?
}

extension LocalNode {
    /// Signing keys in the order in which they were enrolled, then TLS keys, then root keys.
    package func keys() throws -> [KeyItem] {
        let trust = try trust()
        let own = trust.own
        let inForce = try signingKeyIDs().all
        let revoked = trust.root?.fields.member(market)?.revoked ?? []
        let signing = own.signing.map { entry in
            let id = entry.key.keyID
            return KeyItem(
                kind: .signing,
                state: revoked.contains(id) ? .revoked : inForce.contains(id) ? .current : .retired,
                suite: entry.key.suite, id: id, spans: entry.spans, file: keyRing.file(ofSigningKey: id),
                certificateExpires: nil)
        }
        let root = (trust.root?.fields.member(market)?.rootKeys ?? []).map { key in
            KeyItem(
                kind: .root, state: .current, suite: key.suite, id: key.keyID, spans: [], file: nil,
                certificateExpires: nil)
        }
        return signing + tlsKeys(of: own) + root
    }

    private func tlsKeys(of own: Descriptor) -> [KeyItem] {
        own.tlsPins.map { pin in
            let file = keyRing.file(ofTLSKey: pin)
            let state: KeyItem.State =
                switch file {
                case directory.tlsKey: .current
                case directory.nextTLSKey: .next
                default: .retired
                }
            return KeyItem(
                kind: .tls, state: state, suite: nil, id: pin, spans: [], file: file,
                certificateExpires: file.flatMap { keyRing.certificateExpiry(besides: $0) })
        }
    }

    /// Certificates that end within the days of warning, our own among them, ascending by market.
    func expiringCertificates() throws -> [(Market, days: Int64)] {
        let now = Int64(Date().timeIntervalSince1970)
        let own = certificateDays(nowSeconds: now).map { [(market, days: $0)] } ?? []
        let peers: [(Market, days: Int64)] = try trust().trusted.compactMap { descriptor in
            let expires = try replica.peer(descriptor.market).certificateExpires
            return expires.map { (descriptor.market, days: ($0 / 1_000 - now) / 86_400) }
        }
        return (own + peers).filter { $0.days < CertificateWarning.days }.sorted { $0.0 < $1.0 }
    }

    /// Days until our own certificate ends; nil if it cannot be read.
    package func certificateDays(nowSeconds: Int64) -> Int64? {
        keyRing.certificateExpiry(besides: directory.tlsKey).map { ($0 - nowSeconds) / 86_400 }
    }
}

/// Certificates decide nothing here, but other programs look at their dates (PROTOCOL.md section 6).
package enum CertificateWarning {
    package static let days: Int64 = 30
}
