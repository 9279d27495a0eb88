// What the transport needs of the process as a whole, once, before threads exist.

import CCurl
import Glibc

package enum TransportProcess {
    /// The transport calls it before it makes a thread; only the first call acts. What OpenSSL needs comes before
    /// (`OpenSSLProcess`).
    ///
    /// `SSLKEYLOGFILE` would make libcurl write session keys to a file. `SIGPIPE` would end the process when a peer closes:
    /// libcurl leaves it to us once it may not use signals.
    package static func prepare() {
        _ = prepared
    }

    private static let prepared: Bool = {
        unsetenv("SSLKEYLOGFILE")
        signal(SIGPIPE, SIG_IGN)
        let result = curl_global_init(Int(CURL_GLOBAL_ALL))
        precondition(result == CURLE_OK, "libcurl could not be initialised: \(result.rawValue)")
        return true
    }()
}
