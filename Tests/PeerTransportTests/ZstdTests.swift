// zstd as a hostile peer would send it. Frames are written by hand from RFC 8878 where no compressor would make them.

import Compression
import PeerTransport
import SyncCore
import Testing

@Suite("One zstd frame, stated and bounded") struct ZstdTests {
    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// A last raw block: size << 3, type 0, last 1.
    private static func rawBlock(_ bytes: [UInt8]) -> [UInt8] {
        let header = UInt32(bytes.count) << 3 | 1
        return [UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8), UInt8(header >> 16)] + bytes
    }

    @Test(arguments: [0, 1, 2, 255, 256, 65_535, 65_536, 1 << 20, 9 << 20])
    func `what is compressed comes back`(count: Int) throws {
        for bytes in [Samples.noise(count), Array(repeating: 7, count: count)] {
            let frame = Zstd.compress(bytes)
            #expect(try Zstd.decompress(frame, sizeMax: count) == bytes)
            #expect(try Zstd.contentSize(of: frame, sizeMax: count) == count)
        }
    }

    @Test(arguments: [Int32(1), 3, 9, 19])
    func `every level makes a frame that we take ourselves`(level: Int32) throws {
        let bytes = Samples.noise(200_000) + Array(repeating: 1, count: 12 << 20)
        #expect(try Zstd.decompress(Zstd.compress(bytes, level: level), sizeMax: bytes.count) == bytes)
    }

    @Test func `the stated size is taken at the limit and refused above it`() throws {
        let frame = Zstd.compress(Array(repeating: 1, count: 1_000))
        #expect(try Zstd.decompress(frame, sizeMax: 1_001).count == 1_000)
        #expect(try Zstd.decompress(frame, sizeMax: 1_000).count == 1_000)
        #expect(throws: ZstdError.contentSizeOverLimit) { try Zstd.decompress(frame, sizeMax: 999) }
    }

    @Test func `a stated size of exabytes allocates nothing`() {
        let frame = Self.magic + [0xC0, 0x58] + Array(repeating: 0x7F, count: 8) + Self.rawBlock([1])
        #expect(throws: ZstdError.contentSizeOverLimit) { try Zstd.decompress(frame, sizeMax: 40 << 20) }
    }

    @Test func `a frame without a content size is refused`() {
        let frame = Self.magic + [0x00, 0x58] + Self.rawBlock([1, 2, 3])
        #expect(throws: ZstdError.contentSizeMissing) { try Zstd.decompress(frame, sizeMax: 1_000) }
    }

    @Test func `a window is taken at the limit and refused above it`() throws {
        // Content size of 4 bytes, then the window descriptor's exponent above 2^10: 13 is 8 MiB.
        func frame(_ window: UInt8) -> [UInt8] { Self.magic + [0x80, window, 3, 0, 0, 0] + Self.rawBlock([1, 2, 3]) }
        #expect(try Zstd.decompress(frame(13 << 3), sizeMax: 1_000) == [1, 2, 3])
        #expect(throws: ZstdError.windowOverLimit) { try Zstd.decompress(frame(13 << 3 | 1), sizeMax: 1_000) }
        #expect(throws: ZstdError.windowOverLimit) { try Zstd.decompress(frame(14 << 3), sizeMax: 1_000) }
    }

    @Test func `a dictionary is refused`() {
        let frame = Self.magic + [0x21, 0x2A, 3] + Self.rawBlock([1, 2, 3])
        #expect(throws: ZstdError.dictionary) { try Zstd.decompress(frame, sizeMax: 1_000) }
    }

    @Test func `a skippable frame is refused`() {
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
        #expect(throws: ZstdError.skippableFrame) { try Zstd.decompress(skippable, sizeMax: 1_000) }
        #expect(throws: ZstdError.skippableFrame) {
            try Zstd.decompress(skippable + Zstd.compress([1]), sizeMax: 1_000)
        }
        #expect(throws: ZstdError.trailingBytes) { try Zstd.decompress(Zstd.compress([1]) + skippable, sizeMax: 1_000) }
    }

    @Test func `a second frame and trailing bytes are refused`() {
        let frame = Zstd.compress(Array(repeating: 9, count: 100))
        #expect(throws: ZstdError.trailingBytes) { try Zstd.decompress(frame + frame, sizeMax: 1_000) }
        #expect(throws: ZstdError.trailingBytes) { try Zstd.decompress(frame + [0], sizeMax: 1_000) }
    }

    @Test func `every truncation is refused`() {
        for frame in [
            Zstd.compress(Samples.noise(300)), Zstd.compress(Array(repeating: 9, count: 5_000)), Zstd.compress([]),
        ] {
            for count in 0..<frame.count {
                #expect(throws: ZstdError.self, "\(count) of \(frame.count)") {
                    try Zstd.decompress(Array(frame.prefix(count)), sizeMax: 5_000)
                }
            }
        }
    }

    @Test func `a content that is not as long as stated is corrupt`() {
        for stated in [UInt8(2), 4] {
            let frame = Self.magic + [0x20, stated] + Self.rawBlock([1, 2, 3])
            #expect(throws: ZstdError.corrupt) { try Zstd.decompress(frame, sizeMax: 1_000) }
        }
        #expect(throws: ZstdError.corrupt) {
            try Zstd.decompress(Self.magic + [0x20, 0] + Self.rawBlock([1]), sizeMax: 1_000)
        }
    }

    @Test(arguments: UInt64(0)..<64)
    func `a flipped byte never traps`(seed: UInt64) {
        var frame = Zstd.compress(Array(repeating: 9, count: 3_000) + Samples.noise(200, seed: seed))
        for change in Samples.noise(40, seed: seed &+ 1) {
            frame[Int(change) % frame.count] ^= 1 << (change % 8)
            _ = try? Zstd.decompress(frame, sizeMax: 1 << 20)
        }
    }

    @Test func `contexts are shared by many threads`() async {
        await withTaskGroup(of: Bool.self) { group in
            for seed in UInt64(0)..<32 {
                group.addTask {
                    let bytes = Samples.noise(50_000, seed: seed)
                    return (try? Zstd.decompress(Zstd.compress(bytes), sizeMax: bytes.count)) == bytes
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    // MARK: Batches

    @Test func `a batch comes back from its frame`() throws {
        for batch in [Batch(entries: []), Samples.batch(1...1), Samples.batch(1...1_000)] {
            #expect(try BatchCoding.batch(from: BatchCoding.frame(batch)) == batch)
        }
    }

    @Test func `a frame whose raw length is not the stated size is refused`() throws {
        guard case .batch(let rawLength, let zstd) = BatchCoding.frame(Samples.batch(1...5)) else { return }
        for other in [0, rawLength - 1, rawLength + 1, Limits.batchRawBytesTaken] {
            #expect(throws: DecodeError.self) { try BatchCoding.batch(from: .batch(rawLength: other, zstd: zstd)) }
        }
    }

    @Test func `what is not a batch frame holds no batch`() {
        #expect(throws: DecodeError.self) { try BatchCoding.batch(from: .forkProof([])) }
        #expect(throws: DecodeError.self) { try BatchCoding.batch(from: .end(more: false, frontier: .empty)) }
        #expect(throws: DecodeError.self) { try BatchCoding.batch(from: .batch(rawLength: 3, zstd: [1, 2, 3])) }
    }
}
