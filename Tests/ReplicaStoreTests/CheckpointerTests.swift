// Checkpoints beside everything else: the log does not grow, and nobody waits.

import ForeignSQL
import Foundation
import Testing

@testable import ReplicaStore

@Suite("Checkpoints beside everything else", .timeLimit(.minutes(30)))
struct CheckpointerTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation.nodes[0] }

    init() throws {
        federation = try TestFederation(["shanghai"])
        _ = try shanghai.replica.frontier()
    }

    private func write(_ numbers: Range<Int>) throws {
        for number in numbers {
            try shanghai.client.run("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-\(100_000 + number)', 'x')")
        }
    }

    @Test func `after a checkpoint the log begins anew, also while a reader looks on and a writer writes`() async throws
    {
        let checkpointer = try Checkpointer(path: shanghai.path)
        try shanghai.client.run("PRAGMA wal_autocheckpoint = 0")
        try write(0..<50)
        let wal = shanghai.path + "-wal"
        func bytes() throws -> Int { try #require(FileManager.default.attributesOfItem(atPath: wal)[.size] as? Int) }
        let before = try bytes()
        let writer = try ForeignClient(shanghai.path)
        try writer.run("BEGIN IMMEDIATE")
        checkpointer.run()
        try writer.run("COMMIT")
        for turn in 1...5 {
            // One that is under way may have begun before the last commits.
            for _ in 0..<20 {
                checkpointer.run()
                try await Task.sleep(for: .milliseconds(20))
            }
            try write(turn * 50..<turn * 50 + 30)
        }
        #expect(try bytes() <= before * 2, "150 commits more would have made it four times as long")
    }

    @Test func `our own commits leave a log of others' length alone`() throws {
        try shanghai.replica.leaveCheckpoints()
        let query = try shanghai.replica.connection.cursor("PRAGMA wal_autocheckpoint")
        #expect(try query.step())
        #expect(query.integer(0) == 4_000)
    }
}
