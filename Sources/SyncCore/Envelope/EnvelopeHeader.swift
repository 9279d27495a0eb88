// The 240 signed bytes of a change set (DESIGN.md section 7).

/// A change set's header. Everything that matters is in it or bound by one of its hashes.
package struct EnvelopeHeader: Hashable, Sendable {
    private static let magic: [UInt8] = Array("YRDCS".utf8) + [0, 0, 1]
    private static let binaryChangeEncoding: UInt32 = 1

    package var suite: Suite
    /// Flag bit 0: the next change set of this origin belongs to the same instant.
    package var groupContinues: Bool
    package var federation: ID16
    package var origin: Origin
    package var sequence: UInt64
    package var trustRootVersion: UInt64
    /// The hybrid logical clock of the origin when it sealed, in milliseconds. It orders shown values, nothing else.
    package var timeMilliseconds: Int64
    package var opCount: UInt32
    /// Bytes of all ops, uncompressed, without their length prefixes.
    package var payloadBytes: UInt64
    /// The id of the origin's previous entry; zeros for the first.
    package var previous: Digest
    package var opsRoot: Digest
    package var contextHash: Digest
    package var keyID: Digest

    package init(
        suite: Suite, groupContinues: Bool, federation: ID16, origin: Origin, sequence: UInt64,
        trustRootVersion: UInt64, timeMilliseconds: Int64, opCount: UInt32, payloadBytes: UInt64,
        previous: Digest, opsRoot: Digest, contextHash: Digest, keyID: Digest
    ) {
        self.suite = suite
        self.groupContinues = groupContinues
        self.federation = federation
        self.origin = origin
        self.sequence = sequence
        self.trustRootVersion = trustRootVersion
        self.timeMilliseconds = timeMilliseconds
        self.opCount = opCount
        self.payloadBytes = payloadBytes
        self.previous = previous
        self.opsRoot = opsRoot
        self.contextHash = contextHash
        self.keyID = keyID
    }

    package var dot: Dot { Dot(origin: origin, sequence: sequence) }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: Limits.headerBytes)
        writer.raw(Self.magic)
        writer.byte(suite.rawValue)
        writer.byte(groupContinues ? 1 : 0)
        writer.integer(UInt16(0))
        writer.integer(UInt32(Limits.headerBytes))
        writer.id(federation)
        writer.id(origin.node)
        writer.id(origin.incarnation)
        writer.integer(sequence)
        writer.integer(trustRootVersion)
        writer.integer(timeMilliseconds)
        writer.integer(opCount)
        writer.integer(Self.binaryChangeEncoding)
        writer.integer(payloadBytes)
        writer.digest(previous)
        writer.digest(opsRoot)
        writer.digest(contextHash)
        writer.digest(keyID)
        writer.integer(UInt64(0))
        return writer.bytes
    }

    package init(from reader: inout ByteReader) throws(DecodeError) {
        let start = reader.position
        func malformed(_ what: String) -> DecodeError { .malformed(what, at: start) }
        guard try reader.raw(Self.magic.count) == Self.magic else { throw malformed("magic") }
        guard let suite = Suite(rawValue: try reader.byte()) else { throw malformed("unknown suite") }
        let flags = try reader.byte()
        guard flags & ~1 == 0 else { throw malformed("unknown flags") }
        try reader.zeros(2, named: "reserved")
        guard try reader.integer(UInt32.self) == UInt32(Limits.headerBytes) else { throw malformed("header length") }
        self.suite = suite
        groupContinues = flags == 1
        federation = try reader.id()
        origin = Origin(node: try reader.id(), incarnation: try reader.id())
        sequence = try reader.integer(UInt64.self)
        trustRootVersion = try reader.integer(UInt64.self)
        timeMilliseconds = try reader.integer(Int64.self)
        opCount = try reader.integer(UInt32.self)
        guard try reader.integer(UInt32.self) == Self.binaryChangeEncoding else { throw malformed("payload encoding") }
        payloadBytes = try reader.integer(UInt64.self)
        previous = try reader.digest()
        opsRoot = try reader.digest()
        contextHash = try reader.digest()
        keyID = try reader.digest()
        try reader.zeros(8, named: "reserved")
        try checkBounds(at: start)
    }

    private func checkBounds(at start: Int) throws(DecodeError) {
        guard sequence >= 1 else { throw .malformed("sequence zero", at: start) }
        guard sequence <= Limits.counterMax else { throw .overLimit("sequence", at: start) }
        guard trustRootVersion <= Limits.counterMax else { throw .overLimit("trust root version", at: start) }
        guard timeMilliseconds >= 0 else { throw .malformed("negative time", at: start) }
        guard timeMilliseconds <= Int64(Limits.counterMax) else { throw .overLimit("time", at: start) }
        guard opCount >= 1 else { throw .malformed("no ops", at: start) }
        guard opCount <= UInt32(Limits.opsPerChangeSet) else { throw .overLimit("op count", at: start) }
        guard payloadBytes <= UInt64(Limits.payloadBytes) else { throw .overLimit("payload", at: start) }
        guard (previous == .zero) == (sequence == 1) else { throw .malformed("previous hash", at: start) }
    }

    /// The entry's id: the hash, under the header's own suite, of what is signed.
    package func entryID(_ hashing: Hashing) -> Digest {
        hashing.digest(suite, preAuthenticationEncoding(.changeSet, encoded()))
    }
}
