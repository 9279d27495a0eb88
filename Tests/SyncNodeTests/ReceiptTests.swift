// Receipts of a node that is several processes at once.

import ForeignPrograms
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Synchronization
import Testing

@testable import SyncNode

@Suite("Receipts")
struct ReceiptTests {
    /// Counters of receipts, with what they name of the node's own.
    private final class Written: Sendable {
        private let receipts = Mutex<[UInt64: UInt64]>([:])
        private let isOver = Mutex(false)

        func add(_ receipt: SignedStatement, by node: LocalNode) throws {
            let statement = try FrontierStatement(decoding: receipt.body, as: .receipt)
            let own = statement.frontier.sequence(of: try node.replica.ownOrigin())
            receipts.withLock { $0[statement.counter] = own }
        }

        var ownSequences: [UInt64] {
            receipts.withLock { receipts in receipts.sorted { $0.key < $1.key }.map(\.value) }
        }

        func end() { isOver.withLock { $0 = true } }

        var hasEnded: Bool { isOver.withLock { $0 } }
    }

    private static func insert(_ number: Int, into replica: String) throws {
        _ = try Command.run([
            "sqlite3", "-bail", "-cmd", ".timeout 15000", replica,
            "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-\(100_000 + number)', '\(number)')",
        ])
    }

    /// One that names less than an earlier one is how peers notice that a node was set back (`peer_rolled_back`).
    @Test func `of two receipts the later one names no less, whichever process of the node wrote it`() throws {
        let directory = NodeDirectory(path: NSTemporaryDirectory() + "yrd-receipts-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        _ = try NodeInitialisation(
            market: Market("shanghai")!, listen: ListenAddress("127.0.0.1:1")!, federation: "yrd", endpoint: nil,
            catalogPath: nil
        ).run(in: directory)
        let written = Written()
        // A daemon that seals what arrives, and a command beside it.
        DispatchQueue.concurrentPerform(iterations: 2) { process in
            do {
                let node = try LocalNode(directory: directory)
                for number in 0..<30 where process == 0 {
                    try Self.insert(number, into: directory.replica)
                    try node.seal()
                    try written.add(try node.receipt(), by: node)
                }
                if process == 0 { written.end() }
                while !written.hasEnded { try written.add(try node.receipt(), by: node) }
            } catch {
                Issue.record(error)
                written.end()
            }
        }
        let own = written.ownSequences
        #expect(own == own.sorted())
        #expect(own.last == 30)
    }
}
