// The id by which people name a conflict to each other must be the same everywhere: its bytes, one by one.

import Testing

@testable import SyncCore

@Suite("A conflict's id")
struct ConflictIDTests {
    private static let record = TestCatalog.record("SH-1")

    private static func stamp(_ word: UInt64, _ market: String = "shanghai") -> EntryStamp {
        EntryStamp(
            number: Int64(word), lane: 0, sequence: word, id: Digest(words: (word, 0, 0, 0)),
            market: Market(market)!, timeMilliseconds: Int64(word))
    }

    private static func sibling(_ word: UInt64, _ value: Text) -> Sibling {
        Sibling(stamp: stamp(word), values: [.text(value)])
    }

    private static func bytes(unit: UInt8, _ words: UInt64...) -> [UInt8] {
        var bytes = Array("yrd.conflict.v1".utf8) + [0, 6] + Array("agency".utf8) + [4] + Array("SH-1".utf8)
        bytes += [unit, 0, 0, 0, UInt8(words.count)]
        return bytes + words.flatMap { Digest(words: ($0, 0, 0, 0)).bytes }
    }

    private static func ids(_ state: RecordState) -> [Digest] {
        RecordView(of: state, record: record, rule: TestCatalog.current).conflicts.map { $0.id(.forTests) }
    }

    @Test func `it is the hash over type, key, unit and the entries of its sides, ascending`() {
        let state = RecordState(
            existence: [ExistenceSibling(stamp: Self.stamp(1), isPresent: true)],
            units: [
                .init(unit: TestCatalog.website, siblings: [Self.sibling(2, "a"), Self.sibling(3, "b")]),
                .init(unit: TestCatalog.remark, siblings: [Self.sibling(2, "a"), Self.sibling(3, "b")]),
            ])
        #expect(
            Self.ids(state) == [
                Hashing.forTests.sha256(Self.bytes(unit: TestCatalog.website, 2, 3)),
                Hashing.forTests.sha256(Self.bytes(unit: TestCatalog.remark, 2, 3)),
            ])
    }

    @Test func `of an existence conflict it covers every sibling of the record, each entry once`() {
        let state = RecordState(
            existence: [
                ExistenceSibling(stamp: Self.stamp(1), isPresent: true),
                ExistenceSibling(stamp: Self.stamp(4), isPresent: false),
            ],
            units: [
                .init(unit: TestCatalog.name, siblings: [Self.sibling(1, "n")]),
                .init(unit: TestCatalog.website, siblings: [Self.sibling(3, "w")]),
                .init(unit: TestCatalog.remark, siblings: [Self.sibling(3, "r")]),
                // Of a newer catalog.
                .init(unit: 60, siblings: [Self.sibling(2, "later")]),
            ])
        #expect(Self.ids(state) == [Hashing.forTests.sha256(Self.bytes(unit: 0, 1, 2, 3, 4))])
    }
}
