// A node's whole folder: replica, keys, fence, descriptor, trust; kept as files, laid out anew for every run.

import ForeignSQL
import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore

@testable import SyncNode

/// Every file of a node's folder, with its mode: keys that others may read are none.
struct NodeFiles {
    private let files: [(path: String, content: Data, mode: Int)]

    init(of folder: String) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { !$0.hasSuffix("-shm") }
        files = try names.sorted().compactMap { name in
            let path = folder + "/" + name
            guard let content = FileManager.default.contents(atPath: path) else { return nil }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            return (name, content, mode ?? 0o600)
        }
    }

    private init(files: [(path: String, content: Data, mode: Int)]) { self.files = files }

    func replacing(_ path: String, from other: NodeFiles) -> NodeFiles {
        NodeFiles(files: files.filter { $0.path != path } + other.files.filter { $0.path == path })
    }

    func lay(in folder: String) throws {
        try Self.makeFolders(in: folder)
        for file in files {
            try file.content.write(to: URL(fileURLWithPath: folder + "/" + file.path))
            try FileManager.default.setAttributes(
                [.posixPermissions: file.mode], ofItemAtPath: folder + "/" + file.path)
        }
    }

    /// Those that `crashdisk_leave` does not make.
    static func makeFolders(in folder: String) throws {
        for name in ["keys", "peers"] {
            try FileManager.default.createDirectory(
                atPath: folder + "/" + name, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
    }
}

/// Two nodes that trust each other, made by `init`; Shanghai's disk is the one that will fail.
final class NodeStage {
    let folder: Folder
    let shanghai: NodeDirectory
    let jiangsu: NodeDirectory

    init() throws {
        folder = try Folder()
        let catalog = try folder.make("catalog")
        for file in CrashCatalog.files {
            let path = URL(fileURLWithPath: catalog + "/" + file.path)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: path)
        }
        shanghai = NodeDirectory(path: folder.path + "/shanghai")
        jiangsu = NodeDirectory(path: folder.path + "/jiangsu")
        var descriptors: [Descriptor] = []
        for (name, directory) in [("shanghai", shanghai), ("jiangsu", jiangsu)] {
            descriptors.append(
                try NodeInitialisation(
                    market: Market(name)!, listen: ListenAddress("127.0.0.1:7441")!, federation: "yrd", endpoint: nil,
                    catalogPath: catalog
                ).run(in: directory))
        }
        for (directory, other) in [(shanghai, descriptors[1]), (jiangsu, descriptors[0])] {
            let node = try LocalNode(directory: directory)
            _ = try node.trustKeeper.add(other.raw, fingerprint: nil, isReplacing: false)
            try node.replica.close()
        }
    }

    /// What Jiangsu has, as a batch for anyone.
    func entriesOfJiangsu(_ statements: String) throws -> Batch {
        let node = try LocalNode(directory: jiangsu)
        try ForeignClient(jiangsu.replica).run(statements)
        try node.seal()
        var cursor = try node.replica.sendCursor(for: PullRequest(frontier: .empty, held: []))
        defer { try? node.replica.close() }
        return try node.replica.nextBatch(&cursor)
    }
}

extension LocalNode {
    /// What `verify --deep` finds, by this node's own trust.
    func deepFindings() throws -> [String] {
        let membership = try trust().membership
        return try replica.verify(
            isDeep: true,
            fault: { entry in if case .verified = membership.verify(entry) { nil } else { "not authentic" } },
            progress: { _ in }
        ).map(\.code)
    }

    /// The incarnations that this node's descriptor names.
    func namedIncarnations() throws -> [ID16] { try trust().own.signing.flatMap { $0.spans.map(\.incarnation) } }
}
