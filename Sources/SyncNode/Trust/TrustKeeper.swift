// Whom this node trusts: the descriptors in its `peers/`, and what it remembers of the others.

import Foundation
package import PeerTrust
package import ReplicaStore
package import SyncCore

/// How a market stands with this node.
package struct PeerStanding: Hashable, Sendable {
    package let descriptor: Descriptor
    package let state: MemberRecord.State
}

/// One reading of `peers/`, with what follows from it.
package struct Trust: Sendable {
    package let own: Descriptor
    /// Trusted, ascending by market; the own one not among them.
    package let trusted: [Descriptor]
    /// Introduced and distrusted ones.
    package let others: [PeerStanding]
    /// Markets whose file in `peers/` is the word of a revoked key: nobody speaks with its holder.
    package let disowned: Set<Market>
    package let membership: Membership
    /// The adopted trust root; nil while trust is what `peers/` says.
    package let root: TrustRoot?
    /// Descriptors that do not stand, and name keys under which something was applied, or may be.
    let former: [Descriptor]
    /// Where chains begin in the log that nothing but a former descriptor names.
    let formerStarts: Set<ChainStart>
    /// Files in `peers/` that were not taken.
    package let refusals: [TrustDirectory.Refusal]

    package func descriptor(of market: Market) -> Descriptor? { trusted.first { $0.market == market } }

    package var rootVersion: UInt64 { root?.version ?? 0 }

    /// The newest that is known here of each market.
    var standing: [Descriptor] { [own] + trusted + others.map(\.descriptor) }
}

