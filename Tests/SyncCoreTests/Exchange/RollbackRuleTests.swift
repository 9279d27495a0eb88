// Was this replica set back? What the fence says, and what the order of the incarnations adds to it.

import Testing

@testable import SyncCore

@Suite("Rollback rule")
struct RollbackRuleTests {
    private static let incarnations = (1...3).map { ID16(Array(repeating: $0, count: 16))! }
    private static let id = Digest(words: (7, 7, 7, 7))

    private static func isSetBack(
        fence: Int, sequence: UInt64, own: Int, standing: Digest?, begun: [Int] = [0, 1]
    ) -> Bool {
        RollbackRule.isSetBack(
            behind: (incarnations[fence], sequence, id), own: incarnations[own], standing: standing,
            incarnations: begun.map { incarnations[$0] })
    }

    @Test func `a replica that has the fence's entry is not behind it`() {
        #expect(!Self.isSetBack(fence: 0, sequence: 4, own: 0, standing: Self.id))
        // In a later incarnation, too: the old one's entries are still there.
        #expect(!Self.isSetBack(fence: 0, sequence: 4, own: 1, standing: Self.id))
    }

    @Test func `a replica without the fence's entry, or with another in its place, was set back`() {
        #expect(Self.isSetBack(fence: 0, sequence: 4, own: 0, standing: nil))
        #expect(Self.isSetBack(fence: 0, sequence: 4, own: 0, standing: Digest(words: (8, 8, 8, 8))))
    }

    @Test func `where nothing was sealed yet, the incarnation alone tells`() {
        #expect(!Self.isSetBack(fence: 1, sequence: 0, own: 1, standing: nil))
        #expect(Self.isSetBack(fence: 1, sequence: 0, own: 0, standing: nil))
    }

    /// A recovery begins a new incarnation and then raises the fence: a crash between the two leaves the old fence.
    @Test func `an incarnation that was begun after the fence's is a recovery that a crash cut short`() {
        #expect(!Self.isSetBack(fence: 0, sequence: 4, own: 1, standing: nil))
        #expect(!Self.isSetBack(fence: 0, sequence: 0, own: 1, standing: nil))
    }

    @Test func `an incarnation that was begun before the fence's, or by nobody, is a backup put back`() {
        #expect(Self.isSetBack(fence: 1, sequence: 4, own: 0, standing: nil))
        #expect(Self.isSetBack(fence: 0, sequence: 4, own: 2, standing: nil))
        #expect(Self.isSetBack(fence: 2, sequence: 4, own: 1, standing: nil))
        #expect(Self.isSetBack(fence: 0, sequence: 4, own: 1, standing: nil, begun: []))
    }

    /// The same incarnation may be named more than once; the last time counts.
    @Test func `the order is that of the last beginnings`() {
        #expect(!Self.isSetBack(fence: 0, sequence: 4, own: 1, standing: nil, begun: [1, 0, 1]))
        #expect(Self.isSetBack(fence: 1, sequence: 4, own: 0, standing: nil, begun: [0, 1, 1]))
    }
}
