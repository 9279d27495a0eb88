// "I hold everything up to these rows": the statement that receipts and checkpoints are.

package import SyncCore

/// A receipt (proof of reception) or a checkpoint (proof of a state), PROTOCOL.md section 5.
package struct FrontierStatement: Hashable, Sendable {
    package enum Kind: Hashable, Sendable, CaseIterable {
        case receipt
        case checkpoint

        package var statementType: StatementType {
            switch self {
            case .receipt: .receipt
            case .checkpoint: .checkpoint
            }
        }
    }

    private static let version: UInt8 = 1
    /// Version, federation, origin, root, counter, time, digest and the number of rows.
    private static let fixedByteCount = 1 + 16 + 32 + 8 + 8 + 8 + 32 + 2

    package let kind: Kind
    package let federation: ID16
    /// The node that speaks, in its incarnation.
    package let origin: Origin
    package let trustRootVersion: UInt64
    /// Rises by one with each statement of the node; persisted, so that an old statement is known as old.
    package let counter: UInt64
    package let timeMilliseconds: Int64
    /// The state digest; zeros in a receipt.
    package let digest: Digest
    /// The own origin included.
    package let frontier: Frontier

    /// A receipt.
    package init(
        receiptOf frontier: Frontier, federation: ID16, origin: Origin, trustRootVersion: UInt64, counter: UInt64,
        timeMilliseconds: Int64
    ) {
        self.init(
            kind: .receipt, federation: federation, origin: origin, trustRootVersion: trustRootVersion,
            counter: counter, timeMilliseconds: timeMilliseconds, digest: .zero, frontier: frontier)
    }

    /// A checkpoint.
    package init(
        checkpointOf frontier: Frontier, digest: Digest, federation: ID16, origin: Origin, trustRootVersion: UInt64,
        counter: UInt64, timeMilliseconds: Int64
    ) {
        self.init(
            kind: .checkpoint, federation: federation, origin: origin, trustRootVersion: trustRootVersion,
            counter: counter, timeMilliseconds: timeMilliseconds, digest: digest, frontier: frontier)
    }

    private init(
        kind: Kind, federation: ID16, origin: Origin, trustRootVersion: UInt64, counter: UInt64,
        timeMilliseconds: Int64, digest: Digest, frontier: Frontier
    ) {
        self.kind = kind
        self.federation = federation
        self.origin = origin
        self.trustRootVersion = trustRootVersion
        self.counter = counter
        self.timeMilliseconds = timeMilliseconds
        self.digest = digest
        self.frontier = frontier
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: Self.fixedByteCount + frontier.rows.count * Row.encodedBytes)
        writer.byte(Self.version)
        writer.id(federation)
        writer.id(origin.node)
        writer.id(origin.incarnation)
        writer.integer(trustRootVersion)
        writer.integer(counter)
        writer.integer(timeMilliseconds)
        writer.digest(digest)
        frontier.encode(to: &writer)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8], as kind: Kind) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            guard try reader.byte() == Self.version else { throw .malformed("statement version", at: 0) }
            let statement = FrontierStatement(
                kind: kind, federation: try reader.id(),
                origin: Origin(node: try reader.id(), incarnation: try reader.id()),
                trustRootVersion: try reader.integer(UInt64.self), counter: try reader.integer(UInt64.self),
                timeMilliseconds: try reader.integer(Int64.self), digest: try reader.digest(),
                frontier: try Frontier(from: &reader))
            try statement.checkBounds()
            return statement
        }
    }

    private func checkBounds() throws(DecodeError) {
        guard origin.market != nil else { throw .malformed("node is no market's name", at: 17) }
        guard trustRootVersion <= Limits.counterMax else { throw .overLimit("trust root version", at: 49) }
        guard counter >= 1 else { throw .malformed("counter zero", at: 57) }
        guard counter <= Limits.counterMax else { throw .overLimit("counter", at: 57) }
        guard timeMilliseconds >= 0 else { throw .malformed("negative time", at: 65) }
        guard timeMilliseconds <= Int64(Limits.counterMax) else { throw .overLimit("time", at: 65) }
        guard kind == .checkpoint || digest == .zero else { throw .malformed("digest in a receipt", at: 73) }
    }

    /// Signs with each key given: one of every suite that the federation requires of this market.
    package func signed(by keys: [SigningKey]) throws(OpenSSLError) -> SignedStatement {
        precondition(Set(keys.map(\.suite)).count == keys.count, "one signature a suite")
        let body = encoded()
        var signatures: [SignatureRecord] = []
        for key in keys.sorted(by: { $0.suite < $1.suite }) {
            signatures.append(try key.sign(kind.statementType, body))
        }
        return SignedStatement(body: body, signatures: signatures)
    }
}
