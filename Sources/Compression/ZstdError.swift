// Why bytes are not a zstd frame that this federation takes.

/// A refusal of compressed bytes. Everything but `corrupt` is found before anything is allocated.
package enum ZstdError: Error, Hashable, Sendable {
    case notZstd
    case skippableFrame
    case truncated
    case contentSizeMissing
    case contentSizeOverLimit
    case windowOverLimit
    case dictionary
    /// Bytes after the frame: a second frame, or anything else.
    case trailingBytes
    case corrupt

    /// A stable slug for logs and error bodies.
    package var code: String {
        switch self {
        case .notZstd: "not_zstd"
        case .skippableFrame: "skippable_frame"
        case .truncated: "truncated"
        case .contentSizeMissing: "content_size_missing"
        case .contentSizeOverLimit: "content_size_over_limit"
        case .windowOverLimit: "window_over_limit"
        case .dictionary: "dictionary"
        case .trailingBytes: "trailing_bytes"
        case .corrupt: "corrupt"
        }
    }
}
