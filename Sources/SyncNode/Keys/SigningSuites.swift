// Which keys sign what this node says: one, or one of each suite.

import PeerTrust
package import ReplicaStore
package import SyncCore

/// What a market signs with. Two suites mean two keys, and two signatures under everything it says.
package enum SigningSuites: String, Hashable, Sendable, CaseIterable {
    case ed25519
    case sm2
    /// Ed25519 in the header, SM2 beside it.
    case both

    /// The suite of the header first: its hash makes ids and roots.
    package var suites: [Suite] {
        switch self {
        case .ed25519: [.ed25519SHA256]
        case .sm2: [.sm2SM3]
        case .both: [.ed25519SHA256, .sm2SM3]
        }
    }
}

extension Suite {
    /// As people write it.
    package var name: String {
        switch self {
        case .ed25519SHA256: "Ed25519"
        case .sm2SM3: "SM2"
        }
    }
}

/// The private keys with which a market signs.
struct SigningKeys {
    /// Of the header's suite.
    let header: SigningKey
    /// Of the other suite; nil where the market signs with one.
    let second: SigningKey?

    /// Ascending by suite, as signatures are listed.
    var all: [SigningKey] { ([header] + (second.map { [$0] } ?? [])).sorted { $0.suite < $1.suite } }

    var ids: SigningKeyIDs { SigningKeyIDs(header: header.keyID, second: second?.keyID) }
}

extension LocalNode {
    static func signer(_ signing: SigningKeys, _ federation: FederationName, _ ring: KeyRing) -> EntrySigner {
        EntrySigner(
            federation: federation.id, suite: signing.header.suite, keyIDs: signing.ids, trustRootVersion: 0,
            sign: { header in
                let body = header.encoded()
                return try signing.all.map { try $0.sign(.changeSet, body) }
            },
            ofKeys: { Self.signer(try ring.keys($0), federation, ring) })
    }

    /// Which keys sign the next entry of ours.
    package func signingKeyIDs() throws -> SigningKeyIDs {
        try replica.signingKeyIDs(over: try keyRing.filed().ids)
    }

    /// What is signed with less than our own descriptor requires in this incarnation, or twice in one suite, every peer would
    /// refuse. (It may have named another incarnation, of other suites, that was never begun.)
    func checkSuites() throws {
        // A replica may name keys that a restored `keys/` has not: it goes on under those that are there.
        let suites = try ((try? keyRing.keys(signingKeyIDs())) ?? keyRing.filed()).all.map(\.suite)
        guard Set(suites).count == suites.count else {
            throw NodeError(
                code: "second_key_same_suite",
                "\(directory.signingKey) 与 \(directory.secondSigningKey) 算法相同:后者须为另一算法的密钥",
                "\(directory.signingKey) and \(directory.secondSigningKey) are keys of one suite: the second is one of the other"
            )
        }
        let (own, incarnation) = (try ownDescriptor(), try replica.ownOrigin().incarnation)
        let named = own.signing.filter { entry in entry.spans.contains { $0.incarnation == incarnation } }
        guard Set(own.require).intersection(named.map(\.key.suite)).isSubset(of: suites) else {
            throw NodeError(
                code: "signing_key_missing",
                "本市场须以两种算法签名,而 \(directory.secondSigningKey) 不存在:请从备份恢复",
                "this market signs with two suites, and \(directory.secondSigningKey) is not there: put it back from a backup"
            )
        }
    }
}
