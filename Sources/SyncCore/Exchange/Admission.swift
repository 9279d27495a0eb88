// Which entries of a batch may be applied now, in which order, and what the others wait for (DESIGN.md section 5).

/// What admission asks of a replica: pure look-ups, given by the store.
package struct ReplicaKnowledge {
    /// The id of the applied entry at a dot, nil if none is applied there.
    package let entryID: (Dot) -> Digest?
    /// The highest applied sequence of an origin, 0 if none.
    package let headSequence: (Origin) -> UInt64
    /// How many origins have an applied entry.
    package let originCount: Int

    package init(
        entryID: @escaping (Dot) -> Digest?, headSequence: @escaping (Origin) -> UInt64, originCount: Int
    ) {
        self.entryID = entryID
        self.headSequence = headSequence
        self.originCount = originCount
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
    /// A frontier has room for `Limits.contextRows` origins, and that many are known here.
    case room(Origin)

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
        }
    }
}

package struct Admission {
    /// To be applied, in this order.
    package private(set) var admitted: [VerifiedEntry] = []
    package private(set) var waiting: [(entry: VerifiedEntry, need: Need)] = []
    /// Each contradicts an entry that is applied: the proof of a fork.
    package private(set) var forked: [(entry: VerifiedEntry, applied: Dot)] = []
    package private(set) var knownAlready = 0

    private let knowledge: ReplicaKnowledge
    private var admittedIDs: [Dot: Digest] = [:]
    private var admittedHeads: [Origin: UInt64] = [:]
    private var newOrigins = 0

    /// Some rows are left for our own incarnations: a member that mints them without end must not stop our sealing.
    private static let originsMax = Limits.contextRows - 64

    /// Sorts a batch. The order of the batch is the sender's order of application, and is kept.
    package init(of batch: [VerifiedEntry], knowledge: ReplicaKnowledge) {
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
        for entry in group where entryID(at: entry.header.dot) != entry.id { waiting.append((entry, need)) }
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
        let unknown = group.filter { entryID(at: $0.header.dot) != $0.id }
        knownAlready += group.count - unknown.count
        guard let first = unknown.first else { return }
        if let contradiction = unknown.first(where: { entryID(at: $0.header.dot) != nil }) {
            forked += unknown.map { ($0, contradiction.header.dot) }
            return
        }
        let head = headSequence(of: origin)
        let before = Dot(origin: origin, sequence: first.header.sequence - 1)
        guard first.header.sequence == head + 1 else { return wait(unknown, for: .predecessor(before)) }
        guard head == 0 || entryID(at: before) == first.header.previous else {
            // It continues another branch, whose first entry has not been shown yet.
            return wait(unknown, for: .predecessor(before))
        }
        if let row = missingRow(of: unknown) { return wait(unknown, for: .context(row)) }
        guard head > 0 || knowledge.originCount + newOrigins < Self.originsMax else {
            return wait(unknown, for: .room(origin))
        }
        if head == 0 { newOrigins += 1 }
        for entry in unknown {
            admitted.append(entry)
            admittedIDs[entry.header.dot] = entry.id
        }
        admittedHeads[origin] = unknown.last!.header.sequence
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
            row.origin != entry.header.origin && entryID(at: row.dot)?.prefix != row.idPrefix
        }
    }

    private func entryID(at dot: Dot) -> Digest? { admittedIDs[dot] ?? knowledge.entryID(dot) }

    private func headSequence(of origin: Origin) -> UInt64 {
        max(admittedHeads[origin] ?? 0, knowledge.headSequence(origin))
    }
}
