// Which entries of a batch may be applied now, in which order, and what the others wait for (DESIGN.md section 5).

/// What admission asks of a replica: pure look-ups, given by the store.
package struct ReplicaKnowledge {
    /// The ids of the applied entries at a dot: one, or one for each branch that has come so far.
    package let entryIDs: (Dot) -> [Digest]
    /// The ids of an origin's last entries, one for each branch; empty if none is applied.
    package let headIDs: (Origin) -> [Digest]
    /// How many branches the forked origins of a market have, all together: those that the trust root has closed apart from
    /// the others, so that a thief's do not use up the market's.
    package let branchCount: (BranchPool) -> Int
    package let isClosed: (Origin) -> Bool
    /// Whether nothing of an origin counts, and how many such origins of a market are applied.
    package let isVoid: (Origin) -> Bool
    package let voidOriginCount: (Market) -> Int
    /// How many rows the frontier has.
    package let rowCount: Int
    /// Rows of over-many branches that authentic entries of other markets have named, and that are not applied.
    package let namedRows: [Row]
    /// The id of the key that signs what follows an applied entry: that entry's own, or the one to which it hands over.
    package let signerAfter: (Dot, Digest) -> Digest?
    /// The id of the key to which an entry hands over; nil for nearly all.
    package let nextSigner: (VerifiedEntry) -> Digest?

    package init(
        entryIDs: @escaping (Dot) -> [Digest], headIDs: @escaping (Origin) -> [Digest],
        branchCount: @escaping (BranchPool) -> Int, isClosed: @escaping (Origin) -> Bool,
        isVoid: @escaping (Origin) -> Bool, voidOriginCount: @escaping (Market) -> Int,
        rowCount: Int, namedRows: [Row],
        signerAfter: @escaping (Dot, Digest) -> Digest?, nextSigner: @escaping (VerifiedEntry) -> Digest?
    ) {
        self.entryIDs = entryIDs
        self.headIDs = headIDs
        self.branchCount = branchCount
        self.isClosed = isClosed
        self.isVoid = isVoid
        self.voidOriginCount = voidOriginCount
        self.rowCount = rowCount
        self.namedRows = namedRows
        self.signerAfter = signerAfter
        self.nextSigner = nextSigner
    }
}

/// Branches that are counted together.
package struct BranchPool: Hashable, Sendable {
    package let market: Market
    package let isClosed: Bool

    package init(market: Market, isClosed: Bool) {
        self.market = market
        self.isClosed = isClosed
    }
}

/// What an entry lacks before it can be applied.
package enum Need: Hashable, Sendable {
    case predecessor(Dot)
    /// An entry that its context names.
    case context(Row)
    /// The rest of its group.
    case groupEnd(Dot)
    /// An earlier entry of the same origin waits or was set aside.
    case earlierEntry(Dot)
    /// A market that is not a member here (yet).
    case member(String)
    /// The member's descriptor has no key for this incarnation and sequence (yet).
    case keySpan(Dot)
    /// A trust root of this version is not known here (yet).
    case trustRoot(UInt64)
    /// A frontier has room for `Limits.contextRows` rows, and that many are known here.
    case room(Origin)
    /// Its market has as many branches here as one may have, and no entry of another market has named this one.
    case branchOverLimit(Dot)

    package var text: String {
        switch self {
        case .predecessor(let dot): "entry \(dot)"
        case .context(let row): "entry \(row.dot)"
        case .groupEnd(let dot): "the rest of the group of \(dot)"
        case .earlierEntry(let dot): "entry \(dot), which waits itself"
        case .member(let market): "a trusted descriptor of \(market)"
        case .keySpan(let dot): "a descriptor with a key for \(dot)"
        case .trustRoot(let version): "trust root version \(version)"
        case .room(let origin): "room for \(origin): this federation has too many incarnations"
        case .branchOverLimit(let dot):
            "an entry of another market that names \(dot) or what follows it: its market has too many branches"
        }
    }
}

