// The pace of a connection, hours of it, without waiting.

import SyncCore
import Testing

@testable import PeerTransport

@Suite("The pace of a connection") struct ConnectionPaceTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func pace() -> ConnectionPace { ConnectionPace(limits: ServerLimits(), connectedAt: start) }

    private func check(
        _ pace: inout ConnectionPace, _ seconds: Double, reading: Bool = false, sent: Int = 0, buffered: Int = 0
    ) -> ConnectionPace.Cut? {
        pace.check(at: after(seconds), isReadingBody: reading, bytesSent: sent, bytesBuffered: buffered)
    }

    @Test func `a head has ten seconds, the handshake included, however it dribbles`() {
        var pace = pace()
        pace.received(bytes: 10, at: after(9))
        #expect(check(&pace, 9.9) == nil)
        #expect(check(&pace, 10) == .slowHeader)
    }

    @Test func `between requests there are thirty seconds, then ten from the first byte`() {
        var pace = pace()
        pace.requestHeadReceived()
        pace.requestEndReceived()
        pace.answerSent(closing: false, at: after(5))
        #expect(check(&pace, 34.9) == nil)
        #expect(check(&pace, 35) == .idle)
        pace.received(bytes: 1, at: after(34))
        #expect(check(&pace, 43.9) == nil)
        #expect(check(&pace, 44) == .slowHeader)
    }

    @Test func `waiting for the answer is never idle`() {
        var pace = pace()
        pace.requestHeadReceived()
        pace.requestEndReceived()
        #expect(check(&pace, 1_000_000) == nil)
    }

    @Test func `a body moves 30 KiB in thirty seconds or is cut`() {
        for (bytes, cut) in [(30 * 1_024 - 1, ConnectionPace.Cut.slowBody), (30 * 1_024, nil)] {
            var pace = pace()
            pace.requestHeadReceived()
            #expect(check(&pace, 0, reading: true) == nil)
            pace.received(bytes: bytes, at: after(1))
            #expect(check(&pace, 29.9, reading: true) == nil)
            #expect(check(&pace, 30, reading: true) == cut)
        }
    }

    @Test func `a body that we do not read is not slow`() {
        var pace = pace()
        pace.requestHeadReceived()
        #expect(check(&pace, 0, reading: true) == nil)
        #expect(check(&pace, 20, reading: false) == nil)
        #expect(check(&pace, 100, reading: true) == nil)
        #expect(check(&pace, 129.9, reading: true) == nil)
        #expect(check(&pace, 130, reading: true) == .slowBody)
    }

    @Test func `an answer that is not taken is cut, one that is taken slowly enough is not`() {
        var pace = pace()
        pace.requestHeadReceived()
        pace.requestEndReceived()
        #expect(check(&pace, 0, sent: 0, buffered: 100_000) == nil)
        #expect(check(&pace, 30, sent: 30 * 1_024, buffered: 100_000) == nil)
        #expect(check(&pace, 60, sent: 30 * 1_024 + 5, buffered: 100_000) == .slowReader)
        #expect(check(&pace, 61, sent: 30 * 1_024 + 5, buffered: 0) == nil)
    }

    @Test func `a refused request lingers for a moment`() {
        var pace = pace()
        pace.requestHeadReceived()
        pace.answerSent(closing: true, at: after(1))
        #expect(!pace.isRequestComplete)
        pace.received(bytes: 1 << 30, at: after(1.5))
        #expect(check(&pace, 1.9) == nil)
        #expect(check(&pace, 2) == .lingered)
    }
}
