// What a peer says that it cannot take counts for what it was sent, and makes us begin anew once.

import Testing

@testable import SyncCore

@Suite("Held by a peer")
struct HeldByPeerTests {
    private static func origin(_ market: String) -> Origin { Origin(market: Market(market)!, incarnation: .zero) }

    private static func entry(_ market: String) -> Entry {
        Entry(
            header: EnvelopeHeader(
                suite: .ed25519SHA256, groupContinues: false, federation: .zero, origin: origin(market), sequence: 1,
                trustRootVersion: 0, timeMilliseconds: 0, opCount: 1, payloadBytes: 0, previous: .zero,
                opsRoot: .zero, contextHash: .zero, keyID: .zero),
            signatures: [], context: [], ops: [])
    }

    private static func refusal(_ market: String, _ refusalClass: EntryRefusal.Class = .waiting) -> EntryRefusal {
        EntryRefusal(origin: origin(market), sequence: 1, id: nil, class: refusalClass, code: "c")
    }

    private static let batch = Batch(entries: [entry("shanghai"), entry("jiangsu")])

    @Test func `an origin of the batch that waits is left out from then on, and begins a walk anew once`() {
        var held = HeldByPeer()
        let (jiangsu, shanghai) = (Self.refusal("jiangsu"), Self.refusal("shanghai"))
        var beginsAnew: [Bool] = []
        for refused in [[jiangsu], [jiangsu], [jiangsu, shanghai], [shanghai]] {
            beginsAnew.append(held.note(refused, of: Self.batch.origins))
        }
        #expect(beginsAnew == [true, false, true, false])
        #expect(held.origins == [Self.origin("jiangsu"), Self.origin("shanghai")])
    }

    @Test func `an origin that the batch does not carry begins nothing anew`() {
        var held = HeldByPeer()
        let beginsAnew = held.note([Self.refusal("anhui")], of: Self.batch.origins)
        #expect(!beginsAnew)
        #expect(held.origins.isEmpty)
    }

    @Test func `only what waits is left out`() {
        var held = HeldByPeer()
        for other in [EntryRefusal.Class.notAuthentic, .faulty, .forbidden, .fork] {
            let beginsAnew = held.note([Self.refusal("jiangsu", other)], of: Self.batch.origins)
            #expect(!beginsAnew)
        }
        #expect(held.origins.isEmpty)
    }
}
