// What can go wrong with a node as a whole, with a code that programs may rely on.

package import SyncCore

/// A failure that a command reports: what happened, to whom, and what to do. `kind` decides the exit code.
package struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// It did not work.
        case failed
        /// The request itself is wrong.
        case usage
        /// Refused for reasons of trust.
        case trust
        /// A peer could not be reached.
        case unreachable
    }

    package let kind: Kind
    /// A stable slug.
    package let code: String
    package let message: LocalizedText
    package var peer: Market?
    package var record: RecordID?

    package init(
        _ kind: Kind = .failed, code: String, _ zh: String, _ en: String, peer: Market? = nil,
        record: RecordID? = nil
    ) {
        self.init(kind, code: code, LocalizedText(zh: zh, en: en), peer: peer, record: record)
    }

    package init(
        _ kind: Kind = .failed, code: String, _ message: LocalizedText, peer: Market? = nil, record: RecordID? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.peer = peer
        self.record = record
    }

    /// For a message that exists in one language, or is in the reader's already.
    package init(
        _ kind: Kind = .failed, code: String, _ message: String, peer: Market? = nil, record: RecordID? = nil
    ) {
        self.init(kind, code: code, message, message, peer: peer, record: record)
    }

    package var description: String { message.en }
}
