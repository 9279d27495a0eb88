// A node whose whole folder is on the failing disk: what the fence and the descriptor say must fit the replica.

import CSQLite
import CrashDisk
import ForeignSQL
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Crashes of a node", .enabled(if: crashdisk_sees_plain_files(), "sanitizers have a libc of their own"))
struct NodeCrashTests {
    /// One run of some steps on a disk that fails, and what was acknowledged before.
    private final class Run {
        let disk: Disk
        let directory: NodeDirectory
        private(set) var node: LocalNode?
        private var client: ForeignClient?
        private(set) var acknowledged: [(dot: Dot, id: Digest)] = []
        private(set) var steps = 0

        init(_ files: NodeFiles, in place: String, _ honesty: Honesty = .honest) throws {
            try files.lay(in: place)
            directory = NodeDirectory(path: place)
            disk = Disk(place, checkpointEvery: 24, honesty)
            node = try LocalNode(directory: directory)
            client = try ForeignClient(directory.replica)
        }

        /// Goes on with the steps that have not been acknowledged.
        func go(_ all: [(LocalNode, ForeignClient) throws -> Void]) throws {
            while steps < all.count {
                guard let node, let client else { preconditionFailure("the process has died") }
                try all[steps](node, client)
                let head = try? node.replica.ownHead()
                steps += 1
                guard let head, head.sequence > 0 else { continue }
                acknowledged.append((Dot(origin: head.origin, sequence: head.sequence), head.id))
            }
        }

        func die() {
            disk.cutPower()
            node = nil
            client = nil
        }
    }

    private static let writing = "INSERT INTO item (item_no, title) VALUES ('31-0001', 'one')"
    private static let writingAgain =
        "INSERT INTO item (item_no, title) VALUES ('31-0002', 'two') ON CONFLICT DO UPDATE SET title = 'two'"

