// The TLS key of a running daemon: switched when the files are, without a restart.

import PeerTransport
import PeerTrust
import Synchronization

/// What the daemon's server shows and its clients show, as `keys/` has it.
package final class IdentityInUse: Sendable {
    private let directory: NodeDirectory
    private let show: @Sendable (ServerIdentity) throws -> Void
    private let current: Mutex<ServerIdentity>

    /// - Parameter show: makes the server's next handshake show an identity.
    init(
        _ identity: ServerIdentity, _ directory: NodeDirectory,
        show: @escaping @Sendable (ServerIdentity) throws -> Void
    ) {
        current = Mutex(identity)
        self.directory = directory
        self.show = show
    }

    var identity: ServerIdentity { current.withLock { $0 } }

    /// Reads the files again. Connections that stand keep the identity that they were made with.
    func renew() throws {
        let read = try NodeIdentity.read(directory)
        guard read != identity else { return }
        try show(read)
        current.withLock { $0 = read }
    }
}
