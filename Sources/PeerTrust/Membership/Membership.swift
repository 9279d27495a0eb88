// Whose signatures count. Every entry, head and statement passes here before it changes anything.

package import SyncCore

/// The members of a federation as one node knows them (trust root version 0: the descriptors trusted locally).
/// Immutable: a change of trust makes a new one.
package struct Membership: Sendable {
    package let federation: ID16
    /// Version 0 of the trust root: SHA-256 over the ascending digests of the trusted descriptors, the own one included. From
    /// version 1 on: SHA-256 over the root's digest and the same hash of its members' descriptors. Where the log has chains
    /// that only former descriptors name, those too (protocol 84).
    package let rootHash: Digest
    private var members: [ID16: Member]

    /// - Parameters:
    ///   - trusted: the trusted descriptors and the own one. Of two of one market (an operator may have copied the own
    ///     descriptor into `peers/`) the higher serial counts.
    ///   - removed: those of markets that this node no longer talks to. Their history stays theirs.
    ///   - introduced: those that it has only heard of. They count for a member of the trust root alone.
    ///   - former: those that do not stand, and under which entries were applied.
    ///   - applied: where chains begin in the log that the standing descriptors and the root do not name.
    ///   - root: the adopted trust root; nil while trust is what `peers/` says.
    ///   - rotations: those in the log, whose proofs were verified when they were applied. A descriptor says the same later.
    package init(
        federation: FederationName, trusted: [Descriptor], removed: [Descriptor] = [], introduced: [Descriptor] = [],
        former: [Descriptor] = [], applied: Set<ChainStart> = [], root: TrustRoot? = nil, rotations: [KeyRotation] = []
    ) {
        precondition((trusted + removed).allSatisfy { $0.federation == federation }, "another federation's descriptor")
        let newest = Self.newest(trusted)
        func others(of market: Market) -> [Descriptor] { former.filter { $0.market == market } }
        let all = Self.newest(removed).merging(newest) { _, trusted in trusted }
        self.federation = federation.id
        if let root {
            let known = Self.newest(introduced).merging(all) { _, accepted in accepted }
            members = Dictionary(
                uniqueKeysWithValues: root.fields.members.map { member in
                    (
                        member.market.nodeID,
                        Member(member, continuedBy: known[member.market], former: others(of: member.market))
                    )
                })
            let ofMembers = root.fields.active.compactMap { known[$0.market] }
            rootHash = Self.hash(
                OpenSSLHashing.sha256(root.digest.bytes + Self.rootHash(of: ofMembers).bytes), applied, members)
        } else {
            members = Dictionary(
                uniqueKeysWithValues: all.map { ($0.nodeID, Member($1, former: others(of: $0))) })
            rootHash = Self.hash(Self.rootHash(of: Array(newest.values)), applied, members)
        }
        for rotation in rotations { enrol(rotation) }
    }

    /// Of several of one market the highest serial counts.
    private static func newest(_ descriptors: [Descriptor]) -> [Market: Descriptor] {
        Dictionary(descriptors.map { ($0.market, $0) }) { $1.serial > $0.serial ? $1 : $0 }
    }

    package static func rootHash(of trusted: [Descriptor]) -> Digest {
        OpenSSLHashing.sha256(trusted.map(\.digest).sorted().flatMap(\.bytes))
    }

    /// Whoever has applied chains that only former descriptors name has something to show.
    private static func hash(_ rootHash: Digest, _ applied: Set<ChainStart>, _ members: [ID16: Member]) -> Digest {
        guard !applied.isEmpty else { return rootHash }
        let lines = applied.sorted().flatMap { start in
            start.bytes + [members[start.origin.node]?.disowns(start.origin.incarnation) == true ? 1 : 0]
        }
        return OpenSSLHashing.sha256(rootHash.bytes + lines)
    }

    /// Takes note of a rotation that an authentic entry carries: behind it, the new key signs.
    package mutating func enrol(_ rotation: KeyRotation) {
        members[rotation.origin.node]?.enrol(rotation)
    }

    /// Ascending.
    package var markets: [Market] { members.values.map(\.market).sorted() }

    /// Checks an entry: that a key which its market has in that incarnation signed it, then that its context and ops are the
    /// signed ones. Whether it is the key in force behind the entry before it, admission checks.
    package func verify(_ entry: Entry) -> EntryAuthenticity {
        verify(entry, bindingFault: entry.bindingFault(OpenSSLHashing.hashing))
    }

    /// The same, where the hashes were made elsewhere.
    ///
    /// - Parameter bindingFault: asked for only if a signature counts.
    package func verify(_ entry: Entry, bindingFault: @autoclosure () -> Entry.BindingFault?) -> EntryAuthenticity {
        switch verifyHeader(entry.header, entry.signatures) {
        case .verified(let fact):
            if let fault = bindingFault() { return .notAuthentic(.binding(fault)) }
            var kept = entry
            kept.signatures = fact.signatures
            return .verified(VerifiedEntry(afterVerifying: kept, id: fact.id, market: fact.market))
        case .unknownMember(let market): return .unknownMember(market)
        case .unknownKeySpan(let origin, let sequence): return .unknownKeySpan(origin, sequence)
        case .notAuthentic(let fault): return .notAuthentic(fault)
        }
    }

    /// Checks a header and its signatures alone.
    package func verifyHeader(_ header: EnvelopeHeader, _ signatures: [SignatureRecord]) -> HeaderAuthenticity {
        verifyHeader(header, signatures) { $0.keys(from: header.origin.incarnation, header.sequence) }
    }

    /// Checks a header whose chain is not there: spans alone say which key was in force, up to the entry at which one ends.
    /// What an old key has signed on a branch beside that entry is refused here, as nobody can tell it from a forgery.
    package func verifyHeaderWithoutChain(
        _ header: EnvelopeHeader, _ signatures: [SignatureRecord]
    ) -> HeaderAuthenticity {
        let id = header.entryID(OpenSSLHashing.hashing)
        return verifyHeader(header, signatures) { member in
            member.keys(at: header.origin.incarnation, header.sequence).filter { $0.span.admits(header.sequence, id) }
                .map(\.key)
        }
    }

    private func verifyHeader(
        _ header: EnvelopeHeader, _ signatures: [SignatureRecord], under keys: (Member) -> [VerificationKey]
    ) -> HeaderAuthenticity {
        guard header.federation == federation else { return .notAuthentic(.otherFederation) }
        guard let member = members[header.origin.node] else { return .unknownMember(header.origin.market) }
        let valid = keys(member)
        guard !valid.isEmpty else { return .unknownKeySpan(header.origin, header.sequence) }
        guard let own = valid.first(where: { $0.suite == header.suite && $0.keyID == header.keyID }) else {
            return .notAuthentic(.keyNotValidHere)
        }
        switch member.verifiedSignatures(
            .changeSet, header.encoded(), signatures, under: valid, own: own, in: header.origin.incarnation)
        {
        case .failure(let fault): return .notAuthentic(fault)
        case .success(let verified):
            let id = header.entryID(OpenSSLHashing.hashing)
            return .verified(VerifiedHeader(header: header, signatures: verified, id: id, market: member.market))
        }
    }

    /// Checks a receipt or a checkpoint that `market` handed over.
    ///
    /// The keys that count are those of the head which its frontier names for its own incarnation, or of the entry after
    /// it: a rotation is sealed by the old key, and what follows is said by the new one.
    ///
    /// - Parameter isPast: whether it may be from before its key was revoked, as evidence is.
    package func verify(
        _ kind: FrontierStatement.Kind, _ body: [UInt8], _ signatures: [SignatureRecord], from market: Market,
        isPast: Bool = false
    ) -> StatementAuthenticity {
        let statement: FrontierStatement
        do {
            statement = try FrontierStatement(decoding: body, as: kind)
        } catch {
            return .notAuthentic(.malformed(error))
        }
        guard statement.federation == federation else { return .notAuthentic(.otherFederation) }
        guard statement.origin.node == market.nodeID else { return .notAuthentic(.otherMarket) }
        guard let member = members[market.nodeID] else { return .unknownMember(market) }
        let head = statement.frontier.sequence(of: statement.origin)
        let places = head == 0 ? [1] : [head, head + 1]
        let keys = places.flatMap { member.keys(at: statement.origin.incarnation, $0).map(\.key) }
            .filter { isPast || !member.revoked.contains($0.keyID) }
        guard !keys.isEmpty else { return .unknownKeySpan(statement.origin, places[0]) }
        switch member.verifiedSignatures(
            kind.statementType, body, signatures, under: keys, own: nil, in: statement.origin.incarnation)
        {
        case .failure(let fault): return .notAuthentic(fault)
        case .success(let verified): return .verified(Verified(statement, body: body, signatures: verified))
        }
    }
}