package struct Admission {
    /// To be applied, in this order. An entry that contradicts an applied one begins a branch, and is as good as any.
    package private(set) var admitted: [VerifiedEntry] = []
    package private(set) var waiting: [(entry: VerifiedEntry, need: Need)] = []
    /// Signed by a key of their market that is not the one in force behind the entry they follow: they are no entries.
    package private(set) var wronglySigned: [VerifiedEntry] = []
    package private(set) var knownAlready = 0

    private let batch: [VerifiedEntry]
    private let knowledge: ReplicaKnowledge
    private var admittedIDs: [Dot: [Digest]] = [:]
    /// By the id of an admitted entry.
    private var signersAfter: [Digest: Digest] = [:]
    private var heads: [Origin: Set<Digest>] = [:]
    private var newBranches: [BranchPool: Int] = [:]
    private var newVoidOrigins: [Market: Int] = [:]
    private var newRows = 0
    /// Entries of the batch that other markets name, or that lead to one that they name.
    private lazy var namedIDs = Self.named(in: batch, knowledge.namedRows, isVoid: knowledge.isVoid)

    /// Some rows are left for our own incarnations: a member that mints them without end must not stop our sealing.
    private static let rowsMax = Limits.contextRows - 64

    /// Sorts a batch. The order of the batch is the sender's order of application, and is kept.
    package init(of batch: [VerifiedEntry], knowledge: ReplicaKnowledge) {
        self.batch = batch
        self.knowledge = knowledge
        var group: [VerifiedEntry] = []
        for entry in batch {
            if let previous = group.last, previous.header.origin != entry.header.origin {
                wait(group, for: .groupEnd(previous.header.dot))
                group = []
            }
            group.append(entry)
            guard !entry.header.groupContinues else { continue }
            consider(group)
            group = []
        }
        if let last = group.last { wait(group, for: .groupEnd(last.header.dot)) }
    }

    private mutating func wait(_ group: [VerifiedEntry], for need: Need) {
        for entry in group where !isKnown(entry) { waiting.append((entry, need)) }
    }

    /// A group is taken whole or not at all.
    private mutating func consider(_ group: [VerifiedEntry]) {
        let origin = group[0].header.origin
        // The whole run must be one chain, what is known of it too: else a known entry that ends its own group would
        // let half of another one in.
        for (entry, next) in zip(group, group.dropFirst())
        where next.header.previous != entry.id || next.header.sequence != entry.header.sequence + 1 {
            return wait(group, for: .predecessor(Dot(origin: origin, sequence: next.header.sequence - 1)))
        }
        let unknown = group.filter { !isKnown($0) }
        knownAlready += group.count - unknown.count
        guard let first = unknown.first else { return }
        let before = Dot(origin: origin, sequence: first.header.sequence - 1)
        guard before.sequence == 0 || entryIDs(at: before).contains(first.header.previous) else {
            return wait(unknown, for: .predecessor(before))
        }
        // Part of a group is no group: one entry of a wrong key makes all of it nothing.
        guard let signers = signersInTurn(unknown, after: before) else {
            wronglySigned += unknown
            return
        }
        if let row = missingRow(of: unknown) { return wait(unknown, for: .context(row)) }
        if let need = needOfNewRow(first) { return wait(unknown, for: need) }
        for (entry, signer) in zip(unknown, signers) {
            admitted.append(entry)
            admittedIDs[entry.header.dot, default: []].append(entry.id)
            signersAfter[entry.id] = signer
        }
        heads[origin]!.remove(first.header.previous)
        heads[origin]!.insert(unknown.last!.id)
    }

    /// The ids of the keys in force behind each entry; nil unless each is signed by the one in force on its own way there: the
    /// key of the entry before it, or the one to which that one hands over. Which keys a market has in an incarnation,
    /// PeerTrust has checked; a branch that left before a rotation goes on with the old key, and on no node does it matter
    /// which of the two came first.
    private func signersInTurn(_ entries: [VerifiedEntry], after before: Dot) -> [Digest]? {
        let first = entries[0]
        var signer =
            before.sequence == 0
            ? first.header.keyID
            : signersAfter[first.header.previous] ?? knowledge.signerAfter(before, first.header.previous)
        var signers: [Digest] = []
        for entry in entries {
            guard entry.header.keyID == signer else { return nil }
            signers.append(knowledge.nextSigner(entry) ?? entry.header.keyID)
            signer = signers.last
        }
        return signers
    }

    /// What an entry that begins an origin or a branch lacks, nil if it may; one that follows a head needs no row.
    private mutating func needOfNewRow(_ first: VerifiedEntry) -> Need? {
        let origin = first.header.origin
        let standing = heads[origin] ?? Set(knowledge.headIDs(origin))
        heads[origin] = standing
        guard !standing.contains(first.header.previous) else { return nil }
        guard knowledge.rowCount + newRows < Self.rowsMax else { return .room(origin) }
        if standing.isEmpty, knowledge.isVoid(origin) {
            // Whoever holds a revoked key may begin any number; honest markets name what they applied before they knew.
            let voids = knowledge.voidOriginCount(first.market) + newVoidOrigins[first.market, default: 0] + 1
            guard voids <= Limits.branchesOfMarket || namedIDs.contains(first.id) else {
                return .branchOverLimit(first.header.dot)
            }
            newVoidOrigins[first.market, default: 0] += 1
        }
        if !standing.isEmpty {
            // The second branch makes one of the trunk, too.
            let more = standing.count == 1 ? 2 : 1
            let pool = BranchPool(market: first.market, isClosed: knowledge.isClosed(origin))
            let count = knowledge.branchCount(pool) + newBranches[pool, default: 0] + more
            guard count <= Limits.branchesOfMarket || namedIDs.contains(first.id) else {
                return .branchOverLimit(first.header.dot)
            }
            newBranches[pool, default: 0] += more
        }
        newRows += 1
        return nil
    }

    /// A chain that ends where another market's entry says to have seen it: that market has taken it, and so must we. Of what
    /// is void, also where an entry of its own market says so that is not.
    private static func named(
        in batch: [VerifiedEntry], _ namedRows: [Row], isVoid: (Origin) -> Bool
    ) -> Set<Digest> {
        var rows = Set(namedRows)
        for (context, entries) in Dictionary(grouping: batch, by: \.entry.context) {
            guard let context = try? Context(decoding: context) else { continue }
            for entry in entries {
                rows.formUnion(context.frontier.rows.filter { Self.mayName($0, entry, isVoid: isVoid) })
            }
        }
        var entries: [Digest: VerifiedEntry] = [:]
        for entry in batch { entries[entry.id] = entry }
        var named: Set<Digest> = []
        for entry in batch where rows.contains(entry.row) {
            var next: VerifiedEntry? = entry
            while let one = next, named.insert(one.id).inserted { next = entries[one.header.previous] }
        }
        return named
    }

    /// Whether an entry that names a row makes us take what stands there, whatever the number of its like.
    package static func mayName(_ row: Row, _ entry: VerifiedEntry, isVoid: (Origin) -> Bool) -> Bool {
        row.origin.market != entry.market || isVoid(row.origin) && !isVoid(entry.header.origin)
    }

    /// The first row that is not applied of any context in the group. Entries of a group have one context; where one does
    /// not, it is faulty, and waits for what it names all the same.
    private func missingRow(of group: [VerifiedEntry]) -> Row? {
        var looked: Digest?
        for entry in group where entry.header.contextHash != looked {
            if let row = missingRow(of: entry) { return row }
            looked = entry.header.contextHash
        }
        return nil
    }

    /// The first row of the entry's context that is not applied. An undecodable context names nothing: the entry is
    /// faulty, and is applied without effect in its turn.
    private func missingRow(of entry: VerifiedEntry) -> Row? {
        guard let context = try? Context(decoding: entry.entry.context) else { return nil }
        return context.frontier.rows.first { row in
            row.origin != entry.header.origin && !entryIDs(at: row.dot).contains { $0.prefix == row.idPrefix }
        }
    }

    private func isKnown(_ entry: VerifiedEntry) -> Bool { entryIDs(at: entry.header.dot).contains(entry.id) }

    private func entryIDs(at dot: Dot) -> [Digest] { knowledge.entryIDs(dot) + (admittedIDs[dot] ?? []) }
}
