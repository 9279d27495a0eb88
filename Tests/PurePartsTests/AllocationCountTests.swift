// Allocations are what a record costs beside its bytes, and they creep: one more in a loop shows in no test of behaviour.

import AllocationMeter
import PureParts
import Testing

/// Of a debug build, which the suite is; `make instructions` holds what a release build allocates. The same in every run.
@Suite("Allocations of the pure parts")
struct AllocationCountTests {
    /// For each thousand records, as measured when the limit was set; 2 % more are taken, for the next compiler's sake.
    private static let limits = [
        "encode": 61_506, "decode-plain": 216_324, "decode": 489_303, "root": 9_998, "verify": 11_620,
        "merge-create": 137_247, "merge-update": 41_684, "merge-concurrent": 42_839, "digest": 128_725,
    ]

    private func allocations(_ work: () -> Int) -> Int {
        allocation_meter_start()
        let result = work()
        _ = allocation_meter_stop()
        #expect(result != 0, "it did nothing")
        return allocation_meter_count()
    }

    @Test(
        .enabled(if: allocation_meter_is_sanitized() == 0, "a sanitizer allocates for itself"), arguments: PurePart.all)
    func `a pure part allocates no more than it did`(part: PurePart) throws {
        let work = try part.prepare()
        _ = work()
        let count = allocations(work)
        let limit = try #require(Self.limits[part.name], "\(part.name) has no limit; it allocates \(count)")
        #expect(
            count * 100 <= limit * 102, "\(part.name): \(count) allocations for \(part.records) records, not \(limit)")
        // Far below its limit, a part would have room to grow unnoticed.
        #expect(count * 10 >= limit * 9, "\(part.name): \(count) allocations only: lower the limit of \(limit)")
    }

    @Test func `every allocation is counted`() {
        #expect(allocations { (0..<100).reduce(0) { $0 + [UInt8](repeating: 1, count: 32 + $1).count } } >= 100)
        #expect(allocations { 1 } == 0)
    }
}
