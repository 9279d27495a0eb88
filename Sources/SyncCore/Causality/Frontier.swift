// What a replica has applied, and, less its own origin, what a change set has seen.

/// A version vector: strictly ascending rows, one for each origin (several where an origin has branches).
package struct Frontier: Hashable, Sendable {
    /// Invariant: strictly ascending, at most `Limits.contextRows`.
    package let rows: [Row]

    package init(rows: some Sequence<Row>) {
        self.rows = rows.sorted()
    }

    package static let empty = Frontier(rows: [])

    /// All rows of one origin: they stand together.
    package func rows(of origin: Origin) -> ArraySlice<Row> {
        let start = firstIndex { $0.origin >= origin }
        return rows[start...].prefix { $0.origin == origin }
    }

    /// The highest sequence named for an origin, 0 if none.
    package func sequence(of origin: Origin) -> UInt64 {
        let end = firstIndex { $0.origin > origin }
        guard end > 0, rows[end - 1].origin == origin else { return 0 }
        return rows[end - 1].sequence
    }

    /// The first row from which on a condition holds, by halving: a peer's frontier of 1,024 rows is compared with ours row
    /// by row, and each look-up must not walk it again.
    private func firstIndex(where isReached: (Row) -> Bool) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if isReached(rows[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Grows with what the other frontier says to have of this one's entries: the entries, and the branches' heads, since
    /// a branch that arrives may be no longer than what was there.
    package func count(sharedWith other: Frontier) -> UInt64 {
        rows.reduce(0) { sum, row in
            sum + min(row.sequence, other.sequence(of: row.origin)) + (other.rows(of: row.origin).contains(row) ? 1 : 0)
        }
    }

    /// Of two words of another replica the one that has more of this one's entries; the first if neither has.
    package func further(_ one: Frontier, _ other: Frontier) -> Frontier {
        count(sharedWith: other) > count(sharedWith: one) ? other : one
    }

    package func without(_ origin: Origin) -> Frontier {
        Frontier(rows: rows.filter { $0.origin != origin })
    }

    package func encode(to writer: inout ByteWriter) {
        precondition(rows.count <= Limits.contextRows, "a frontier has at most \(Limits.contextRows) rows")
        writer.integer(UInt16(rows.count))
        for row in rows { row.encode(to: &writer) }
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 2 + rows.count * Row.encodedBytes)
        encode(to: &writer)
        return writer.bytes
    }

    package init(from reader: inout ByteReader) throws(DecodeError) {
        let start = reader.position
        let count = Int(try reader.integer(UInt16.self))
        guard count <= Limits.contextRows else { throw .overLimit("frontier rows", at: start) }
        guard count * Row.encodedBytes <= reader.remaining else { throw .truncated(at: start) }
        var rows: [Row] = []
        rows.reserveCapacity(count)
        for _ in 0..<count {
            let row = try Row(from: &reader)
            if let last = rows.last, last >= row { throw .malformed("frontier rows not ascending", at: start) }
            rows.append(row)
        }
        self.rows = rows
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in try Frontier(from: &reader) }
    }
}
