// The one compression of the exchange: a single zstd frame that says how large it will be.

import CZstd

/// zstd as the protocol takes it (DESIGN.md section 10): one frame, content size stated, a bounded window, no
/// dictionary, no skippable frames, nothing after the frame. Callable from any thread.
package enum Zstd {
    package static let windowBytesMax = 8 << 20
    /// How every frame begins (RFC 8878, section 3.1.1).
    package static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    private static let compressors = ContextPool(create: { ZSTD_createCCtx() }, destroy: { ZSTD_freeCCtx($0) })
    private static let decompressors = ContextPool(create: { ZSTD_createDCtx() }, destroy: { ZSTD_freeDCtx($0) })

    /// Levels above 19 would use windows that our own receiver refuses.
    package static func compress(_ bytes: [UInt8], level: Int32 = 3) -> [UInt8] {
        precondition((1...19).contains(level), "zstd level \(level) is not in 1...19")
        let bound = ZSTD_compressBound(bytes.count)
        return compressors.withContext { context in
            [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                count = ZSTD_compressCCtx(context, buffer.baseAddress, bound, bytes, bytes.count, level)
                precondition(ZSTD_isError(count) == 0, "zstd could not compress \(bytes.count) bytes into \(bound)")
            }
        }
    }

    /// Inflates one frame. The frame's own claims are checked before the result is allocated.
    package static func decompress(
        _ bytes: [UInt8], sizeMax: Int, windowBytesMax: Int = windowBytesMax
    ) throws(ZstdError) -> [UInt8] {
        let size = try contentSize(of: bytes, sizeMax: sizeMax, windowBytesMax: windowBytesMax)
        let content = decompressors.withContext { context in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let result = ZSTD_decompressDCtx(context, buffer.baseAddress, size, bytes, bytes.count)
                count = ZSTD_isError(result) == 0 ? result : 0
            }
        }
        guard content.count == size, size > 0 || isWhole(bytes) else { throw .corrupt }
        return content
    }

    /// The size that the frame states, once the frame has passed every check that its header allows.
    package static func contentSize(
        of bytes: [UInt8], sizeMax: Int, windowBytesMax: Int = windowBytesMax
    ) throws(ZstdError) -> Int {
        var header = ZSTD_frameHeader()
        let missing = ZSTD_getFrameHeader(&header, bytes, bytes.count)
        guard ZSTD_isError(missing) == 0 else { throw .notZstd }
        guard missing == 0 else { throw .truncated }
        guard header.frameType == ZSTD_frame else { throw .skippableFrame }
        guard header.frameContentSize != czstd_content_size_unknown() else { throw .contentSizeMissing }
        guard header.frameContentSize <= UInt64(sizeMax) else { throw .contentSizeOverLimit }
        guard header.windowSize <= UInt64(windowBytesMax) else { throw .windowOverLimit }
        guard header.dictID == 0 else { throw .dictionary }
        let frameBytes = ZSTD_findFrameCompressedSize(bytes, bytes.count)
        guard ZSTD_isError(frameBytes) == 0 else {
            throw ZSTD_getErrorCode(frameBytes) == ZSTD_error_srcSize_wrong ? .truncated : .corrupt
        }
        guard frameBytes == bytes.count else { throw .trailingBytes }
        return Int(header.frameContentSize)
    }

    /// Whether a frame of nothing really holds nothing: an error and an empty result look alike above.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        decompressors.withContext { ZSTD_isError(ZSTD_decompressDCtx($0, nil, 0, bytes, bytes.count)) == 0 }
    }
}
