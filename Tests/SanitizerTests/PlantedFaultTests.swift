// Faults for `make tsan` and `make asan` to find before the suite runs: a sanitizer that reports nothing is suspected first.

import Foundation
import Testing

@Suite("Planted faults")
struct PlantedFaultTests {
    private static let planted = ProcessInfo.processInfo.environment["YRD_PLANT_FAULT"]

    /// Two threads count on one place without a lock. Each sleeps in between, since on a busy machine one may else be done
    /// before the other begins, and the sanitizer has forgotten it.
    @Test(.enabled(if: planted == "thread"))
    func `a data race is reported`() {
        // Unsafe on purpose: it is the fault.
        nonisolated(unsafe) let place = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        defer { place.deallocate() }
        place.pointee = 0
        let (ready, start, end) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        for _ in 0..<2 {
            Thread.detachNewThread {
                ready.signal()
                start.wait()
                for _ in 0..<300 {
                    place.pointee &+= 1
                    usleep(1_000)
                }
                end.signal()
            }
        }
        for _ in 0..<2 { ready.wait() }
        for _ in 0..<2 { start.signal() }
        for _ in 0..<2 { end.wait() }
    }

    /// One byte beyond an allocation.
    @Test(.enabled(if: planted == "address"))
    func `a heap overflow is reported`() {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        defer { bytes.deallocate() }
        for index in 0...16 { bytes[index] = UInt8(index) }
    }
}
