// The trust root as one node lives with it: adopted on a person's word or its majority's, never skipped, never lowered.

package import PeerTrust
import ReplicaStore
import SyncCore

extension TrustKeeper {
    /// The adopted trust root, nil while trust is what `peers/` says (version 0).
    package func root() throws -> TrustRoot? { try replica.trustRoot().map(root(of:)) }

    func root(of document: [UInt8]) throws -> TrustRoot {
        do {
            return try memory.root(document)
        } catch {
            throw NodeError(code: error.code, error.words)
        }
    }

    private func root(_ version: UInt64) throws -> TrustRoot? {
        try replica.trustRoot(version).flatMap { try? TrustRoot.parse($0) }
    }

    private func succession(of new: TrustRoot, after adopted: TrustRoot?) throws -> RootSuccession {
        let before = try adopted.flatMap { $0.version > 1 ? try root($0.version - 1) : nil }
        return RootSuccession.of(new, adopted: adopted, before: before, federation: federation)
    }

    /// `keys trust adopt`. A first root is taken if this node's market signed it, or if a person gives its fingerprint.
    package func adopt(_ bytes: [UInt8], fingerprint: String?) throws -> (TrustRoot, RootSuccession) {
        let new: TrustRoot
        let adopted = try root()
        do {
            new = try TrustRoot.parse(bytes)
            if let fingerprint, !new.hasFingerprint(fingerprint) {
                throw TrustRootRefusal.otherFingerprint(new.fingerprint)
            }
            let succession = try succession(of: new, after: adopted)
            switch succession {
            case .refused(let refusal):
                if case .rival = refusal { try noteRival(new, by: nil) }
                throw refusal
            case .unchanged: return (new, succession)
            case .first:
                guard try fingerprint != nil || hasSigned(new) else {
                    throw TrustRootRefusal.fingerprintNeeded(new.fingerprint)
                }
                if let stranger = try contradicted(by: new) { throw TrustRootRefusal.notOurs(stranger) }
            case .successor: break
            }
            try take(new, after: adopted)
            return (new, succession)
        } catch let refusal as TrustRootRefusal {
            throw NodeError(.trust, code: refusal.code, refusal.words)
        }
    }

    /// A root that a peer shows: a valid successor takes effect, and a first one that this market has signed itself. Returns
    /// whether it did. What is not valid is nobody's word, and changes nothing.
    func learn(root bytes: [UInt8], from peer: Market) throws -> Bool {
        guard let new = try? memory.root(bytes) else { return false }
        let adopted = try root()
        switch try succession(of: new, after: adopted) {
        case .successor: break
        case .first:
            guard try hasSigned(new), try contradicted(by: new) == nil else { return false }
        case .refused(.rival):
            try noteRival(new, by: peer)
            return false
        case .unchanged, .refused: return false
        }
        do {
            try take(new, after: adopted)
            return true
        } catch is RootAlreadyAdopted {
            return false
        }
    }

    /// Throws `IncarnationClosed` if it closes the one in which this node stands. But whose market leaves the federation, or
    /// who has no other key than a revoked one (a second machine of a market whose key was stolen), stays in it and only
    /// reads.
    private func take(_ new: TrustRoot, after adopted: TrustRoot?) throws {
        let trust = try load()
        try replica.adopt(
            root: new.raw, after: adopted?.version ?? 0,
            closuresInForce(under: new, standing: trust.standing, former: trust.former), try signer())
        guard let member = new.fields.member(trust.own.market), let key = try revokedKeyOfThisMachine(member) else {
            return
        }
        try replica.addFinding(
            "key_revoked", about: trust.own.market.name,
            detail:
                "the trust root has revoked \(key.hex.prefix(16)), the key of this machine: nothing is sealed here any more"
        )
    }

    func closuresInForce(
        under root: TrustRoot, standing: [Descriptor], former: [Descriptor]
    ) throws -> ClosuresInForce {
        ClosuresInForce(
            version: root.version, closures: root.fields.closures(standing: standing, former: former),
            isLeaving: try isLeaving(under: root))
    }

    /// Whether nothing that this machine signs is its market's word under a root: the market has left, or this machine's key is
    /// revoked, or it is a second machine that has gone on under keys of its own since. It seals nothing more, and only reads.
    func isLeaving(under root: TrustRoot) throws -> Bool {
        let own = try ownDescriptor()
        guard let member = root.fields.member(own.market) else { return false }
        return try member.isRetired || member.disowns(own) || revokedKeyOfThisMachine(member) != nil
    }

    /// The id of a key with which this machine signs, if one is revoked.
    private func revokedKeyOfThisMachine(_ member: RootMember) throws -> Digest? {
        try replica.signingKeyIDs(over: try signer().keyIDs).all.first(where: member.revoked.contains)
    }

    /// Members have signed two files of one version. This node stays where it is, and goes on exchanging.
    private func noteRival(_ new: TrustRoot, by peer: Market?) throws {
        try replica.addFinding(
            "root_rival", about: "trust root \(new.version)",
            detail:
                "another trust root of this version, \(new.digest.hex), is valid too; shown by \(peer?.name ?? "a person")"
        )
    }

    private func hasSigned(_ new: TrustRoot) throws -> Bool {
        try SignedRoots(directory).digest(ofVersion: new.version) == new.digest
    }

    /// A market that the root names with none of the keys by which this node knows it; our own must be named.
    private func contradicted(by new: TrustRoot) throws -> Market? {
        let trust = try load()
        guard new.fields.member(trust.own.market) != nil else { return trust.own.market }
        return ([trust.own] + trust.trusted).first { descriptor in
            guard let member = new.fields.member(descriptor.market) else { return false }
            let known = Set(descriptor.signing.map(\.key))
            return !member.signing.contains { known.contains($0.key) }
        }?.market
    }
}

/// Which trust roots this market has signed: one a version, remembered before it is signed.
struct SignedRoots {
    private let path: String
    private static let bytesMax = 1 << 20

    init(_ directory: NodeDirectory) {
        path = directory.signedRoots
    }

    func digest(ofVersion version: UInt64) throws -> Digest? {
        for line in try lines() {
            let words = line.split(separator: " ")
            if words.count == 2, UInt64(words[0]) == version { return Digest(hex: String(words[1])) }
        }
        return nil
    }

    func remember(_ root: TrustRoot) throws {
        let all = try lines() + ["\(root.version) \(root.digest.hex)"]
        try PrivateKeyFile.write(Array((all.joined(separator: "\n") + "\n").utf8), to: path)
    }

    private func lines() throws -> [String] {
        let bytes = try NodeFile.read(path, maxBytes: Self.bytesMax) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
