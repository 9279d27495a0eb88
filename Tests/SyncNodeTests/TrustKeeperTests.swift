// Whom a node comes to trust: on a person's word, and never on a peer's.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Trust keeper")
struct TrustKeeperTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var jiangsu: LocalNode { federation["jiangsu"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
    }

    /// A market of that name whose keys nobody here has seen, with a descriptor of serial 2.
    private func impostor(_ name: String) throws -> (DeskFederation, Descriptor) {
        let other = try DeskFederation(name)
        try other[name].recover(because: "a test")
        return (other, try other[name].trust().own)
    }

    // MARK: A person's word

    @Test func `a fingerprint that was read out must be this descriptor's`() throws {
        let (_, anhui) = try impostor("anhui")
        let refused = code {
            _ = try shanghai.trustKeeper.add(
                anhui.raw, fingerprint: try jiangsu.trust().own.fingerprint, isReplacing: false)
        }
        #expect(refused == "other_fingerprint")
        #expect(try shanghai.trust().trusted.map(\.market.name) == ["jiangsu"])
        _ = try shanghai.trustKeeper.add(anhui.raw, fingerprint: anhui.fingerprint, isReplacing: false)
        #expect(try shanghai.trust().trusted.map(\.market.name) == ["anhui", "jiangsu"])
    }

    @Test func `keys that nobody vouches for need a person and the fingerprint`() throws {
        let (_, other) = try impostor("jiangsu")
        func add(_ fingerprint: String?, isReplacing: Bool) -> String? {
            code { _ = try shanghai.trustKeeper.add(other.raw, fingerprint: fingerprint, isReplacing: isReplacing) }
        }
        #expect(add(nil, isReplacing: false) == "not_signed_by_previous_key")
        #expect(add(other.fingerprint, isReplacing: false) == "not_signed_by_previous_key")
        #expect(add(nil, isReplacing: true) == "fingerprint_needed")
        #expect(try shanghai.trust().descriptor(of: jiangsu.market) == jiangsu.trust().own)
        #expect(add(other.fingerprint, isReplacing: true) == nil)
        #expect(try shanghai.trust().descriptor(of: jiangsu.market) == other)
    }

    @Test func `a node does not trust a descriptor of its own market`() throws {
        let (_, other) = try impostor("shanghai")
        #expect(
            code { _ = try shanghai.trustKeeper.add(other.raw, fingerprint: nil, isReplacing: false) } == "own_market")
    }

    // MARK: A peer's word

    private func learn(_ descriptors: Descriptor...) throws -> Bool {
        let documents = descriptors.map(\.raw).joined(separator: Array("---\n".utf8))
        return try shanghai.trustKeeper.learn(Array(documents), from: jiangsu.market)
    }

    @Test func `a successor that a current key did not sign is a finding, and changes nothing`() throws {
        let (_, other) = try impostor("jiangsu")
        #expect(try !learn(other))
        #expect(try shanghai.trust().descriptor(of: jiangsu.market) == jiangsu.trust().own)
        #expect(try shanghai.replica.findings().map(\.code) == ["descriptor_refused"])
        // It is shown again in every round.
        #expect(try !learn(other))
        #expect(try shanghai.replica.findings().count == 1)
    }

    /// Also not if our own key has signed it: a clone of this node may have.
    @Test func `nobody tells a node who it is`() throws {
        let before = try shanghai.trust().own
        try shanghai.recover(because: "a test")
        let after = try shanghai.trust().own
        #expect(after.serial == before.serial + 1)
        try Data(before.raw).write(to: URL(fileURLWithPath: shanghai.directory.descriptor))
        // What it names is remembered: others may hold entries under it.
        #expect(try learn(after))
        #expect(try !learn(after))
        #expect(try shanghai.trust().own == before)
        #expect(try shanghai.trust().others.isEmpty)
    }

    @Test func `an introduced market is no member: its entries wait for a person`() throws {
        let (other, anhui) = try impostor("anhui")
        #expect(try learn(anhui))
        #expect(try shanghai.trust().others.map(\.state) == [.introduced])
        #expect(try !shanghai.trust().membership.markets.contains(anhui.market))
        try other.sql("anhui", "INSERT INTO agency (agency_id, name) VALUES ('34-TTA-000001', '安徽一号')")
        try other["anhui"].seal()
        var cursor = try other["anhui"].replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        let batch = try other["anhui"].replica.nextBatch(&cursor)
        #expect(try shanghai.apply(batch, from: jiangsu.market).refused.map(\.code) == ["member_unknown"])
        _ = try shanghai.trustKeeper.add(anhui.raw, fingerprint: nil, isReplacing: false)
        #expect(try shanghai.apply(batch, from: jiangsu.market).applied == 1)
        // Trust that is taken back ends no history.
        _ = try shanghai.trustKeeper.remove(anhui.market)
        #expect(try shanghai.trust().others.map(\.state) == [.distrusted])
        #expect(try shanghai.trust().membership.markets.contains(anhui.market))
    }

    /// Keys cost nothing: whoever makes descriptors without end must not fill the disk.
    @Test func `of strangers sixty-four are remembered`() throws {
        func stranger(_ index: Int) throws -> Descriptor {
            let (key, tls) = (try SigningKey.generate(.ed25519SHA256), try TLSKey.generate())
            let fields = DescriptorFields(
                federation: try shanghai.trust().own.federation, market: Market("stranger\(index)")!, serial: 1,
                endpoint: nil, tls: [try TLSPublicKey(spki: tls.spki)],
                signing: [
                    SpannedKey(
                        key: try key.verificationKey, spans: [KeySpan(incarnation: .zero, fromSequence: 1)])
                ], require: [.ed25519SHA256])
            return try DescriptorDraft(fields: fields).signed(by: [key], tls: [tls])
        }
        for index in 1..<Limits.members { #expect(try learn(try stranger(index))) }
        #expect(try shanghai.trust().others.count == Limits.members - 1)
        #expect(try learn(try stranger(Limits.members)))
        #expect(try !learn(try stranger(Limits.members + 1)))
        #expect(try shanghai.trust().others.count == Limits.members)
    }
}
