// The watch over the replica's files: a commit of another connection is told, however SQLite came to keep it, and nothing
// else is.

import ForeignSQL
import Foundation
import SyncCore
import Synchronization
import Testing

@testable import ReplicaStore

@Suite("Watching for commits", .timeLimit(.minutes(30)))
struct CommitWatchTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation.nodes[0] }

    init() throws {
        federation = try TestFederation(["shanghai"])
        // As the daemon does: while this connection is open, nobody removes the write-ahead log.
        _ = try shanghai.replica.frontier()
    }

    /// How often a watch has told of commits.
    private final class Tally: Sendable {
        private let told = Mutex(0)
        private let watch: CommitWatch

        init(_ path: String, isWanted: @escaping @Sendable () -> Bool = { true }) throws {
            watch = try CommitWatch(path: path, isWanted: isWanted)
            let commits = watch.commits
            Task { [weak self] in
                for await _ in commits { self?.told.withLock { $0 += 1 } }
            }
        }

        var count: Int { told.withLock { $0 } }

        /// Far beyond what any machine needs to notice one commit, and far below a timer's hour.
        func rises(above count: Int) async -> Bool {
            for _ in 0..<3_000 {
                if self.count > count { return true }
                try? await Task.sleep(for: .milliseconds(10))
            }
            return false
        }

        /// The count once nothing has been told for a while.
        func settled() async -> Int {
            var last = count
            while true {
                try? await Task.sleep(for: .milliseconds(300))
                if count == last { return last }
                last = count
            }
        }
    }

    private func write(_ number: Int) -> String {
        "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-\(100_000 + number)', 'x')"
    }

    @Test func `each of many commits is told, one after another`() async throws {
        let tally = try Tally(shanghai.path)
        let client = try shanghai.client
        for number in 0..<20 {
            let before = await tally.settled()
            try client.run(write(number))
            #expect(await tally.rises(above: before), "commit \(number)")
        }
    }

    @Test func `a transaction is told when it commits, not while it is open`() async throws {
        let tally = try Tally(shanghai.path)
        let client = try shanghai.client
        // Pages of a large transaction reach the log before its commit does.
        try client.run("PRAGMA cache_size = 10; BEGIN IMMEDIATE")
        for number in 0..<500 { try client.run(write(number)) }
        #expect(await tally.settled() == 0)
        try client.run("COMMIT")
        #expect(await tally.rises(above: 0))
    }

    @Test func `a commit after the log was written back and emptied is told`() async throws {
        let client = try shanghai.client
        try client.run(write(1))
        let tally = try Tally(shanghai.path)
        for (turn, mode) in ["TRUNCATE", "RESTART", "PASSIVE"].enumerated() {
            _ = try client.rows("PRAGMA wal_checkpoint(\(mode))")
            let before = await tally.settled()
            try client.run(write(10 + turn))
            #expect(await tally.rises(above: before), "\(mode)")
        }
    }

    @Test func `whoever looks when a commit is told sees it, also where the log begins anew with it`() async throws {
        let watch = try CommitWatch(path: shanghai.path) { true }
        let (seen, path, commits) = (Sight(), shanghai.path, watch.commits)
        Task {
            for await _ in commits {
                seen.count = Int(try ForeignClient(path).value("SELECT count(*) FROM agency"))!
            }
        }
        let client = try shanghai.client
        for number in 1...30 {
            // The next commit writes over the log from its beginning, and that alone changes the data version, before the
            // commit stands.
            _ = try client.rows("PRAGMA wal_checkpoint(PASSIVE)")
            try client.run(write(number))
            for _ in 0..<1_000 where seen.count < number { try await Task.sleep(for: .milliseconds(10)) }
            try #require(seen.count == number, "commit \(number)")
        }
        watch.stop()
    }

    private final class Sight: Sendable {
        private let number = Mutex(0)

        var count: Int {
            get { number.withLock { $0 } }
            set { number.withLock { $0 = newValue } }
        }
    }

    @Test func `a commit of a client that opens the file, writes and goes is told`() async throws {
        let tally = try Tally(shanghai.path)
        for number in 0..<5 {
            let before = await tally.settled()
            try ForeignClient(shanghai.path).run(write(number))
            #expect(await tally.rises(above: before))
        }
    }

    @Test func `a commit to a file that is reached through a link is told`() async throws {
        let link = shanghai.path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: shanghai.path)
        let tally = try Tally(link)
        try shanghai.client.run(write(1))
        #expect(await tally.rises(above: 0))
    }

    @Test func `checkpoints, reads, rollbacks and other files are no commits`() async throws {
        let client = try shanghai.client
        try client.run(write(1))
        let tally = try Tally(shanghai.path)
        _ = try client.rows("SELECT count(*) FROM agency")
        try client.run("PRAGMA cache_size = 10; BEGIN")
        for number in 10..<300 { try client.run(write(number)) }
        try client.run("ROLLBACK")
        _ = try client.rows("PRAGMA wal_checkpoint(PASSIVE)")
        try Data("x".utf8).write(to: URL(fileURLWithPath: federation.folder + "/other"))
        #expect(await tally.settled() == 0)
    }

    @Test func `a burst is told in far fewer pieces than it has commits, and its last commit is among them`()
        async throws
    {
        let tally = try Tally(shanghai.path)
        let client = try shanghai.client
        try client.run("PRAGMA synchronous = OFF")
        for number in 0..<2_000 { try client.run(write(number)) }
        let last = await tally.settled()
        #expect((1..<1_000).contains(last))
        try client.run(write(5_000))
        #expect(await tally.rises(above: last))
    }

    @Test func `while nobody waits nothing is told, and what is committed once somebody does is`() async throws {
        let isWanted = Switch()
        let tally = try Tally(shanghai.path) { isWanted.isOn }
        for turn in 0..<3 {
            isWanted.isOn = false
            let before = await tally.settled()
            for number in 0..<10 { try shanghai.client.run(write(turn * 100 + number)) }
            #expect(await tally.settled() == before)
            isWanted.isOn = true
            try shanghai.client.run(write(turn * 100 + 50))
            #expect(await tally.rises(above: before))
        }
    }

    private final class Switch: Sendable {
        private let state = Mutex(false)

        var isOn: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    @Test func `where nothing is written, nothing is told, and a stopped watch tells no more`() async throws {
        let watch = try CommitWatch(path: shanghai.path) { true }
        watch.stop()
        // The stream ends with the thread.
        for await _ in watch.commits { Issue.record("there was no commit") }
        try shanghai.client.run(write(1))
        watch.stop()
    }

    @Test func `where there is no folder, there is no watch`() {
        #expect(throws: WatchUnavailable.self) { try FolderEvents(folder: "/nowhere/at/all", prefix: "x") }
    }
}
