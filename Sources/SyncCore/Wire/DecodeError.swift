// Why bytes are not what they claim to be. A decoder never traps: a trap would be a remote crash.

/// A refusal of bytes, with the offset where it was noticed.
package enum DecodeError: Error, Hashable, Sendable {
    /// Fewer bytes than the form needs.
    case truncated(at: Int)
    /// The form is broken: a reserved byte that is not zero, an order that is not kept, text that is not UTF-8.
    case malformed(String, at: Int)
    /// A number over its limit (`Limits`).
    case overLimit(String, at: Int)
    /// Bytes after the end.
    case trailing(at: Int)

    /// A stable slug for logs, quarantine and JSON.
    package var code: String {
        switch self {
        case .truncated: "truncated"
        case .malformed: "malformed"
        case .overLimit: "over_limit"
        case .trailing: "trailing_bytes"
        }
    }

    package var detail: String {
        switch self {
        case .truncated(let at): "truncated at byte \(at)"
        case .malformed(let what, let at): "\(what) at byte \(at)"
        case .overLimit(let what, let at): "\(what) over its limit at byte \(at)"
        case .trailing(let at): "bytes after the end, from byte \(at)"
        }
    }
}
