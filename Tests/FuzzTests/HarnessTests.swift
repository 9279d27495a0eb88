// A fuzzer that notices nothing finds nothing: the harness against decoders that are broken on purpose.

import AllocationMeter
import SyncCore
import Testing

@Suite("The harness of the attacks")
struct HarnessTests {
    private static let memory = MemoryLimit(fixedBytes: 16 << 10, bytesPerInputByte: 4)

    private func target(_ attack: @escaping @Sendable ([UInt8]) throws -> Void) -> FuzzTarget {
        FuzzTarget("planted", memory: Self.memory, samples: { [[0]] }, attack: attack)
    }

    @Test func `a decoder that keeps its promises passes`() throws {
        let target = target { bytes in
            try holdCanonical(bytes, "bytes") { () throws(DecodeError) in bytes + [] }
        }
        try target.run([UInt8](repeating: 1, count: 20_000))
    }

    @Test func `memory that is allocated before the length is checked is noticed`() {
        let target = target { bytes in
            var reader = ByteReader(bytes)
            guard let count = try? reader.integer(UInt32.self) else { return }
            var values: [UInt64] = []
            values.reserveCapacity(Int(count))
            while let value = try? reader.integer(UInt64.self) { values.append(value) }
        }
        #expect(throws: BrokenPromise.self) { try target.run([0, 1, 0, 0]) }
        #expect(throws: Never.self) { try target.run([0, 0, 1, 0]) }
    }

    @Test func `a second form of one value is noticed`() {
        let target = target { bytes in
            try holdCanonical(bytes, "integer") { () throws(DecodeError) in bytes.isEmpty ? [] : [bytes[0] & 0x7F] }
        }
        #expect(throws: BrokenPromise.self) { try target.run([0x80]) }
        #expect(throws: Never.self) { try target.run([0x7F]) }
    }

    @Test func `a trap ends the process`() async {
        await #expect(processExitsWith: .failure) {
            let target = FuzzTarget(
                "planted", memory: MemoryLimit(fixedBytes: 1 << 20, bytesPerInputByte: 1), samples: { [[1]] },
                attack: { bytes in _ = bytes[0] - 1 })
            try target.run([0])
        }
    }

    @Test func `the most that is held at one moment is what counts`() {
        func peak(_ body: () -> Void) -> Int {
            allocation_meter_start()
            body()
            return allocation_meter_stop()
        }
        func block(_ count: Int) -> Int { [UInt8](repeating: 1, count: count).withUnsafeBytes { $0.count } }
        let one = peak { _ = block(1 << 20) }
        #expect((1 << 20..<(1 << 20) + 4_096).contains(one))
        let after = peak { for _ in 0..<8 { _ = block(1 << 20) } }
        #expect((1 << 20..<(1 << 20) + 8_192).contains(after))
        let together = peak { _ = [block(1 << 20), block(1 << 18)].map { [UInt8](repeating: 0, count: $0) } }
        #expect(together >= 5 << 18)
        #expect(peak {} < 1_024)
    }

    @Test func `mutations are the same from the same seed`() {
        let corpus: [[UInt8]] = [Array("abcdef".utf8), [], Array(0...99)]
        func mutations(_ seed: UInt64) -> [[UInt8]] {
            var mutation = Mutation(of: corpus, bytesMax: 80, seed: seed)
            return (0..<300).map { mutation.next($0 % corpus.count) }
        }
        #expect(mutations(1) == mutations(1))
        #expect(mutations(1) != mutations(2))
        #expect(Set(mutations(1)).count > 250 && mutations(1).allSatisfy { $0.count <= 80 })
    }
}
