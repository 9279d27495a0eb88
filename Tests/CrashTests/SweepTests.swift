// The sweeps: every I/O call of every operation fails once, in every way.

import Testing

@Suite("Crash sweeps")
struct SweepTests {
    private func sweep(_ operation: Operation, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let report = try Sweep(operation).run()
        print("crash sweep:", report.summary)
        #expect(report.problems.isEmpty, "\(report.problems.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }

    @Test func `sealing survives every fault at every call`() throws { try sweep(.sealing()) }

    @Test func `applying survives every fault at every call`() throws { try sweep(.applying()) }

    @Test func `applying over an uncaptured write survives every fault at every call`() throws { try sweep(.applyingOverUncapturedWrite()) }

    @Test func `resolving and undoing survives every fault at every call`() throws { try sweep(.resolving()) }

    @Test func `upgrading the catalog survives every fault at every call`() throws { try sweep(.upgrading()) }

    @Test func `importing survives every fault at every call`() throws { try sweep(.importing()) }

    @Test func `importing in several transactions survives every fault at every call`() throws { try sweep(.importingManyRows()) }

    @Test func `backing up survives every fault at every call`() throws { try sweep(.backingUp()) }

    @Test func `creating a replica survives every fault at every call`() throws { try sweep(.creating()) }

    @Test func `opening and closing survives every fault at every call`() throws { try sweep(.opening()) }

    @Test func `bookkeeping survives every fault at every call`() throws { try sweep(.bookkeeping()) }

    @Test func `reading survives every fault at every call`() throws { try sweep(.reading()) }
}
