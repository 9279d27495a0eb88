// A small federation in one process: real replicas, real keys, no network.

import ForeignPrograms
import ForeignSQL
import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@testable import PeerTrust

/// One market's node, as far as the store goes.
final class TestNode {
    let market: Market
    let path: String
    let key: SigningKey
    let signer: EntrySigner
    let clock: TestClock
    var replica: SQLiteReplica
    /// A clone, or its original.
    var mayRecover = false
    private var openClient: ForeignClient?

    /// A plain connection with triggers on, as any program would open.
    var client: ForeignClient {
        get throws {
            if let openClient { return openClient }
            let client = try ForeignClient(path)
            openClient = client
            return client
        }
    }

    init(_ name: String, folder: String, clock: TestClock, catalog: Catalog) throws {
        market = Market(name)!
        path = folder + "/" + name + ".sqlite"
        let key = try SigningKey.generate(.ed25519SHA256)
        self.key = key
        self.clock = clock
        signer = EntrySigner(
            federation: federationID("yrd"), suite: key.suite, keyIDs: SigningKeyIDs(header: key.keyID),
            trustRootVersion: 0,
            sign: { [try key.sign(.changeSet, $0.encoded())] })
        replica = try SQLiteReplica.create(
            path: path,
            identity: ReplicaIdentity(
                federation: "yrd", market: market, incarnation: try IncarnationGenerator.make()),
            catalog: catalog, environment: clock.environment)
    }

    /// The node that a copy of another's file makes, key and all: as it stands, not yet a new incarnation.
    init(copying other: TestNode, to path: String) throws {
        (market, self.path, key, signer, clock) = (other.market, path, other.key, other.signer, other.clock)
        try other.client.run("VACUUM INTO '\(path)'")
        replica = try SQLiteReplica(path: path, environment: clock.environment)
    }

    func reopen() throws {
        try replica.close()
        replica = try SQLiteReplica(path: path, environment: clock.environment)
    }

    /// What `verify` finds; signatures are checked with this federation's keys.
    func findings(isDeep: Bool = true, in federation: TestFederation) throws -> [Finding] {
        try replica.verify(isDeep: isDeep, fault: { federation.fault(of: $0) }, progress: { _ in })
    }

    /// An authentic entry of this market that its own store would perhaps not have made.
    func forge(
        incarnation: ID16, sequence: UInt64 = 1, previous: Digest = .zero, context: Context,
        notes: [Note] = [], changes: [Change] = [], rawChanges: [[UInt8]] = [], groupContinues: Bool = false,
        time: Int64 = 1_700_000_000_000, trustRootVersion: UInt64 = 0
    ) throws -> VerifiedEntry {
        let hashing = OpenSSLHashing.hashing
        let ops = EncodedOps(
            notes: notes, changes: changes.map { $0.encoded() } + rawChanges, suite: key.suite, hashing)
        let header = EnvelopeHeader(
            suite: key.suite, groupContinues: groupContinues, federation: signer.federation,
            origin: Origin(market: market, incarnation: incarnation), sequence: sequence,
            trustRootVersion: trustRootVersion, timeMilliseconds: time, opCount: UInt32(ops.count),
            payloadBytes: UInt64(ops.payloadBytes), previous: previous, opsRoot: ops.root,
            contextHash: hashing.digest(key.suite, context.encoded()), keyID: key.keyID)
        let entry = Entry(
            header: header, signatures: try signer.sign(header), context: context.encoded(), ops: ops.framed)
        return VerifiedEntry(afterVerifying: entry, id: header.entryID(hashing), market: market)
    }

    /// Runs SQL as any local client would, in the sqlite3 shell. Returns its output; throws its complaint.
    @discardableResult
    func sql(_ statements: String) throws -> String {
        try Self.run("/usr/bin/sqlite3", ["-bail", path], input: statements)
    }

    /// Runs a Python program, as the registry's own would run; `replica` is the path of this node's file.
    @discardableResult
    func python(_ program: String) throws -> String {
        try Self.run(
            "/usr/bin/python3", ["-c", "import sqlite3, sys\nreplica = sys.argv[1]\n" + program, path], input: "")
    }

