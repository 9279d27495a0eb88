// A frontier has 1,024 rows: who mints incarnations without end must not stop anybody's sealing.

import Testing

@testable import SyncCore

@Suite("Room for origins")
struct AdmissionRoomTests {
    private static let room = Limits.contextRows - 64

    private static func firstEntry(of number: UInt64) -> VerifiedEntry {
        let market = Market("shanghai")!
        let incarnation = ID16(Array(repeating: 0, count: 8) + number.bigEndianBytes)!
        let header = EnvelopeHeader(
            suite: .ed25519SHA256, groupContinues: false, federation: .zero,
            origin: Origin(market: market, incarnation: incarnation), sequence: 1, trustRootVersion: 0,
            timeMilliseconds: 1, opCount: 1, payloadBytes: 1, previous: .zero, opsRoot: .zero, contextHash: .zero,
            keyID: .zero)
        let context = Context(catalogHash: .zero, frontier: .empty).encoded()
        return VerifiedEntry(
            afterVerifying: Entry(header: header, signatures: [], context: context, ops: [0, 0, 0, 1, 0]),
            id: Digest(words: (number + 1, 0, 0, 0)), market: market)
    }

    private static func admission(_ entries: [VerifiedEntry], originCount: Int) -> Admission {
        Admission(
            of: entries,
            knowledge: ReplicaKnowledge(
                entryIDs: { _ in [] }, headIDs: { _ in [] }, branchCount: { _ in 0 }, isClosed: { _ in false },
                isVoid: { _ in false }, voidOriginCount: { _ in 0 }, rowCount: originCount, namedRows: [],
                signerAfter: { _, _ in nil }, nextSigner: { _ in nil }))
    }

    @Test(arguments: [(room - 1, 1), (room, 0), (room + 1, 0)])
    func `a new origin is admitted only while there is room`(_ known: Int, _ admitted: Int) {
        let admission = Self.admission([Self.firstEntry(of: 1)], originCount: known)
        #expect(admission.admitted.count == admitted)
        #expect(admission.waiting.count == 1 - admitted)
    }

    @Test func `origins of one batch count too`() {
        let entries = (UInt64(0)..<3).map(Self.firstEntry)
        let admission = Self.admission(entries, originCount: Self.room - 2)
        #expect(admission.admitted.map(\.id) == entries.prefix(2).map(\.id))
        #expect(admission.waiting.map(\.entry.id) == [entries[2].id])
    }
}
