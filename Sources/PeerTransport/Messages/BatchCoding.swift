// Between a batch and the frame that carries it: the only place where entries are compressed and inflated for the wire.

import Compression
package import SyncCore

package enum BatchCoding {
    /// The frame that carries a batch in `pull` and `push`.
    package static func frame(_ batch: Batch) -> ExchangeFrame {
        let raw = batch.encoded()
        return .batch(rawLength: raw.count, zstd: Zstd.compress(raw))
    }

    /// The batch in a frame. The zstd header must state exactly the length that the frame announces, and that is
    /// checked before anything is inflated.
    package static func batch(from frame: ExchangeFrame) throws(DecodeError) -> Batch {
        guard case .batch(let rawLength, let zstd) = frame else { throw .malformed("not a batch frame", at: 0) }
        return try Batch(decoding: try inflate(zstd, rawLength: rawLength))
    }

    /// Decodes the body of `push`: one batch frame and nothing else.
    package static func batch(fromPushBody bytes: [UInt8]) throws(DecodeError) -> Batch {
        var splitter = FrameSplitter()
        splitter.append(bytes)
        guard let frame = try splitter.next() else { throw .truncated(at: bytes.count) }
        guard splitter.pendingBytes == 0 else { throw .trailing(at: bytes.count - splitter.pendingBytes) }
        return try batch(from: frame)
    }

    private static func inflate(_ zstd: [UInt8], rawLength: Int) throws(DecodeError) -> [UInt8] {
        guard rawLength <= Limits.batchRawBytesTaken else { throw .overLimit("batch", at: 0) }
        do {
            let stated = try Zstd.contentSize(of: zstd, sizeMax: rawLength, windowBytesMax: Limits.zstdWindowBytes)
            guard stated == rawLength else { throw DecodeError.malformed("zstd: content size is not raw_len", at: 0) }
            return try Zstd.decompress(zstd, sizeMax: rawLength, windowBytesMax: Limits.zstdWindowBytes)
        } catch let error as DecodeError {
            throw error
        } catch {
            throw .malformed("zstd: \((error as? ZstdError)?.code ?? "corrupt")", at: 0)
        }
    }
}
