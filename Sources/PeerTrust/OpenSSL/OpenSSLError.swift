// What OpenSSL refused to do, in words.

internal import COpenSSL

/// A failed call of OpenSSL: what was being done, and the reason OpenSSL gives.
package struct OpenSSLError: Error, Hashable, CustomStringConvertible {
    package let doing: String
    package let reason: String

    package init(doing: String, reason: String) {
        self.doing = doing
        self.reason = reason
    }

    /// Takes the reason from this thread's error queue and empties the queue: an error left there would later be
    /// mistaken by libcurl, which shares the queue, for one of its connection.
    init(doing: String) {
        var last: UInt = 0
        while case let code = ERR_get_error(), code != 0 { last = code }
        let text = last == 0 ? nil : ERR_reason_error_string(last).map { String(cString: $0) }
        self.init(doing: doing, reason: text ?? "no reason given")
    }

    package var description: String { "\(doing): \(reason)" }
}

/// Unwraps what OpenSSL returns as a pointer that is null on failure.
@discardableResult
func allocated<Pointer>(_ pointer: Pointer?, _ doing: @autoclosure () -> String) throws(OpenSSLError) -> Pointer {
    guard let pointer else { throw OpenSSLError(doing: doing()) }
    return pointer
}

/// Checks what OpenSSL returns as a number that is positive on success.
func check(_ result: Int32, _ doing: @autoclosure () -> String) throws(OpenSSLError) {
    guard result > 0 else { throw OpenSSLError(doing: doing()) }
}
