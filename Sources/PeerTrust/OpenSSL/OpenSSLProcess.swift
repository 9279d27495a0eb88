// What OpenSSL needs of the process as a whole, once, before anything has used it.

internal import COpenSSL

package enum OpenSSLProcess {
    /// Call first thing in `main`: only OpenSSL's first use in a process decides this.
    ///
    /// OpenSSL tears itself down when a process exits, also where another thread is still in it: the thread of a connection
    /// that ends with the command crashed now and then, and a command that had done its work ended with a signal. The kernel
    /// takes back what is left.
    package static func prepare() {
        let result = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        precondition(result == 1, "OpenSSL could not be initialised")
    }
}
