// An entry's meaning, decoded and checked against every rule that needs nothing but the entry itself.

/// Why an authentic entry is without effect (DESIGN.md section 5, rule 7: *faulty*).
package enum EntryFault: Error, Hashable, Sendable {
    case undecodable(DecodeError)
    /// Notes first, then changes strictly ascending by type and key.
    case opsOutOfOrder
    /// A change refers to a note that is not there.
    case noSuchNote
    case changeTooLarge
    /// A keep names an entry that the context does not see.
    case keepNotSeen
    case contextNamesOwnOrigin
    /// Lower than the context of this origin's previous entry.
    case contextFell
    /// Names an entry whose group goes on.
    case contextSplitsGroup
    /// Differs from the context of the other entries of its group.
    case groupContextDiffers
    case groupTooLarge
    /// A value whose form does not fit its column, or the wrong number of values, in a unit that the catalog knows.
    case valueDoesNotFit
    case trustRootVersionFell
    /// Note 7 names a key of another suite, more than one, or one whose owner did not prove to hold it.
    case nextKeyRefused
    /// Beyond the last entries that count of an origin which the trust root has closed.
    case closed

    /// Only the trust root makes what is well formed void.
    package var refusalClass: EntryRefusal.Class { self == .closed ? .void : .faulty }

    /// A stable slug.
    package var code: String {
        switch self {
        case .undecodable(let error): "undecodable_\(error.code)"
        case .opsOutOfOrder: "ops_out_of_order"
        case .noSuchNote: "no_such_note"
        case .changeTooLarge: "change_too_large"
        case .keepNotSeen: "keep_not_seen"
        case .contextNamesOwnOrigin: "context_names_own_origin"
        case .contextFell: "context_fell"
        case .contextSplitsGroup: "context_splits_group"
        case .groupContextDiffers: "group_context_differs"
        case .groupTooLarge: "group_too_large"
        case .valueDoesNotFit: "value_does_not_fit"
        case .trustRootVersionFell: "trust_root_version_fell"
        case .nextKeyRefused: "next_key_refused"
        case .closed: "closed"
        }
    }
}

/// A decoded change set. Units and types that the catalog does not know are in it all the same.
package struct ChangeSet: Hashable, Sendable {
    package let context: Context
    package let notes: [Note]
    package let changes: [Change]

    /// Decodes context and ops, and checks the rules of form.
    package init(decoding entry: Entry) throws(EntryFault) {
        let header = entry.header
        do throws(DecodeError) {
            context = try Context(decoding: entry.context)
        } catch {
            throw .undecodable(error)
        }
        guard context.frontier.rows(of: header.origin).isEmpty else { throw .contextNamesOwnOrigin }

        var notes: [Note] = []
        var changes: [Change] = []
        do throws(DecodeError) {
            for range in try entry.opRanges() {
                switch try Op(decoding: entry.ops, in: range) {
                case .note(let note):
                    guard changes.isEmpty else { throw .malformed("note after a change", at: range.lowerBound) }
                    notes.append(note)
                case .change(let change): changes.append(change)
                }
            }
        } catch {
            throw .undecodable(error)
        }
        self.notes = notes
        self.changes = changes
        try checkForm(header)
    }

    private func checkForm(_ header: EnvelopeHeader) throws(EntryFault) {
        for (earlier, later) in zip(changes, changes.dropFirst()) where earlier.record >= later.record {
            throw .opsOutOfOrder
        }
        let rows = context.frontier.rows
        for change in changes {
            guard change.note <= notes.count else { throw .noSuchNote }
            for keep in change.keeps {
                guard keep.sequence >= 1, keep.row <= rows.count else { throw .keepNotSeen }
                let last = keep.row == 0 ? header.sequence - 1 : rows[keep.row - 1].sequence
                guard keep.sequence <= last else { throw .keepNotSeen }
            }
        }
    }

    package func note(of change: Change) -> Note? {
        change.note == 0 ? nil : notes[change.note - 1]
    }

    /// Values of units that the catalog knows must have its number and form. Meaning is not checked: a code that is in
    /// no list arrives, and is a finding of quality.
    package func fits(_ schema: Schema) -> Bool {
        changes.allSatisfy { change in
            guard let record = schema.record(change.record.type) else { return true }
            return change.units.allSatisfy { record.unit($0.unit)?.fits($0.values) ?? true }
        }
    }
}

/// The ops of a change set that is being sealed, and what its header says of them.
package struct EncodedOps: Sendable {
    package let framed: [UInt8]
    package let count: Int
    package let payloadBytes: Int
    package let root: Digest

    package init(notes: [Note], changes: [[UInt8]], suite: Suite, _ hashing: Hashing) {
        let ops = notes.map { $0.encoded() } + changes
        framed = Self.framed(ops)
        count = ops.count
        payloadBytes = framed.count - 4 * ops.count
        let digest = { hashing.digest(suite, $0) }
        root = MerkleTree.root(ofLeaves: ops.map { MerkleTree.leaf($0, digest) }, digest)
    }

    /// Ops as they stand in an entry.
    package static func framed(_ ops: [[UInt8]]) -> [UInt8] {
        var writer = ByteWriter(reserving: ops.reduce(0) { $0 + $1.count + 4 })
        for op in ops { writer.framed(op) }
        return writer.bytes
    }
}
