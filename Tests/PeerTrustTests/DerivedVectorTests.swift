// What nodes derive and compare, against the vectors of docs/protocol.md, which were computed by another program.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Vectors of what is derived")
struct DerivedVectorTests {
    private static func stamp(_ byte: UInt8) -> EntryStamp {
        EntryStamp(
            number: Int64(byte), lane: 0, sequence: 1, id: Digest(Array(repeating: byte, count: 32))!,
            market: Market("shanghai")!, timeMilliseconds: 0)
    }

    private static let record = RecordID(type: "a", key: "k")

    /// Entry 11… says that the record is there and writes unit 1, entry 22… that it is not; unit 32 has no sibling.
    private static let state = RecordState(
        existence: [
            ExistenceSibling(stamp: stamp(0x11), isPresent: true),
            ExistenceSibling(stamp: stamp(0x22), isPresent: false),
        ],
        units: [.init(unit: 1, siblings: [Sibling(stamp: stamp(0x11), values: [.text("v")])])])

    private static let rule = RecordRule(
        type: "a", keyColumn: "id", home: HomeRule(offset: 0, length: 1, markets: ["k": Market("shanghai")!]),
        units: [1, 32].map { number in
            UnitRule(
                number: number, name: "unit\(number)", columns: [ColumnRule(name: "c", type: .text)], merge: .manual)
        })

    @Test func `a federation's id`() {
        #expect(federationID("yrd").hex == "52037b25b9e971d66da308f118d5d9ad")
    }

    @Test(
        arguments: [
            (0, "0100"), (1, "0102"), (-1, "0101"), ((1 << 62) - 1, "01feffffffffffffff7f"),
            (-(1 << 62), "01ffffffffffffffff7f"),
        ] as [(Int64, String)])
    func `a value's bytes`(_ value: Int64, _ hex: String) {
        var writer = ByteWriter()
        FieldValue.integer(value).encode(to: &writer)
        #expect(writer.bytes.hex == hex)
    }

    @Test func `the state digest of an empty replica`() {
        #expect(
            StateDigest().number(OpenSSLHashing.hashing).hex
                == "9f1dcbc35c350d6027f98be0f5c8b43b42ca52b7604459c0c42be3aa88913d47")
    }

    @Test func `a record's digest`() {
        #expect(
            RecordDigest.digest(of: Self.state, record: Self.record, rule: Self.rule, OpenSSLHashing.hashing).hex
                == "6f4c8879ab48cbd51ff82bce7f6957b5e9e20b7651a21fc9eeb65a8fe3ad1f7e")
    }

    @Test func `an existence conflict's id`() {
        let conflicts = RecordView(of: Self.state, record: Self.record, rule: Self.rule).conflicts
        #expect(
            conflicts.map { $0.id(OpenSSLHashing.hashing).hex }
                == ["13bfa31ca652a45dfa20cd0e22f692005cc0ba859d90c72e821d23c18cf9d286"])
    }
}
