// The federation before anything fails: Shanghai, whose disk it will be, and the peers whose entries it is sent.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore

@testable import ReplicaStore

final class Stage {
    let shanghai: CrashNode
    let jiangsu: CrashNode
    let zhejiang: CrashNode
    private let folder: Folder

    /// Three records of Shanghai's and one of Jiangsu's, known everywhere.
    init(jiangsuCatalog: Catalog = CrashCatalog.version1) throws {
        folder = try Folder()
        shanghai = try CrashNode("shanghai", in: folder.make("shanghai"))
        jiangsu = try CrashNode("jiangsu", in: folder.make("jiangsu"))
        zhejiang = try CrashNode("zhejiang", in: folder.make("zhejiang"))
        try shanghai.create()
        try jiangsu.create(jiangsuCatalog)
        try zhejiang.create()
        try shanghai.client.run(
            """
            INSERT INTO item (item_no, title, width, height, note, amount) VALUES
                ('31-0001', 'one', 1, 1, 'n1', 1), ('31-0002', 'two', 2, 2, 'n2', 2), ('31-0003', 'three', 3, 3, 'n3', 3)
            """)
        try jiangsu.client.run("INSERT INTO item (item_no, title, note) VALUES ('32-0001', 'theirs', 'm1')")
        try settle()
    }

    private var nodes: [CrashNode] { [shanghai, jiangsu, zhejiang] }

    func settle() throws {
        for node in nodes { try node.seal() }
        for receiver in nodes {
            for sender in nodes where sender !== receiver {
                _ = try receiver.apply(try batch(from: sender, to: receiver))
            }
        }
    }

    /// What the receiver lacks; at most a few entries here, so one batch.
    func batch(from sender: CrashNode, to receiver: CrashNode) throws -> [VerifiedEntry] {
        try sender.seal()
        var cursor = try sender.replica.sendCursor(
            for: PullRequest(frontier: try receiver.replica.frontier(), held: []))
        return try sender.replica.nextBatch(&cursor).entries.map(CrashNode.verified)
    }

    /// Shanghai and Jiangsu write the same unit without knowing of each other; Shanghai has both.
    func openConflict() throws {
        try jiangsu.client.run("UPDATE item SET note = 'jiangsu says' WHERE item_no = '31-0001'")
        try shanghai.client.run("UPDATE item SET note = 'shanghai says' WHERE item_no = '31-0001'")
        try shanghai.seal()
        _ = try shanghai.apply(try batch(from: jiangsu, to: shanghai))
    }

    /// Shanghai's files as they stand.
    func image() throws -> Image { try Image(ofReplicaAt: shanghai.path) }
}