    private static func run(_ executable: String, _ arguments: [String], input text: String) throws -> String {
        let result = try Command.run([executable] + arguments, input: Array(text.utf8))
        guard result.status == 0 else { throw SQLComplaint(result.errors) }
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// How many connections of this process have the replica open, those among them that have read or written: told by the
    /// log, since SQLite keeps the file's own descriptors as long as anybody has it open.
    func openCount() throws -> Int {
        let (folder, wal) = ("/proc/self/fd/", path + "-wal")
        return try FileManager.default.contentsOfDirectory(atPath: folder).count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + $0)) == wal
        }
    }

    /// Every row of every synced table, in the clear.
    func tables() throws -> [String] {
        try replica.catalog.recordTypes.flatMap { type in
            var rows: [String] = []
            try replica.forEachRecord(of: type.name) { row in
                let values = row.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                rows.append("\(row.key) \(values.joined(separator: " "))")
            }
            return rows
        }
    }

    /// As `LocalNode` does: a replica that is shown what it has not sealed itself goes on in a new incarnation.
    @discardableResult
    func apply(_ entries: [VerifiedEntry], from peer: Market?) throws -> ApplyReport {
        do {
            return try replica.apply(entries, from: peer, signer)
        } catch is RolledBack where mayRecover {
            try replica.beginIncarnation(try IncarnationGenerator.make(), because: "shown itself")
            return try replica.apply(entries, from: peer, signer)
        }
    }

    /// Takes over a trust root that says no more than these closures, as `LocalNode` does: one that closes the incarnation in
    /// which the node stands takes effect in the next one.
    func adopt(_ closures: [Closure], version: UInt64) throws {
        func adopt() throws {
            try replica.adopt(
                root: [1], after: version - 1, ClosuresInForce(version: version, closures: closures), signer)
        }
        do {
            try adopt()
        } catch is IncarnationClosed {
            try replica.beginIncarnation(try IncarnationGenerator.make(), because: "closed")
            try adopt()
        }
    }

    /// The one open conflict.
    func conflict(sourceLocation: SourceLocation = #_sourceLocation) throws -> ConflictReport {
        let open = try replica.openConflicts()
        #expect(open.count == 1, sourceLocation: sourceLocation)
        return try #require(open.first, sourceLocation: sourceLocation)
    }

    func resolve(_ report: ConflictReport, _ request: ResolutionRequest, reason: Text = "核实", author: Text = "李敏")
        throws
    {
        try replica.resolve(
            conflict: report.id, of: report.conflict.record, request, reason: reason, author: author, signer)
    }

    @discardableResult
    func seal() throws -> SealReport { try replica.seal(signer) }

    /// The digest's number, after sealing.
    func digest() throws -> Digest {
        try seal()
        return try replica.position().digest
    }
}

/// A clock that a test sets, and that ticks at every look.
final class TestClock: Sendable {
    private let state = NSLockedValue(Int64(1_700_000_000_000))
    /// Of what is encrypted at rest, on every node of this clock.
    let cipher: RestCipher

    init() throws { cipher = RestCipher(of: try RestKey.generate()) }

    var now: Int64 {
        state.withLock {
            $0 += 1; return $0
        }
    }

    var environment: ReplicaEnvironment {
        ReplicaEnvironment(
            hashing: OpenSSLHashing.hashing, wallMilliseconds: { self.now }, enrolledKeyID: KeyProof.enrolledKeyID,
            restCipher: { [cipher] id in
                guard id == cipher.keyID else { throw RestKeyUnknown(id: id) }
                return cipher
            })
    }

    func advance(by milliseconds: Int64) { state.withLock { $0 += milliseconds } }
}

extension RestCipher {
    init(of key: RestKey) { self.init(keyID: key.id, encrypt: key.encrypt, decrypt: key.decrypt) }
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
    let clock: TestClock
    let catalog: Catalog
    private(set) var nodes: [TestNode] = []

