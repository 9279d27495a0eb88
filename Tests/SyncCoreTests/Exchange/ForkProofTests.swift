// Two authentic entries of one origin with one predecessor.

import Testing

@testable import SyncCore

@Suite("Fork proof")
struct ForkProofTests {
    private static func heads() -> (trunk: OriginLog, other: OriginLog) {
        var trunk = OriginLog("shanghai")
        trunk.append()
        var other = trunk.branch(after: 1)
        trunk.append()
        trunk.append()
        other.append(website: "other")
        other.append(website: "other")
        return (trunk, other)
    }

    private static func proof(_ one: VerifiedEntry, _ other: VerifiedEntry) -> ForkProof? {
        let heads = [one, other].map { EntryHead(header: $0.header, signatures: $0.entry.signatures) }
        return ForkProof(heads[0], heads[1], .forTests)
    }

    @Test func `two entries with one predecessor are a proof, whichever comes first`() throws {
        let (trunk, other) = Self.heads()
        let proof = try #require(Self.proof(trunk[2], other[2]))
        #expect(proof == Self.proof(other[2], trunk[2]))
        #expect(proof.first.header.entryID(.forTests) < proof.second.header.entryID(.forTests))
    }

    @Test func `two first entries are a proof`() {
        var other = OriginLog("shanghai")
        other.append(website: "other")
        #expect(Self.proof(Self.heads().trunk[1], other[1]) != nil)
    }

    /// DESIGN.md section 8: one predecessor is enough. A market that counts wrong on one branch has forked all the same.
    @Test func `two entries with one predecessor are a proof also where their numbers differ`() {
        let (trunk, _) = Self.heads()
        let skipping = Entry.forTests(
            origin: trunk.origin, sequence: 7, previous: trunk[1].id,
            context: Context(catalogHash: .zero, frontier: .empty), changes: [])
        #expect(Self.proof(trunk[2], skipping.verified) != nil)
        #expect(Self.proof(trunk[3], skipping.verified) == nil)
    }

    @Test func `an entry proves nothing against itself, whatever its signatures`() {
        let (trunk, _) = Self.heads()
        var chance = SeededGenerator(seed: 1)
        var resigned = trunk[2].entry
        resigned.signatures = chance.signatures()
        #expect(Self.proof(trunk[2], trunk[2]) == nil)
        #expect(Self.proof(trunk[2], resigned.verified) == nil)
    }

    @Test func `entries of two origins, or further along two branches, prove nothing by themselves`() {
        let (trunk, other) = Self.heads()
        var elsewhere = OriginLog("shanghai", incarnation: 1)
        elsewhere.append(website: "other")
        #expect(Self.proof(trunk[1], elsewhere[1]) == nil)
        #expect(Self.proof(trunk[3], other[3]) == nil)
        #expect(Self.proof(trunk[1], trunk[2]) == nil)
    }

    @Test func `a proof survives the wire as two heads`() throws {
        let (trunk, other) = Self.heads()
        let proof = try #require(Self.proof(trunk[2], other[2]))
        let decoded = try ByteReader.decode(proof.encoded()) { reader throws(DecodeError) in
            [try EntryHead(from: &reader), try EntryHead(from: &reader)]
        }
        #expect(ForkProof(decoded[1], decoded[0], .forTests) == proof)
    }
}
