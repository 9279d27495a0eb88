// What a change set has seen, as its author's replica stood when it sealed.

/// `u8 1 ‖ catalog_hash[32] ‖ frontier`. The own origin is implied: its predecessor says it.
package struct Context: Hashable, Sendable {
    private static let version: UInt8 = 1

    package let catalogHash: Digest
    package let frontier: Frontier

    package init(catalogHash: Digest, frontier: Frontier) {
        self.catalogHash = catalogHash
        self.frontier = frontier
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 35 + frontier.rows.count * Row.encodedBytes)
        writer.byte(Self.version)
        writer.digest(catalogHash)
        frontier.encode(to: &writer)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            guard try reader.byte() == Self.version else { throw .malformed("context version", at: 0) }
            return Context(catalogHash: try reader.digest(), frontier: try Frontier(from: &reader))
        }
    }
}