/// Reads trust, and changes it on the operator's word or on a properly signed successor.
package struct TrustKeeper {
    let directory: NodeDirectory
    let federation: FederationName
    let replica: SQLiteReplica
    let memory: DescriptorMemory
    private let last: TrustMemory
    /// Seals what is pending before a root takes effect that closes something.
    let signer: () throws -> EntrySigner

    package init(
        directory: NodeDirectory, federation: FederationName, replica: SQLiteReplica, memory: DescriptorMemory,
        last: TrustMemory, signer: @escaping () throws -> EntrySigner
    ) {
        self.last = last
        self.signer = signer
        self.directory = directory
        self.federation = federation
        self.replica = replica
        self.memory = memory
    }

    private var folder: TrustDirectory {
        TrustDirectory(path: directory.peers, federation: federation, memory: memory)
    }

    /// Adding a file to `peers/` is granting trust, and removing it is taking it back: the replica's memory follows.
    package func load() throws -> Trust {
        let records = try replica.trustRecords()
        let sources = TrustMemory.Sources(directory, records)
        if let standing = last.trust(from: sources) { return standing }
        let trust = try read(records)
        last.keep(trust, from: sources)
        return trust
    }

    private func read(_ records: TrustRecords) throws -> Trust {
        let own = try ownDescriptor()
        let contents = try folder.read()
        let root = try records.root.map(root(of:))
        let disowned = Set(
            contents.descriptors.filter { root?.fields.member($0.market)?.disowns($0) ?? false }.map(\.market))
        // Nobody connects to a retired market, nor to the holder of a revoked key, whatever lies in `peers/`.
        let trusted = contents.descriptors.filter { descriptor in
            descriptor.market != own.market && !disowned.contains(descriptor.market)
                && root?.fields.member(descriptor.market)?.isRetired != true
        }.sorted { $0.market < $1.market }
        var others: [PeerStanding] = []
        let remembered = records.members
        for descriptor in trusted {
            let member = remembered.first { $0.market == descriptor.market }
            guard member?.state != .trusted || member?.serial != descriptor.serial else { continue }
            try remember(descriptor, as: .trusted)
        }
        for member in remembered where !trusted.contains(where: { $0.market == member.market }) {
            guard let descriptor = try? memory.parse(member.document) else { continue }
            let state = member.state == .trusted ? MemberRecord.State.distrusted : member.state
            if state != member.state { try remember(descriptor, as: state) }
            others.append(PeerStanding(descriptor: descriptor, state: state))
        }
        let former = records.former.compactMap { try? memory.parse($0) }
        let standing = [own] + trusted + others.map(\.descriptor)
        let starts = try Set(former.map(\.market)).reduce(into: Set<ChainStart>()) { starts, market in
            let named = StandingWord(of: market, among: standing, root).starts(named: former)
            if !named.isEmpty { starts.formUnion(named.intersection(try replica.chainStarts(of: market))) }
        }
        return Trust(
            own: own, trusted: trusted, others: others, disowned: disowned,
            membership: Membership(
                federation: federation, trusted: [own] + trusted,
                removed: others.filter { $0.state == .distrusted }.map(\.descriptor),
                introduced: others.filter { $0.state == .introduced }.map(\.descriptor), former: former,
                applied: starts, root: root, rotations: records.rotations),
            root: root, former: former, formerStarts: starts, refusals: contents.refusals)
    }

    func ownDescriptor() throws -> Descriptor {
        guard let data = FileManager.default.contents(atPath: directory.descriptor) else {
            throw NodeError(
                code: "descriptor_missing", "无法读取 \(directory.descriptor)", "\(directory.descriptor) cannot be read")
        }
        do {
            return try memory.parse(Array(data))
        } catch {
            throw NodeError(
                code: error.code, "\(directory.descriptor):\(error.words.zh)",
                "\(directory.descriptor): \(error.words.en)")
        }
    }

    private func remember(_ descriptor: Descriptor, as state: MemberRecord.State) throws {
        try replica.save(
            MemberRecord(
                market: descriptor.market, state: state, serial: descriptor.serial, document: descriptor.raw))
    }

    // MARK: The operator's word

    /// `peers add`. Returns how the descriptor stands to the one that was trusted before.
    package func add(_ bytes: [UInt8], fingerprint: String?, isReplacing: Bool) throws -> (Descriptor, Succession) {
        let new: Descriptor
        do {
            new = try Descriptor.parse(bytes)
        } catch {
            throw NodeError(.trust, code: error.code, error.words)
        }
        let trust = try load()
        guard new.market != trust.own.market else {
            throw NodeError(
                .trust, code: "own_market", "这是本节点自己的市场 \(new.market) 的描述文件",
                "this is a descriptor of \(new.market), this node's own market")
        }
        if let fingerprint, !new.hasFingerprint(fingerprint) {
            throw NodeError(
                .trust, code: "other_fingerprint",
                "\(new.market) 这份描述文件的指纹是 \(new.fingerprint),不是 \(fingerprint):请电话向 \(new.market) 核实",
                "the fingerprint of this descriptor of \(new.market) is \(new.fingerprint), not \(fingerprint): ask \(new.market) by telephone",
                peer: new.market)
        }
        guard !isReplacing || fingerprint != nil else {
            throw NodeError(
                .usage, code: "fingerprint_needed",
                "--replace 须同时给出 --fingerprint:请先与 \(new.market) 核对",
                "--replace needs --fingerprint: read it out with \(new.market) first", peer: new.market)
        }
        let succession = Succession.of(
            new, trusted: lastAccepted(new.market, trust), others: accepted(trust).filter { $0.market != new.market },
            federation: federation, replacing: isReplacing ? fingerprint : nil)
        if case .refused(let refusal) = succession {
            throw NodeError(.trust, code: refusal.code, refusal.words, peer: new.market)
        }
        if succession != .unchanged || trust.descriptor(of: new.market) == nil { try folder.write(new) }
        try remember(new, as: .trusted)
        try keepFormer()
        return (new, succession)
    }

    /// `peers remove`: ends the connection, not the history.
    package func remove(_ market: Market) throws -> Descriptor {
        guard let descriptor = try load().descriptor(of: market) else {
            throw NodeError(
                code: "not_trusted", "\(market) 不是本节点信任的同伴", "\(market) is not a trusted peer of this node",
                peer: market)
        }
        try remember(descriptor, as: .distrusted)
        try folder.remove(market)
        return descriptor
    }

    /// Also of a market whose trust was taken back: its keys still tell what is its own.
    private func lastAccepted(_ market: Market, _ trust: Trust) -> Descriptor? {
        accepted(trust).first { $0.market == market }
    }

    private func accepted(_ trust: Trust) -> [Descriptor] {
        [trust.own] + trust.trusted + trust.others.filter { $0.state == .distrusted }.map(\.descriptor)
    }

    // MARK: What travels in rounds

    /// All descriptors this node knows, the trust root, and the former descriptors under which it has applied something, as
    /// YAML documents.
    package static func documents(_ trust: Trust) -> [UInt8] {
        let documents = trust.standing.map(\.raw) + (trust.root.map { [$0.raw] } ?? []) + trust.neededFormer.map(\.raw)
        return Array(documents.joined(separator: Array("---\n".utf8)))
    }

    /// What a node can know: itself, the members, as many that it has only heard of, and former descriptors.
    private static let documentsMax = 4 * Limits.members

    private static func isRoot(_ document: [UInt8]) -> Bool {
        document.split(separator: UInt8(ascii: "\n")).prefix(8).contains { $0.starts(with: "yrd_trust_root:".utf8) }
    }

    /// Takes note of a peer's descriptors: a properly signed successor takes effect, an unknown market is introduced.
    /// Returns whether anything changed.
    ///
    /// A megabyte holds a thousand descriptors, and each one that is looked at may be written down. An honest peer shows
    /// one of each market that stands; so one of several may take effect, and the others are former ones.
    package func learn(_ documents: [UInt8], from peer: Market) throws -> Bool {
        let all = Self.split(documents)
        var hasChanged = try all.first(where: Self.isRoot).map { try learn(root: $0, from: peer) } ?? false
        let shown = all.filter { !Self.isRoot($0) }.prefix(Self.documentsMax).compactMap { try? memory.parse($0) }
            .filter { $0.federation == federation }
        var trust = try load()
        // What the peer says of us tells whether it holds our descriptor: a key is switched only after that.
        if shown.contains(where: { $0.digest == trust.own.digest }) { try noteShown(trust.own.serial, by: peer) }
        for market in Set(shown.map(\.market)).sorted() {
            let word = trust.word(of: market)
            let inOrder = shown.filter { $0.market == market }.sorted(by: word.prefers)
            // A former one may have a higher serial than the one that stands. Of those that are refused the first is noted.
            for (index, new) in inOrder.enumerated() {
                guard try learn(new, trust, from: peer, isNoted: index == 0) else { continue }
                trust = try load()
                hasChanged = true
                break
            }
        }
        try noteOurName(shown, trust.own)
        return try keepFormer(of: shown) || hasChanged
    }

    func noteShown(_ serial: UInt64, by peer: Market) throws {
        guard try replica.peer(peer).knownSerial != serial else { return }
        try replica.updatePeer(peer) { record, _ in record.knownSerial = serial }
    }

    private func learn(_ new: Descriptor, _ trust: Trust, from peer: Market, isNoted: Bool) throws -> Bool {
        guard new.market != trust.own.market else { return false }
        if let standing = lastAccepted(new.market, trust) {
            let member = trust.root?.fields.member(new.market)
            let others = accepted(trust).filter { $0.market != new.market }
            // What a key that counts says outbids what none says, whatever the numbers, and is not outbid by it.
            let isOutbid = member.map { $0.isSpoken(by: new) && !$0.isSpoken(by: standing) } ?? false
            guard new.serial > standing.serial || isOutbid else { return false }
            let isUsurper = member.map { member in
                member.disowns(new) || member.isSpoken(by: standing) && !member.isSpoken(by: new)
            }
            guard isUsurper != true else {
                if isNoted { try noteRefused(new, peer, "none of its keys may speak for its market") }
                return false
            }
            switch Succession.of(new, trusted: isOutbid ? nil : standing, others: others, federation: federation) {
            case .successor, .first:
                let isTrusted = trust.descriptor(of: new.market) != nil || trust.disowned.contains(new.market)
                if isTrusted { try folder.write(new) }
                try remember(new, as: isTrusted ? .trusted : .distrusted)
                return true
            case .refused(let refusal):
                if isNoted { try noteRefused(new, peer, refusal.words.en) }
                return false
            case .unchanged, .replacement:
                return false
            }
        }
        let member = trust.root?.fields.member(new.market)
        // A member's word is known by its keys, also where this node has never added it.
        if let member, !member.isSpoken(by: new) { return false }
        if let introduced = trust.others.first(where: { $0.descriptor.market == new.market })?.descriptor {
            let isOutbid = member.map { !$0.isSpoken(by: introduced) } ?? false
            guard isOutbid || new.serial > introduced.serial else { return false }
        } else if trust.others.count >= Limits.members {
            return false
        }
        try remember(new, as: .introduced)
        return true
    }

    private func noteRefused(_ new: Descriptor, _ peer: Market, _ reason: String) throws {
        try replica.addFinding(
            "descriptor_refused", about: new.market.name,
            detail: "serial \(new.serial), shown by \(peer): \(reason)")
    }

    /// The descriptors of one market among documents that a peer has shown.
    package func descriptors(of market: Market, in documents: [UInt8]) -> [Descriptor] {
        Self.split(documents).prefix(Self.documentsMax).compactMap { try? memory.parse($0) }
            .filter { $0.market == market && $0.federation == federation }
    }

    private static func split(_ documents: [UInt8]) -> [[UInt8]] {
        var all: [[UInt8]] = [[]]
        for line in documents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.elementsEqual("---".utf8) {
                all.append([])
            } else {
                all[all.count - 1] += line + [UInt8(ascii: "\n")]
            }
        }
        // The split leaves an empty line after the last newline of each document.
        return all.filter { !$0.allSatisfy { $0 == UInt8(ascii: "\n") } }.map { document in
            document.suffix(2).elementsEqual("\n\n".utf8) ? document.dropLast() : document
        }
    }
}