    /// Cuts the power at every call, and lets every call fail once; `check` looks at each restarted node.
    private func sweep(
        _ name: String, _ files: NodeFiles, _ steps: [(LocalNode, ForeignClient) throws -> Void],
        check: (LocalNode, _ acknowledged: [(dot: Dot, id: Digest)]) throws -> Void
    ) throws {
        let folder = try Folder()
        let start = crashdisk_thread_seconds()
        var tally: [Fault: Int] = [:]
        var restarts = 0
        for fault in [Fault.powerCut, .eioOnce, .full] {
            // A node's steps are the store's, swept call by call, and a few files.
            let stride = Sweep.seeds == nil && fault != .powerCut ? 3 : 1
            var call = 1
            while true {
                let run = try Run(files, in: folder.make("run"))
                run.disk.arm(fault, at: call)
                var failure: (any Error)?
                do { try run.go(steps) } catch { failure = error }
                let struck = run.disk.struck
                let story = "\(name), \(fault) at call \(call) (\(struck ?? "none")), \(run.steps) acknowledged"
                guard struck != nil else {
                    #expect(failure == nil, "\(story)")
                    run.die()
                    break
                }
                tally[fault, default: 0] += 1
                if fault != .powerCut {
                    run.disk.disarm()
                    if let failure { #expect(Self.isProper(failure), "\(story): \(failure)") }
                    #expect(throws: Never.self, "\(story), going on") { try run.go(steps) }
                }
                run.die()
                for survivors in fault == .powerCut ? Survivors.tried(at: call) : [.nothing] {
                    let place = try folder.make("restart")
                    try NodeFiles.makeFolders(in: place)
                    _ = run.disk.leave(survivors, seed: UInt64(call), in: place)
                    restarts += 1
                    #expect(throws: Never.self, "\(story), \(survivors) survives") {
                        let node = try LocalNode(directory: NodeDirectory(path: place))
                        for known in run.acknowledged {
                            #expect(
                                try node.replica.entry(at: known.dot)?.id == known.id,
                                "\(story), \(survivors) survives: \(known.dot) is lost")
                        }
                        try check(node, run.acknowledged)
                        let named = try node.namedIncarnations()
                        #expect(
                            named.contains(try node.replica.ownOrigin().incarnation),
                            "\(story), \(survivors) survives: the descriptor does not know the incarnation")
                        #expect(try node.deepFindings() == [], "\(story), \(survivors) survives")
                    }
                }
                call += stride
            }
        }
        print(
            "crash sweep: \(name): \(tally[.powerCut, default: 0]) power cuts, \(tally[.eioOnce, default: 0]) EIO once,",
            "\(tally[.full, default: 0]) disk full; \(restarts) restarts,",
            String(format: "%.1f s CPU", crashdisk_thread_seconds() - start))
    }

    private static func isProper(_ error: any Error) -> Bool {
        switch error {
        case let error as SQLiteError:
            [SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN].contains(error.code & 0xFF) && !error.doing.isEmpty
        case let error as FileRefusal: if case .failed = error.cause { true } else { false }
        case is NodeError, is SQLComplaint: true
        default: false
        }
    }

    @Test func `sealing and applying leave a fence that fits the replica, whatever fails`() throws {
        let stage = try NodeStage()
        let batch = try stage.entriesOfJiangsu("INSERT INTO item (item_no, title) VALUES ('32-0001', 'theirs')")
        try sweep(
            "node: sealing and applying", NodeFiles(of: stage.shanghai.path),
            [
                { try $1.run(Self.writing) },
                { node, _ in try node.seal() },
                { try $1.run(Self.writingAgain) },
                { node, _ in _ = try node.apply(batch, from: Market("jiangsu")) },
            ]
        ) { node, acknowledged in
            let origin = try node.replica.ownOrigin()
            let fence = try #require(try Fence.read(node.directory.fence))
            let head = try node.replica.ownHead()
            #expect(fence.incarnation == origin.incarnation && fence.sequence <= head.sequence)
            // The disk kept its word, so this is no rollback.
            #expect(try !node.recoverIfRolledBack())
            try node.seal()
            let raised = try #require(try Fence.read(node.directory.fence))
            let sealed = try node.replica.ownHead()
            #expect(raised == Fence(incarnation: origin.incarnation, sequence: sealed.sequence, id: sealed.id))
        }
    }

    /// The replica is an older one than the fence knows, as after a careless copy: the node must begin a new incarnation,
    /// which its descriptor names, and no crash on the way may make it number anything as it numbered what was lost.
    @Test func `recovering from a rollback can be cut short anywhere`() throws {
        let stage = try NodeStage()
        let node = try LocalNode(directory: stage.shanghai)
        let client = try ForeignClient(stage.shanghai.replica)
        try client.run(Self.writing)
        try node.seal()
        let old = try node.replica.ownOrigin()
        let before = try NodeFiles(of: stage.shanghai.path)
        try client.run(Self.writingAgain)
        try node.seal()
        let setBack = before.replacing("keys/fence", from: try NodeFiles(of: stage.shanghai.path))
        try sweep(
            "node: recovering", setBack,
            [
                { try $1.run(Self.writingAgain) },
                { node, _ in try node.seal() },
            ]
        ) { node, _ in
            try node.seal()
            #expect(try node.replica.ownOrigin() != old)
            #expect(try node.replica.heads(of: old).map(\.sequence) == [1])
            #expect(try !node.recoverIfRolledBack())
        }
    }

    @Test func `a disk that lied about the replica is noticed by the fence, and what comes back is taken`() throws {
        let stage = try NodeStage()
        let folder = try Folder()
        let run = try Run(NodeFiles(of: stage.shanghai.path), in: folder.make("run"), .lying)
        try run.go([{ try $1.run(Self.writing) }, { node, _ in try node.seal() }])
        let lost = try #require(run.acknowledged.last)
        // A peer had pulled it.
        var cursor = try #require(run.node).replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        let batch = try #require(run.node).replica.nextBatch(&cursor)
        run.die()
        let place = try folder.make("restart")
        try NodeFiles.makeFolders(in: place)
        _ = run.disk.leave(.nothing, in: place)

        let node = try LocalNode(directory: NodeDirectory(path: place))
        #expect(try node.replica.entry(at: lost.dot) == nil, "this disk was meant to lie")
        #expect(try node.recoverIfRolledBack())
        try ForeignClient(node.directory.replica).run(Self.writingAgain)
        try node.seal()
        let head = try node.replica.ownHead()
        #expect(head.origin != lost.dot.origin && head.sequence == 1)
        #expect(try node.apply(batch, from: Market("jiangsu")).applied == 1)
        #expect(try node.replica.entry(at: lost.dot)?.id == lost.id)
        #expect(try node.deepFindings() == [])
    }
}
