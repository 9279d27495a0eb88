// A small federation in one process: real replicas, real keys, no network.

import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore

/// One market's node, as far as the store goes.
final class TestNode {
    let market: Market
    let path: String
    let key: SigningKey
    let signer: EntrySigner
    let clock: TestClock
    var replica: SQLiteReplica

    init(_ name: String, folder: String, clock: TestClock, catalog: Catalog) throws {
        market = Market(name)!
        path = folder + "/" + name + ".sqlite"
        let key = try SigningKey.generate(.ed25519SHA256)
        self.key = key
        self.clock = clock
        signer = EntrySigner(
            federation: federationID("yrd"), suite: key.suite, keyID: key.keyID, trustRootVersion: 0,
            sign: { [try key.sign(.changeSet, $0.encoded())] })
        replica = try SQLiteReplica.create(
            path: path,
            identity: ReplicaIdentity(
                federation: "yrd", market: market, incarnation: try IncarnationGenerator.make()),
            catalog: catalog,
            environment: ReplicaEnvironment(hashing: OpenSSLHashing.hashing, wallMilliseconds: { clock.now }))
    }

    /// Runs SQL as any local client would, in the sqlite3 shell. Returns its output; throws its complaint.
    @discardableResult
    func sql(_ statements: String) throws -> String {
        try Self.run("/usr/bin/sqlite3", ["-bail", path], input: statements)
    }

    /// Runs a Python program, as the registry's own would run; `replica` is the path of this node's file.
    @discardableResult
    func python(_ program: String) throws -> String {
        try Self.run("/usr/bin/python3", ["-c", "import sqlite3, sys\nreplica = sys.argv[1]\n" + program, path], input: "")
    }

    private static func run(_ executable: String, _ arguments: [String], input text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SQLComplaint(text: complaint) }
        return said.trimmingCharacters(in: .newlines)
    }

    @discardableResult
    func seal() throws -> SealReport { try replica.seal(signer) }

    /// The digest's number, after sealing.
    func digest() throws -> Digest {
        try seal()
        return try replica.position().digest
    }
}

struct SQLComplaint: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// A clock that a test sets, and that ticks at every look.
final class TestClock: Sendable {
    private let state = NSLockedValue(Int64(1_700_000_000_000))

    var now: Int64 { state.withLock { $0 += 1; return $0 } }

    func advance(by milliseconds: Int64) { state.withLock { $0 += milliseconds } }
}

/// A value behind a lock.
final class NSLockedValue<Value>: @unchecked Sendable {  // Every access holds the lock.
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}

final class TestFederation {
    let folder: String
    let clock = TestClock()
    let catalog: Catalog
    private(set) var nodes: [TestNode] = []

    init(_ names: [String] = ["shanghai", "jiangsu"], catalog: Catalog? = nil) throws {
        folder = NSTemporaryDirectory() + "yrd-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.catalog = try catalog ?? Catalog.builtIn(sha256: OpenSSLHashing.sha256)
        for name in names { nodes.append(try TestNode(name, folder: folder, clock: clock, catalog: self.catalog)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    subscript(name: String) -> TestNode { nodes.first { $0.market.name == name }! }

    /// One node pulls what another has; entries are taken as verified (PeerTrust has its own tests).
    @discardableResult
    func pull(_ receiver: TestNode, from sender: TestNode) throws -> ApplyReport {
        try sender.seal()
        var total = ApplyReport()
        var cursor = try sender.replica.sendCursor(
            for: PullRequest(frontier: try receiver.replica.frontier(), held: []))
        while !cursor.isFinished {
            let batch = try sender.replica.nextBatch(&cursor)
            guard !batch.entries.isEmpty else { break }
            let report = try receiver.replica.apply(
                batch.entries.map(Self.verified), from: sender.market, receiver.signer)
            total.applied += report.applied
            total.refused += report.refused
        }
        return total
    }

    static func verified(_ entry: Entry) -> VerifiedEntry {
        VerifiedEntry(
            afterVerifying: entry, id: entry.header.entryID(OpenSSLHashing.hashing),
            market: entry.header.origin.market!)
    }

    /// Everyone pulls from everyone until nothing travels any more.
    func settle() throws {
        var travelled = 1
        while travelled > 0 {
            travelled = 0
            for receiver in nodes {
                for sender in nodes where sender !== receiver {
                    travelled += try pull(receiver, from: sender).applied
                }
            }
        }
    }
}
