// The thread that owns a peer's libcurl handles. Nothing else touches them, and it never touches the cooperative pool.

import CCurl
import Foundation
import SyncCore
import Synchronization

/// Runs the transfers of one peer, one after another, on one connection that is kept.
///
/// A multi handle with a single easy handle in it: `curl_multi_poll` can be woken from another thread, so a cancellation
/// or an acknowledged frame is noticed at once, and the multi handle keeps the connection from one transfer to the next.
final class CurlThread: Sendable {
    /// Sendable because only the thread uses them, but for `curl_multi_wakeup`, which libcurl lets any thread call.
    private struct Handles: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer
        let easy: UnsafeMutableRawPointer
    }

    private struct State {
        var queue: [Transfer] = []
        var isStopping = false
        var leafCertificate: [UInt8]?
    }

    private let handles: Handles
    private let endpoint: PeerEndpoint
    private let limits: ClientLimits
    private let state = Mutex(State())

    init(endpoint: PeerEndpoint, limits: ClientLimits) {
        TransportProcess.prepare()
        guard let multi = curl_multi_init(), let easy = curl_easy_init() else {
            preconditionFailure("no memory for a libcurl handle")
        }
        handles = Handles(multi: multi, easy: easy)
        self.endpoint = endpoint
        self.limits = limits
    }

    /// The thread holds a reference while it runs, and so does everyone who may still wake it.
    deinit {
        curl_easy_cleanup(handles.easy)
        curl_multi_cleanup(handles.multi)
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "peer \(endpoint.market)"
        thread.start()
    }

    func submit(_ transfer: Transfer) {
        state.withLock { $0.queue.append(transfer) }
        wake()
    }

    /// The peer's certificate, from the last connection that was made.
    var leafCertificate: [UInt8]? { state.withLock { $0.leafCertificate } }

    /// Ends the thread; what is queued or under way ends as cancelled.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    func wake() {
        curl_multi_wakeup(handles.multi)
    }

    // MARK: On the thread

    private func run() {
        while let transfer = nextTransfer() {
            transfer.end(perform(transfer))
        }
        for transfer in state.withLock({ $0.queue }) { transfer.end(.failure(.cancelled)) }
    }

    /// Waits for work. Nil when the thread is to end.
    private func nextTransfer() -> Transfer? {
        while true {
            let (next, isStopping) = state.withLock { state -> (Transfer?, Bool) in
                guard !state.isStopping else { return (nil, true) }
                return (state.queue.isEmpty ? nil : state.queue.removeFirst(), false)
            }
            if isStopping { return nil }
            if let next { return next }
            curl_multi_poll(handles.multi, nil, 0, 60_000, nil)
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// A transfer that was cancelled while it waited must not wait for the one before it.
    private func endCancelledInQueue() {
        let cancelled = state.withLock { state in
            let cancelled = state.queue.filter(\.isCancelled)
            state.queue.removeAll(where: \.isCancelled)
            return cancelled
        }
        for transfer in cancelled { transfer.end(.failure(.cancelled)) }
    }

    private func perform(_ transfer: Transfer) -> Result<TransferReply, TransferEnd> {
        guard !transfer.isCancelled else { return .failure(.cancelled) }
        let request = CurlRequest(transfer, endpoint: endpoint, limits: limits, easy: handles.easy)
        return request.withOptions { sink in
            curl_multi_add_handle(handles.multi, handles.easy)
            defer { curl_multi_remove_handle(handles.multi, handles.easy) }
            return drive(transfer, sink, request)
        }
    }

    private func drive(
        _ transfer: Transfer, _ sink: TransferSink, _ request: CurlRequest
    ) -> Result<TransferReply, TransferEnd> {
        var result: CURLcode?
        while true {
            endCancelledInQueue()
            guard !transfer.isCancelled, !isStopping else { return .failure(.cancelled) }
            guard sink.resume() else { return .failure(sink.refusal ?? .cancelled) }
            if result == nil { result = step() }
            if let result, sink.isDrained {
                if let certificate = request.leafCertificate { state.withLock { $0.leafCertificate = certificate } }
                return request.outcome(result, sink)
            }
            curl_multi_poll(handles.multi, nil, 0, 1_000, nil)
        }
    }

    /// Lets libcurl work. Its result when the transfer is over.
    private func step() -> CURLcode? {
        var running: Int32 = 0
        curl_multi_perform(handles.multi, &running)
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(handles.multi, &remaining)?.pointee {
            if message.msg == CURLMSG_DONE { return message.data.result }
        }
        return nil
    }
}
