// One market's keys, ready to be asked about a place in one of its logs.

internal import SyncCore

struct Member: Sendable {
    let market: Market
    private let keys: [SpannedKey]
    private let former: FormerDescriptors
    private let require: [Suite]
    /// What the descriptor requires in incarnations that it alone names: more than the root does, never less.
    private let requireBeyondRoot: [Suite]
    private let namedByRoot: Set<ID16>
    /// Ids of keys that the root has revoked: they verify entries of the past, and say nothing else.
    let revoked: Set<Digest>
    /// What the log has said and no descriptor yet.
    private var rotations: Set<KeyRotation> = []

    /// - Parameter former: descriptors of this market that do not stand.
    init(_ descriptor: Descriptor, former: [Descriptor]) {
        market = descriptor.market
        keys = descriptor.signing
        self.former = FormerDescriptors(former, standing: descriptor)
        require = descriptor.require
        (requireBeyondRoot, namedByRoot) = ([], [])
        revoked = []
    }

    /// A member of a trust root, and its descriptor as far as that continues the root's word.
    init(_ member: RootMember, continuedBy descriptor: Descriptor?, former: [Descriptor]) {
        market = member.market
        keys = member.signingKeys(continuedBy: descriptor)
        self.former = FormerDescriptors(former, of: member, standing: descriptor)
        require = member.require
        requireBeyondRoot = descriptor.map { !member.isRetired && member.isSpoken(by: $0) ? $0.require : [] } ?? []
        namedByRoot = member.signing.incarnations
        revoked = Set(member.revoked)
    }

    /// Whether no key that may still speak has introduced an incarnation.
    func disowns(_ incarnation: ID16) -> Bool { former.disowned.contains(incarnation) }

    /// The keys that may sign an entry there: those whose span of that incarnation has begun. Which of them is in force
    /// depends on the entries before it, of which admission knows: a branch that left before a rotation goes on with the old
    /// key.
    func keys(from incarnation: ID16, _ sequence: UInt64) -> [VerificationKey] {
        let named = Self.keys(keys + former.keys, from: incarnation, sequence)
        let enrolled = rotations.filter { $0.origin.incarnation == incarnation && $0.sequence < sequence }
            .compactMap { try? VerificationKey(suite: $0.suite, spki: $0.spki) }
        return named + enrolled
    }

    private static func keys(_ keys: [SpannedKey], from incarnation: ID16, _ sequence: UInt64) -> [VerificationKey] {
        keys.filter { entry in
            entry.spans.contains { $0.incarnation == incarnation && $0.fromSequence <= sequence }
        }.map(\.key)
    }

    /// The keys in force at that place, each with the span that covers it.
    func keys(at incarnation: ID16, _ sequence: UInt64) -> [(key: VerificationKey, span: KeySpan)] {
        let named = keys.compactMap { entry in entry.span(covering: incarnation, sequence).map { (entry.key, $0) } }
        let past = rotations.filter { $0.origin.incarnation == incarnation && $0.sequence < sequence }
        guard !past.isEmpty else { return named }
        let ended = Set(past.map(\.oldKeyID))
        let enrolled = past.sorted { $0.sequence < $1.sequence }.compactMap { rotation in
            (try? VerificationKey(suite: rotation.suite, spki: rotation.spki)).map { key in
                (key: key, span: KeySpan(incarnation: incarnation, fromSequence: rotation.sequence + 1))
            }
        }
        return (named + enrolled).filter { !ended.contains($0.key.keyID) }
    }

    /// A descriptor that names the new key at that place has said it all.
    mutating func enrol(_ rotation: KeyRotation) {
        let first = rotation.sequence + 1
        let isNamed = keys.contains {
            $0.key.suite == rotation.suite && $0.key.spki == rotation.spki
                && $0.span(covering: rotation.origin.incarnation, first) != nil
        }
        if !isNamed { rotations.insert(rotation) }
    }

    /// The suites without whose signature nothing counts there: those the descriptor requires, as far as the market had
    /// a key of them at that place. Requiring a suite from some entry on must not make void what came before.
    /// Nor may what stands no longer: whoever holds an old key could add one of another suite.
    ///
    /// In an incarnation that the root does not name yet, its descriptor's word counts too: else a member that has taken on a
    /// suite would be heard without it until a root says so, and refused then by who comes later.
    private func requiredSuites(among keys: [VerificationKey], in incarnation: ID16) -> Set<Suite> {
        let require = require + (namedByRoot.contains(incarnation) ? [] : requireBeyondRoot)
        let standing = keys.filter { key in
            self.keys.contains { $0.key == key } || !former.keys.contains { $0.key == key }
        }
        return Set(require.filter { suite in standing.contains { $0.suite == suite } })
    }

    /// The signatures that verify: the one of `own` and those of every required suite must be among them; others that
    /// fail are dropped.
    func verifiedSignatures(
        _ type: StatementType, _ body: [UInt8], _ signatures: [SignatureRecord],
        under keys: [VerificationKey], own: VerificationKey?, in incarnation: ID16
    ) -> Result<[SignatureRecord], AuthenticityFault> {
        let isAscending = zip(signatures, signatures.dropFirst()).allSatisfy { $0.suite < $1.suite }
        guard isAscending, (1...Limits.signaturesPerEntry).contains(signatures.count) else {
            return .failure(.signatureList)
        }
        if let own, !signatures.contains(where: { $0.suite == own.suite && $0.keyID == own.keyID }) {
            return .failure(.ownSignatureMissing)
        }
        let needed = requiredSuites(among: keys, in: incarnation).union(own.map { [$0.suite] } ?? [])
        if let missing = needed.subtracting(signatures.map(\.suite)).min() {
            return .failure(.requiredSignatureMissing(missing))
        }
        var verified: [SignatureRecord] = []
        for signature in signatures {
            if keys.contains(where: { $0.verifies(type, body, signature) }) {
                verified.append(signature)
            } else if needed.contains(signature.suite) {
                return .failure(.wrongSignature(signature.suite))
            }
        }
        return verified.isEmpty ? .failure(.wrongSignature(signatures[0].suite)) : .success(verified)
    }
}
