// How the service says no: a status that the protocol gives a meaning, and a code that does not change.

/// A refusal of a request (PROTOCOL.md section 6), thrown by an `ExchangeService` and by the server's own checks.
package struct ExchangeRefusal: Error, Hashable, Sendable {
    package enum Status: Int, Hashable, Sendable {
        case malformed = 400
        case notPinned = 401
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case conflict = 409
        case tooLarge = 413
        case unsupportedType = 415
        case refusedEntries = 422
        case tooManyRequests = 429
        case failed = 500
        case unavailable = 503
        case diskFull = 507
    }

    package let status: Status
    /// A stable slug.
    package let code: String
    /// For people. Never a field value, a key or a path.
    package let detail: String
    package let retryAfterSeconds: Int?
    /// The methods that the path takes; only the server's own 405 says so.
    let allowedMethods: String?

    package init(_ status: Status, code: String, detail: String, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
        allowedMethods = nil
    }

    init(methodNotAllowedExcept allowed: String) {
        status = .methodNotAllowed
        code = "method_not_allowed"
        detail = "allowed: \(allowed)"
        retryAfterSeconds = nil
        allowedMethods = allowed
    }
}
