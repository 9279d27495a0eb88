// The token bucket with a clock that the test moves.

import PeerTransport
import Testing

@Suite("Token buckets") struct TokenBucketTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func `a full bucket admits its capacity and then nothing`() {
        var bucket = TokenBucket(capacity: 3, perSecond: 1, at: start)
        for _ in 0..<3 {
            #expect(bucket.secondsUntilOpen(at: start) == nil)
            bucket.charge(1, at: start)
        }
        #expect(bucket.secondsUntilOpen(at: start) == 1)
    }

    @Test func `time fills it, never over its capacity`() {
        var bucket = TokenBucket(capacity: 2, perSecond: 1, at: start)
        bucket.charge(2, at: start)
        #expect(bucket.secondsUntilOpen(at: after(0.5)) == nil)
        bucket.charge(2, at: after(1_000_000))
        #expect(bucket.secondsUntilOpen(at: after(1_000_000)) == 1)
    }

    @Test func `a debt is waited for in full`() {
        var bucket = TokenBucket(capacity: 10, perSecond: 2, at: start)
        bucket.charge(1_010, at: start)
        #expect(bucket.secondsUntilOpen(at: start) == 500)
        #expect(bucket.secondsUntilOpen(at: after(499.9)) == 1)
        #expect(bucket.secondsUntilOpen(at: after(500.1)) == nil)
    }

    @Test func `a clock that goes back gives nothing and takes nothing`() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1, at: after(100))
        bucket.charge(1, at: after(50))
        #expect(bucket.secondsUntilOpen(at: start) == 1)
        #expect(bucket.secondsUntilOpen(at: after(100.5)) == nil)
    }

    /// A model: over any run of times, what was admitted is at most the capacity, plus what flowed in, plus one charge.
    @Test(arguments: UInt64(0)..<50)
    func `it never admits more than capacity and flow`(seed: UInt64) {
        var bucket = TokenBucket(capacity: 20, perSecond: 3, at: start)
        var (now, admitted, largest) = (0.0, 0, 0)
        for byte in Samples.noise(500, seed: seed) {
            now += Double(byte % 16) / 8
            let amount = Int(byte % 7)
            guard bucket.secondsUntilOpen(at: after(now)) == nil else { continue }
            bucket.charge(amount, at: after(now))
            admitted += amount
            largest = max(largest, amount)
            #expect(Double(admitted) <= 20 + 3 * now + Double(largest) + 0.001)
        }
    }
}
