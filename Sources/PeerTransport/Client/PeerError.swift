// Why a request to a peer did not work, in the three ways that the node treats differently.

/// The failure of one request. `kind` decides what happens next and which exit code a command ends with; `code` never
/// changes; `detail` is for people.
package struct PeerError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Cannot connect, a connection that broke, a time-out, 429, 503, 507: try again later. Exit 4.
        case unreachable
        /// The two sides do not trust each other as they stand: a person must act. Exit 5.
        case refused
        /// Anything else. Exit 1.
        case failed
    }

    package let kind: Kind
    /// A stable slug: the server's own code where it sent one, else one of this module's.
    package let code: String
    package let detail: String
    /// The HTTP status, if there was an answer.
    package let status: Int?
    package let retryAfterSeconds: Int?

    package init(
        _ kind: Kind, code: String, detail: String, status: Int? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.kind = kind
        self.code = code
        self.detail = detail
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }
}
