// What the server knows of one connection, wherever it is asked: event loop, request task, or whoever changes trust.

import NIOCore
import NIOSSL
import SyncCore
import Synchronization

final class PeerConnection: Sendable {
    private struct State {
        var pin: Digest?
        var isReadingBody = false
        var isAnswering = false
        /// The work to cancel when the connection ends: a long poll that nobody waits for any more.
        var onClose: (@Sendable () -> Void)?
        var isClosed = false
    }

    let channel: any Channel
    private let state = Mutex(State())

    init(channel: any Channel) {
        self.channel = channel
    }

    /// SHA-256 of the SPKI of the key that the peer proved in the handshake; nil if there is none. It cannot change while
    /// the connection stands; what it is worth can, so that is asked of the `PinTable` on every request.
    func pin(_ hashing: Hashing) async throws -> Digest? {
        if let pin = state.withLock({ $0.pin }) { return pin }
        guard let certificate = try await channel.nioSSL_peerCertificate().get() else { return nil }
        let pin = hashing.sha256(try certificate.extractPublicKey().toSPKIBytes())
        state.withLock { $0.pin = pin }
        return pin
    }

    var knownPin: Digest? { state.withLock { $0.pin } }

    var isReadingBody: Bool {
        get { state.withLock { $0.isReadingBody } }
        set { state.withLock { $0.isReadingBody = newValue } }
    }

    /// Between the end of a request's head and the end of its answer.
    var isAnswering: Bool {
        get { state.withLock { $0.isAnswering } }
        set { state.withLock { $0.isAnswering = newValue } }
    }

    /// Runs `action` once the connection ends; at once if it has. Replaces the action before it.
    func onClose(_ action: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.onClose = action
            return state.isClosed
        }
        if isClosed { action?() }
    }

    /// Cancels what is being done for this connection without ending it: the answer will be a refusal.
    func cancelWork() {
        state.withLock { $0.onClose }?()
    }

    func closed() {
        state.withLock { $0.isClosed = true }
        cancelWork()
    }
}
