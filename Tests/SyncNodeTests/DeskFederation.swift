// Nodes in one process that exchange without a network: what the desk is tried on.

import ForeignPrograms
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

/// Nodes that trust each other, in a folder of their own.
final class DeskFederation {
    let folder: String
    private(set) var nodes: [LocalNode] = []

    /// - Parameter signing: what a market signs with, where it is not Ed25519.
    init(_ names: String..., signing: [String: SigningSuites] = [:]) throws {
        folder = NSTemporaryDirectory() + "yrd-desk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var descriptors: [Descriptor] = []
        for (index, name) in names.enumerated() {
            descriptors.append(
                try NodeInitialisation(
                    market: Market(name)!, listen: ListenAddress("127.0.0.1:\(7_000 + index)")!, federation: "yrd",
                    endpoint: nil, catalogPath: nil, signing: signing[name] ?? .ed25519
                ).run(in: NodeDirectory(path: folder + "/" + name)))
            nodes.append(try LocalNode(directory: NodeDirectory(path: folder + "/" + name)))
        }
        for node in nodes {
            for descriptor in descriptors where descriptor.market != node.market {
                _ = try node.trustKeeper.add(descriptor.raw, fingerprint: nil, isReplacing: false)
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    subscript(name: String) -> LocalNode { nodes.first { $0.market.name == name }! }

    /// A local client's write.
    func sql(_ name: String, _ statements: String) throws { _ = try value(name, statements) }

    /// What a local client's query gives.
    func value(_ name: String, _ statements: String) throws -> String {
        let result = try Command.run(["sqlite3", "-bail", self[name].directory.replica, statements])
        guard result.status == 0 else { throw NodeError(code: "sql", statements + ": " + result.errors) }
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// Everyone seals, then takes what everyone else has.
    func settle() throws {
        for node in nodes { try node.seal() }
        for receiver in nodes {
            for sender in nodes where sender !== receiver {
                var cursor = try sender.replica.sendCursor(
                    for: PullRequest(frontier: try receiver.replica.frontier(), held: []))
                while !cursor.isFinished {
                    let batch = try sender.replica.nextBatch(&cursor)
                    guard !batch.entries.isEmpty else { break }
                    _ = try receiver.apply(batch, from: sender.market)
                }
            }
        }
    }

    /// An agency of Shanghai, known everywhere.
    func makeAgency(_ key: String = "31-TTA-000001") throws {
        try sql(
            "shanghai",
            """
            INSERT INTO agency (agency_id, name, website, contact_person, contact_phone)
            VALUES ('\(key)', '上海一号', 'https://one.example', '张三', '13800000000')
            """)
        try settle()
    }

    /// Writes at a market, seals there, and gives the batch that another node lacks.
    func write(_ market: String, _ column: String, lackedBy receiver: LocalNode) throws -> Batch {
        try sql(market, "UPDATE agency SET \(column) = 'https://\(market).example'")
        try self[market].seal()
        var cursor = try self[market].replica.sendCursor(
            for: PullRequest(frontier: try receiver.replica.frontier(), held: []))
        return try self[market].replica.nextBatch(&cursor)
    }

    func openConflicts(at name: String) throws -> [ConflictReport] { try self[name].replica.openConflicts() }
}
