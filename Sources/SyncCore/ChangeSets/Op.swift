// One op by itself: what a change set is a list of, and what a Merkle path proves.

/// A note or a change (PROTOCOL.md section 4).
package enum Op: Hashable, Sendable {
    case note(Note)
    case change(Change)

    /// - Parameter range: the op's bytes in `ops`, kind byte and all.
    package init(decoding ops: [UInt8], in range: Range<Int>) throws(DecodeError) {
        var reader = ByteReader(ops, in: range)
        let kind = try reader.byte()
        if kind == Note.opKind {
            self = .note(try Note(from: &reader))
        } else if let kind = ChangeKind(rawValue: kind) {
            guard range.count <= Limits.changeBytes else { throw .overLimit("change", at: range.lowerBound) }
            self = .change(try Change(kind: kind, from: &reader))
        } else {
            throw .malformed("unknown op kind \(kind)", at: range.lowerBound)
        }
        try reader.finish()
    }
}
