// A thief may make any number of descriptors under which something was applied; what a node shows stays within its room.

import PeerTrust
import SyncCore
import Testing

@testable import SyncNode

@Suite("Room for former descriptors")
struct FormerDescriptorRoomTests: StolenKeyStory {
    let stage: StolenKeyStage

    init() throws { stage = try StolenKeyStage() }

    /// Each names as many incarnations as one may, all of its own.
    private func introduced(_ count: Int) throws -> [Descriptor] {
        let (stolen, tls) = (try thief.keyRing.first(), try stolenTLS())
        let before = try thief.ownDescriptor().signing
        return try (0..<count).map { number in
            let made = try SigningKey.generate(.ed25519SHA256)
            let spans = (0..<FormerDescriptors.startsMax).map { place in
                let bytes = [UInt8(number >> 8), UInt8(number & 0xFF), UInt8(place)] + Array(repeating: 9, count: 13)
                return KeySpan(incarnation: ID16(bytes)!, fromSequence: 1)
            }
            return try usurp(with: [stolen, made], tls: tls) { fields in
                fields.serial = 900 + UInt64(number)
                fields.signing = before + [SpannedKey(key: try made.verificationKey, spans: spans)]
            }
        }
    }

    @Test func `of former descriptors as many are shown as there is room for, and the same ones whatever their order`()
        throws
    {
        try revokeEverywhere()
        let former = try introduced(260)
        let bytes = former.reduce(0) { $0 + $1.raw.count }
        try #require(bytes > FormerDescriptors.shownBytesMax && former[0].raw.count <= FormerDescriptors.bytesMax)
        let trust = try jiangsu.trust()
        let starts = trust.word(of: shanghai.market).starts(named: former)
        #expect(starts.count == former.count * FormerDescriptors.startsMax)
        let shown = [former, former.reversed(), former.shuffled()].map { order in
            Trust(
                own: trust.own, trusted: trust.trusted, others: trust.others, disowned: trust.disowned,
                membership: trust.membership, root: trust.root, former: order, formerStarts: starts,
                refusals: trust.refusals)
        }
        let needed = shown[0].neededFormer
        let room = FormerDescriptors.shownBytesMax - needed.reduce(0) { $0 + $1.raw.count }
        #expect((0..<former[0].raw.count).contains(room), "\(needed.count) of \(former.count) leave \(room) bytes")
        #expect(shown.allSatisfy { Set($0.neededFormer.map(\.digest)) == Set(needed.map(\.digest)) })
        #expect(TrustKeeper.documents(shown[0]).count < Limits.descriptorsBytes)
    }
}
