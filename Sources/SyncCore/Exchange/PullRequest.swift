// "I have this; send what I lack."

/// The body of `pull`: what the caller has applied, and the origins it holds back for want of something.
package struct PullRequest: Hashable, Sendable {
    package let frontier: Frontier
    /// Waiting for a member, a key or a predecessor: the sender leaves these out, and what depends on them.
    package let held: [Origin]

    package init(frontier: Frontier, held: some Sequence<Origin>) {
        self.frontier = frontier
        self.held = held.sorted()
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        frontier.encode(to: &writer)
        writer.integer(UInt16(held.count))
        for origin in held {
            writer.id(origin.node)
            writer.id(origin.incarnation)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            let frontier = try Frontier(from: &reader)
            let start = reader.position
            let count = Int(try reader.integer(UInt16.self))
            guard count <= Limits.heldOrigins else { throw .overLimit("held origins", at: start) }
            var held: [Origin] = []
            for _ in 0..<count {
                let origin = Origin(node: try reader.id(), incarnation: try reader.id())
                if let last = held.last, last >= origin { throw .malformed("held origins not ascending", at: start) }
                held.append(origin)
            }
            return PullRequest(frontier: frontier, held: held)
        }
    }
}
