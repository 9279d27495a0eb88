// Where libcurl puts what it receives. Used on the client's thread only.

import CCurl
import SyncCore

/// Collects an answer, or cuts it into frames and hands them on one at a time, counting every byte against its limit:
/// CURLOPT_MAXFILESIZE is not enforced where the length is unknown (STACK.md, section B).
final class TransferSink {
    private static let errorBodyBytesMax = 64 << 10
    private static let headerBytesMax = 64 << 10

    private let transfer: Transfer
    private let easy: UnsafeMutableRawPointer
    private let isStream: Bool
    private var splitter = FrameSplitter()
    private var body: [UInt8] = []
    private var headerBytes = 0
    private var bodyBytes = 0
    private var retryAfterSeconds: Int?
    /// Why the sink refused bytes; libcurl then only knows that it did.
    private(set) var refusal: TransferEnd?
    private(set) var isPaused = false
    /// A frame was handed over, and this thread has not seen yet that the task is done with it. Asked of the transfer once a
    /// turn: between two looks the task may be done, and frames that arrived behind that one still lie here.
    private var isAwaitingTask = false

    init(_ transfer: Transfer, easy: UnsafeMutableRawPointer) {
        self.transfer = transfer
        self.easy = easy
        if case .pull = transfer.route { isStream = true } else { isStream = false }
    }

    var bytesReceived: Int { headerBytes + bodyBytes }

    private var status: Int { ccurl_getinfo_long(easy, CURLINFO_RESPONSE_CODE) }

    /// The return value is libcurl's: how many bytes were taken, where fewer than given ends the transfer.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        let isFrames = isStream && status == 200
        if isFrames, isAwaitingTask {
            // libcurl keeps these bytes and gives them again.
            isPaused = true
            return ccurl_writefunc_pause()
        }
        bodyBytes += bytes.count
        let bytesMax = status == 200 ? transfer.route.responseBytesMax : Self.errorBodyBytesMax
        guard bodyBytes <= bytesMax else { return refuse(.overLimit) }
        guard isFrames else {
            body.append(contentsOf: bytes)
            return bytes.count
        }
        splitter.append(bytes)
        return deliverFrame() ? bytes.count : 0
    }

    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.headerBytesMax else { return refuse(.overLimit) }
        let name = "retry-after:"
        let line = String(decoding: bytes.prefix(100), as: UTF8.self).lowercased()
        if line.hasPrefix(name) {
            // To Swift, "\r\n" is one character, and a newline.
            retryAfterSeconds = Int(line.dropFirst(name.count).prefix { !$0.isNewline }.trimmingSpaces)
        }
        return bytes.count
    }

    /// Goes on after the task has acknowledged a frame: first with frames that are here already, then with the socket.
    /// False once the bytes are no frames.
    func resume() -> Bool {
        guard !transfer.isFrameOutstanding else { return true }
        isAwaitingTask = false
        guard deliverFrame() else { return false }
        if isPaused, !isAwaitingTask {
            isPaused = false
            curl_easy_pause(easy, CURLPAUSE_CONT)
        }
        return true
    }

    /// Whether every whole frame that arrived has been taken and done with.
    var isDrained: Bool { !isAwaitingTask }

    var reply: TransferReply {
        TransferReply(
            status: status,
            contentType: ccurl_getinfo_string(easy, CURLINFO_CONTENT_TYPE).map { String(cString: $0) },
            body: body, retryAfterSeconds: retryAfterSeconds)
    }

    private func deliverFrame() -> Bool {
        guard isStream, refusal == nil else { return refusal == nil }
        do {
            if let frame = try splitter.next() {
                isAwaitingTask = true
                transfer.deliver(frame)
            }
            return true
        } catch {
            refusal = .malformed(error)
            return false
        }
    }

    private func refuse(_ end: TransferEnd) -> Int {
        refusal = end
        return 0
    }
}
