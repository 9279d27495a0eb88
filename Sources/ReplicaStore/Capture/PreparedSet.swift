// What of a change set can be made on another core before it is signed.

import SyncCore

/// A change set to which nothing is added any more.
struct ClosedSet: Sendable {
    let drafted: [DraftedChange]
    let notes: [Note]
    let groupContinues: Bool
}

/// What of a change set needs neither its place in the log nor a key.
struct PreparedSet: Sendable {
    let ops: EncodedOps
    let payload: LogPayload
    /// Of each type; nil where what was encoded as plain is not.
    let plain: [(changes: PlainChanges?, ops: [UInt8])]

    init(_ set: ClosedSet, context: [UInt8], suite: Suite, _ schema: Schema, _ hashing: Hashing) {
        let encoded = set.drafted.map(\.encoded)
        let ops = EncodedOps(notes: set.notes, changes: encoded, suite: suite, hashing)
        var changesByType: [Text: [[UInt8]]] = [:]
        for case .plain(let type, let encoded) in set.drafted { changesByType[type, default: []].append(encoded) }
        plain = changesByType.sorted { $0.key < $1.key }.map { _, changes in
            // As if they were an entry of their own.
            let framed = changes.count == ops.count ? ops.framed : EncodedOps.framed(changes)
            return (PlainChanges(ops: framed, count: changes.count, schema: schema), framed)
        }
        self.ops = ops
        payload = LogPayload(context: context, ops: ops.framed)
    }
}
