// The state digest: a sum that forgets order, and from which what was added can be taken away.

import Testing

@testable import SyncCore

@Suite("Digests of state")
struct DigestTests {
    @Test(arguments: Seeds.run(200))
    func `adding forgets order, and subtracting takes back`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var digests = (0..<8).map { _ in chance.digest() }
        digests += [.zero, Digest(words: (.max, .max, .max, .max)), Digest(words: (0, 0, 0, 1))]
        var forward = DigestSum()
        for digest in digests { forward.add(digest) }
        var backward = DigestSum()
        for digest in digests.reversed() { backward.add(digest) }
        #expect(forward == backward)
        for digest in digests.shuffled(using: &chance) { forward.subtract(digest) }
        #expect(forward.value == .zero)
    }

    /// The sum by bytes with a carry, as at school.
    @Test(arguments: Seeds.run(100))
    func `the sum is the one of 256-bit numbers`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let words: [UInt64] = (0..<8).map { _ in chance.oneIn(2) ? .max : chance.next() }
        let left = Digest(words: (words[0], words[1], words[2], words[3]))
        let right = Digest(words: (words[4], words[5], words[6], words[7]))
        var expected: [UInt8] = []
        var carry = 0
        for (one, other) in zip(left.bytes, right.bytes).reversed() {
            let sum = Int(one) + Int(other) + carry
            expected.insert(UInt8(sum & 255), at: 0)
            carry = sum >> 8
        }
        var sum = DigestSum(left)
        sum.add(right)
        #expect(sum.value.bytes == expected)
    }

    @Test func `a record's change moves its bucket and nothing else`() {
        var chance = SeededGenerator(seed: 2)
        let (old, new) = (chance.digest(), chance.digest())
        var state = StateDigest()
        let empty = state.number(.forTests)
        state.replace(nil, with: old, inBucket: 255)
        let one = state.number(.forTests)
        state.replace(old, with: new, inBucket: 255)
        #expect(state.sums[255].value == new)
        #expect(state.sums.dropLast().allSatisfy { $0.value == .zero })
        state.replace(new, with: old, inBucket: 255)
        #expect(state.number(.forTests) == one && one != empty)
        state.replace(old, with: nil, inBucket: 255)
        #expect(state.number(.forTests) == empty)
    }

    @Test func `a record's digest covers every unit, sibling and existence, each by its entry`() throws {
        var story = Story("shanghai jiangsu anhui(older)")
        func digest(_ rule: RecordRule = TestCatalog.current) -> Digest {
            RecordDigest.digest(
                of: story["shanghai"].state(story.record), record: story.record, rule: rule, .forTests)
        }
        var seen = [digest()]
        for line in [
            "shanghai creates name=Lixin", "shanghai sets website=a", "shanghai sets website=b",
            "shanghai sets remark=a", "shanghai deletes",
        ] {
            try story.tell(line)
            #expect(!seen.contains(digest()), "\(line)")
            seen.append(digest())
        }
        #expect(digest() != digest(TestCatalog.older))
    }

    @Test func `a record's digest is these bytes`() {
        let stamp = EntryStamp(
            number: 1, lane: 0, sequence: 1, id: Digest(words: (1, 2, 3, 4)), market: Market("shanghai")!,
            timeMilliseconds: 5)
        var state = RecordState()
        let record = TestCatalog.record("SH-1")
        let units = [UnitValues(unit: TestCatalog.website, values: [.text("w")])]
        state.apply(
            Change(kind: .create, record: record, units: units), by: stamp, seeing: Visibility(), kept: [])
        var bytes = Array("yrd.record.v1".utf8) + [0, 6] + Array("agency".utf8) + [4] + Array("SH-1".utf8)
        bytes += [0] + stamp.id.bytes + [1, 2]
        for unit in TestCatalog.current.units {
            bytes += [unit.number]
            if unit.number == TestCatalog.website { bytes += stamp.id.bytes + [2, 1, 119] }
        }
        let digest = RecordDigest.digest(of: state, record: record, rule: TestCatalog.current, .forTests)
        #expect(digest == Hashing.forTests.sha256(bytes))
    }
}
