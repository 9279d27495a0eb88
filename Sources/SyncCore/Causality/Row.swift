// What vectors, contexts, receipts and checkpoints are lists of.

/// "This origin, up to this entry": origin, sequence number and the first half of that entry's id, which tells branches
/// of a forked origin apart.
package struct Row: Hashable, Comparable, Sendable {
    package static let encodedBytes = 56

    package let origin: Origin
    package let sequence: UInt64
    package let idPrefix: ID16

    package init(origin: Origin, sequence: UInt64, idPrefix: ID16) {
        self.origin = origin
        self.sequence = sequence
        self.idPrefix = idPrefix
    }

    package var dot: Dot { Dot(origin: origin, sequence: sequence) }

    /// Byte order of the encoding.
    package static func < (left: Row, right: Row) -> Bool {
        (left.origin, left.sequence, left.idPrefix) < (right.origin, right.sequence, right.idPrefix)
    }

    package func encode(to writer: inout ByteWriter) {
        writer.id(origin.node)
        writer.id(origin.incarnation)
        writer.integer(sequence)
        writer.id(idPrefix)
    }

    package init(from reader: inout ByteReader) throws(DecodeError) {
        let start = reader.position
        origin = Origin(node: try reader.id(), incarnation: try reader.id())
        sequence = try reader.integer(UInt64.self)
        idPrefix = try reader.id()
        guard sequence >= 1 else { throw .malformed("sequence zero", at: start) }
        guard sequence <= Limits.counterMax else { throw .overLimit("sequence", at: start) }
    }
}