    /// Shanghai and Jiangsu over the small catalog, level, each with one item, at rowids 1 and 2.
    static func ofTwoItems() throws -> TestFederation {
        let federation = try TestFederation(catalog: try SmallCatalog.version1())
        try federation["shanghai"].client.run("INSERT INTO item (item_no, title, note) VALUES ('31-0001', 'a', 'n')")
        try federation["jiangsu"].client.run("INSERT INTO item (item_no, title, note) VALUES ('32-0001', 'b', 'm')")
        try federation.settle()
        return federation
    }

    init(_ names: [String] = ["shanghai", "jiangsu"], catalog: Catalog? = nil) throws {
        clock = try TestClock()
        folder = NSTemporaryDirectory() + "yrd-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.catalog = try catalog ?? Catalog.builtIn(sha256: OpenSSLHashing.sha256)
        for name in names { nodes.append(try TestNode(name, folder: folder, clock: clock, catalog: self.catalog)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func add(_ name: String, catalog: Catalog) throws {
        nodes.append(try TestNode(name, folder: folder, clock: clock, catalog: catalog))
    }

    /// A second node of a market: a copy of the first one's file, in an incarnation of its own.
    @discardableResult
    func addTwin(of name: String) throws -> TestNode {
        let twin = try copy(of: self[name])
        try twin.replica.beginIncarnation(try IncarnationGenerator.make(), because: "a twin for a test")
        nodes.append(twin)
        return twin
    }

    /// A machine is copied, with all it has: both seal under one origin until they hear of each other.
    @discardableResult
    func addClone(of node: TestNode) throws -> TestNode {
        let clone = try copy(of: node)
        (node.mayRecover, clone.mayRecover) = (true, true)
        nodes.append(clone)
        return clone
    }

    /// A copy of a node's file, opened, not among the nodes that settle.
    func copy(of node: TestNode) throws -> TestNode {
        try TestNode(copying: node, to: folder + "/copy-" + UUID().uuidString + ".sqlite")
    }

    /// Nil for an entry that is authentic under the keys of this federation's nodes.
    func fault(of entry: Entry) -> String? {
        guard let node = nodes.first(where: { $0.market == entry.header.origin.market }) else { return "unknown" }
        guard let key = try? node.key.verificationKey,
            entry.signatures.contains(where: { key.verifies(.changeSet, entry.header.encoded(), $0) })
        else { return "wrong_signature" }
        return entry.bindingFault(OpenSSLHashing.hashing)?.rawValue
    }

    /// Every node shows the same rows, the same open conflicts and the same digest, and finds nothing wrong with itself.
    func expectAgreement(isDeep: Bool = true, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let first = nodes[0]
        let digest = try first.digest()
        let tables = try first.tables()
        let conflicts = try first.replica.openConflicts().map(\.id).sorted()
        for node in nodes {
            #expect(try node.digest() == digest, "\(node.path)", sourceLocation: sourceLocation)
            #expect(try node.tables() == tables, "\(node.path)", sourceLocation: sourceLocation)
            #expect(
                try node.replica.openConflicts().map(\.id).sorted() == conflicts, "\(node.path)",
                sourceLocation: sourceLocation)
            // That an origin forked is no fault of the node.
            let findings = try node.findings(isDeep: isDeep, in: self).filter { $0.code != "fork" }
            #expect(findings == [], "\(node.path)", sourceLocation: sourceLocation)
        }
    }

    subscript(name: String) -> TestNode { nodes.first { $0.market.name == name }! }

    /// One node pulls what another has; entries are taken as verified (PeerTrust has its own tests).
    @discardableResult
    func pull(_ receiver: TestNode, from sender: TestNode) throws -> ApplyReport {
        try sender.seal()
        return try pullUnsealed(receiver, from: sender)
    }

    @discardableResult
    func pullUnsealed(_ receiver: TestNode, from sender: TestNode) throws -> ApplyReport {
        var total = ApplyReport()
        var cursor = try sender.replica.sendCursor(
            for: PullRequest(frontier: try receiver.replica.frontier(), held: []))
        while !cursor.isFinished {
            let batch = try sender.replica.nextBatch(&cursor)
            guard !batch.entries.isEmpty else { break }
            let report = try receiver.apply(batch.entries.map(Self.verified), from: sender.market)
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
