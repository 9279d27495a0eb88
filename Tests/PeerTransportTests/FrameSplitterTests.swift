// Frames from bytes that arrive in any pieces.

import PeerTransport
import SyncCore
import Testing

@Suite("Frames cut from a stream of bytes") struct FrameSplitterTests {
    private static let frames: [ExchangeFrame] = [
        BatchCoding.frame(Samples.batch(1...30)), .forkProof([]), .forkProof(Samples.noise(10)),
        .end(more: true, frontier: Samples.frontier),
    ]

    @Test(arguments: [1, 2, 3, 5, 64, 1_000_000])
    func `frames come out whole, however the bytes arrive`(pieceBytes: Int) throws {
        let bytes = Self.frames.flatMap { $0.encoded() }
        var splitter = FrameSplitter()
        var received: [ExchangeFrame] = []
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            splitter.append(bytes[start..<min(start + pieceBytes, bytes.count)])
            while let frame = try splitter.next() { received.append(frame) }
        }
        #expect(received == Self.frames)
        #expect(splitter.pendingBytes == 0)
    }

    @Test func `a length is taken at the limit and refused above it, before its bytes are there`() throws {
        var splitter = FrameSplitter()
        splitter.append(UInt32(ExchangeFrame.lengthMax).bigEndianBytes)
        #expect(try splitter.next() == nil)
        splitter = FrameSplitter()
        splitter.append(UInt32(ExchangeFrame.lengthMax + 1).bigEndianBytes)
        #expect(throws: DecodeError.overLimit("frame", at: 0)) { try splitter.next() }
    }

    @Test(arguments: [[0, 0, 0, 0], [0, 0, 0, 1, 9], [0, 0, 0, 2, 2, 7], [0, 0, 0, 3, 1, 0, 0]] as [[UInt8]])
    func `a frame of no kind is refused`(bytes: [UInt8]) {
        var splitter = FrameSplitter()
        splitter.append(bytes)
        #expect(throws: DecodeError.self) { try splitter.next() }
    }
}
