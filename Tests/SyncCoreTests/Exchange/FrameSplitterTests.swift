// A stream arrives in pieces of any size; the frames that come out are the same.

import Testing

@testable import SyncCore

@Suite("Frame splitter")
struct FrameSplitterTests {
    private static let frames: [ExchangeFrame] = [
        .batch(rawLength: 7, zstd: [1, 2, 3]), .forkProof([]), .batch(rawLength: 0, zstd: []),
        .forkProof([9, 8, 7, 6, 5]), .end(more: true, frontier: .empty),
    ]

    private static func split(_ pieces: [[UInt8]]) throws -> [ExchangeFrame] {
        var splitter = FrameSplitter()
        var frames: [ExchangeFrame] = []
        for piece in pieces {
            splitter.append(piece)
            while let frame = try splitter.next() { frames.append(frame) }
        }
        #expect(splitter.pendingBytes == 0)
        return frames
    }

    @Test func `byte by byte, all at once, and anything between give the same frames`() throws {
        let stream = Self.frames.flatMap { $0.encoded() }
        #expect(try Self.split(stream.map { [$0] }) == Self.frames)
        #expect(try Self.split([stream]) == Self.frames)
        for seed in UInt64(0)..<100 {
            var chance = SeededGenerator(seed: seed)
            var pieces: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = chance.below(min(rest.count, 12) + 1)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try Self.split(pieces) == Self.frames, "seed \(seed)")
        }
    }

    @Test func `a frame that is not whole yet is not there yet`() throws {
        var splitter = FrameSplitter()
        for byte in Self.frames[0].encoded().dropLast() {
            splitter.append([byte])
            #expect(try splitter.next() == nil)
        }
        #expect(splitter.pendingBytes == Self.frames[0].encoded().count - 1)
    }

    /// That it takes no more time than its length: `LinearTimeTests`.
    @Test func `a megabyte of empty frames costs a peer no less than us`() throws {
        let frame = ExchangeFrame.forkProof([]).encoded()
        var splitter = FrameSplitter()
        splitter.append(Array(repeating: frame, count: 200_000).flatMap(\.self))
        var count = 0
        while try splitter.next() != nil { count += 1 }
        #expect(count == 200_000)
        #expect(splitter.pendingBytes == 0)
    }

    @Test func `a length over the limit is refused before its bytes come`() throws {
        let limit = UInt32(ExchangeFrame.lengthMax)
        for length in [limit - 1, limit] {
            var splitter = FrameSplitter()
            splitter.append(length.bigEndianBytes)
            #expect(try splitter.next() == nil)
        }
        for length in [limit + 1, .max] {
            var splitter = FrameSplitter()
            splitter.append(length.bigEndianBytes)
            #expect(throws: DecodeError.overLimit("frame", at: 0)) { try splitter.next() }
        }
    }

    @Test func `a frame of no bytes, and one of an unknown kind, are refused`() {
        for bytes in [[0, 0, 0, 0], [0, 0, 0, 1, 77]] as [[UInt8]] {
            var splitter = FrameSplitter()
            splitter.append(bytes)
            #expect(throws: DecodeError.self) { try splitter.next() }
        }
    }

    @Test(arguments: Seeds.run(200))
    func `random bytes trap nobody`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var splitter = FrameSplitter()
        for _ in 0..<20 {
            splitter.append(chance.bytes(chance.below(8)).map { $0 % 3 })
            for _ in 0..<4 { _ = try? splitter.next() }
        }
    }
}
