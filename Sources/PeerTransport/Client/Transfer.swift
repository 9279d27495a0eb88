// One request on its way: what the caller's task and the client's thread say to each other.

import SyncCore
import Synchronization

/// The answer to a request that was a whole one.
struct TransferReply: Sendable {
    let status: Int
    let contentType: String?
    let body: [UInt8]
    let retryAfterSeconds: Int?
}

/// Why a transfer ended without a whole answer.
enum TransferEnd: Error {
    case failure(TransferFailure)
    case overLimit
    case malformed(DecodeError)
    case cancelled
}

/// A mailbox of one place. The thread puts in a frame, or the end; the task takes it out, and acknowledges a frame when it
/// has done with it. Until then the thread takes nothing more off the socket: that is the back-pressure.
final class Transfer: Sendable {
    enum Event: Sendable {
        case frame(ExchangeFrame)
        case ended(Result<TransferReply, TransferEnd>)
    }

    private struct State {
        var event: Event?
        var waiter: CheckedContinuation<Event, Never>?
        var isFrameOutstanding = false
        var isCancelled = false
    }

    let route: ExchangeRoute
    let body: [UInt8]?
    private let state = Mutex(State())

    init(_ route: ExchangeRoute, body: [UInt8]?) {
        precondition(route.isPost == (body != nil), "\(route.name): a POST has a body, a GET has none")
        self.route = route
        self.body = body
    }

    // MARK: The caller's task

    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let event = state.withLock { state -> Event? in
                guard let event = state.event else {
                    state.waiter = continuation
                    return nil
                }
                state.event = nil
                return event
            }
            if let event { continuation.resume(returning: event) }
        }
    }

    func acknowledge() {
        state.withLock { $0.isFrameOutstanding = false }
    }

    func cancel() {
        state.withLock { $0.isCancelled = true }
    }

    // MARK: The client's thread

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    var isFrameOutstanding: Bool { state.withLock { $0.isFrameOutstanding } }

    func deliver(_ frame: ExchangeFrame) {
        state.withLock { $0.isFrameOutstanding = true }
        post(.frame(frame))
    }

    /// The last event. It replaces a frame that was not taken: that only happens after a cancellation.
    func end(_ result: Result<TransferReply, TransferEnd>) {
        post(.ended(result))
    }

    private func post(_ event: Event) {
        let waiter = state.withLock { state -> CheckedContinuation<Event, Never>? in
            guard let waiter = state.waiter else {
                state.event = event
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: event)
    }
}
