// Replicas that were set back: noticed by the fence or by a peer, and nothing of theirs is lost.

import ForeignPrograms
import Foundation
import Testing

@Suite("Rollback of a node", .serialized)  // Each test runs several processes; the machine has two cores.
struct RollbackTests {
    private func insert(_ number: Int) -> String {
        "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(number)', '\(number)');"
    }

    /// Copies the replica as a careless operator would, with everything written back from the WAL.
    private func copy(_ node: NodeProcess, to path: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try node.sql("PRAGMA wal_checkpoint(TRUNCATE);")
        try FileManager.default.copyItem(atPath: node.replica, toPath: path)
    }

    private func putBack(_ path: String, as node: NodeProcess) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: node.replica + suffix) }
        try FileManager.default.copyItem(atPath: path, toPath: node.replica)
    }

    @Test func `an old replica file behind its fence goes on in a new incarnation and gets its lost entries back`()
        throws
    {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql(insert(1))
        try shanghai.sync()
        let old = federation.folder + "/old.sqlite"
        try copy(shanghai, to: old)
        let incarnation = try #require(try shanghai.status()["incarnation"] as? String)
        try shanghai.sql(insert(2))
        try shanghai.sync()
        try putBack(old, as: shanghai)
        try shanghai.sql(insert(3))
        try shanghai.sync()
        #expect(try shanghai.status()["incarnation"] as? String != incarnation)
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "3")
        #expect(try jiangsu.sql("SELECT count(*) FROM agency") == "3")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `a node that lost its fence too is told by its peer, whose proof is our own signature`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql(insert(1))
        try shanghai.sync()
        let old = federation.folder + "/old.sqlite"
        let oldFence = try Data(contentsOf: URL(fileURLWithPath: shanghai.path + "/keys/fence"))
        try copy(shanghai, to: old)
        try shanghai.sql(insert(2))
        try shanghai.sync()
        // A snapshot of the whole machine: replica and fence go back together.
        try putBack(old, as: shanghai)
        try oldFence.write(to: URL(fileURLWithPath: shanghai.path + "/keys/fence"))
        let incarnation = try #require(try shanghai.status()["incarnation"] as? String)
        try shanghai.sync()
        #expect(try shanghai.status()["incarnation"] as? String != incarnation)
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "2")
        try shanghai.sql(insert(3))
        try shanghai.sync()
        #expect(try jiangsu.sql("SELECT count(*) FROM agency") == "3")
        #expect(try shanghai.digest() == jiangsu.digest())
    }
}

extension RollbackTests {
    @Test func `a snapshot of a whole node that was written to loses nothing, and is an alarm on both sides`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '1');")
        try shanghai.sync()
        try shanghai.sql("PRAGMA wal_checkpoint(TRUNCATE);")
        let snapshot = federation.folder + "/snapshot"
        try FileManager.default.copyItem(atPath: shanghai.path, toPath: snapshot)
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', 'lost');")
        try shanghai.sync()
        try FileManager.default.removeItem(atPath: shanghai.path)
        try FileManager.default.copyItem(atPath: snapshot, toPath: shanghai.path)
        let incarnation = try #require(try shanghai.status()["incarnation"] as? String)
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000003', 'beside');")
        let line = try #require(try shanghai.sync(expecting: [3]).first)
        #expect(line["code"] as? String == "fork")
        #expect(try shanghai.status()["incarnation"] as? String != incarnation)
        try shanghai.sync()
        #expect(try shanghai.digest() == jiangsu.digest())
        for node in federation.nodes {
            #expect(
                try node.sql("SELECT group_concat(name, ' ') FROM (SELECT name FROM agency ORDER BY 1)")
                    == "1 beside lost")
            let status = try node.yrdsync("status", "--json")
            #expect(status.status == 3)
            let forks = try #require(status.lines.first?["forks"] as? [String])
            let vector = try #require(status.lines.first?["vector"] as? [String: Any])
            #expect(forks.count == 1 && vector.keys.count { $0.hasPrefix(forks[0] + "~") } == 2)
            #expect(try node.yrdsync("verify", "--json").lines.compactMap { $0["code"] as? String } == ["fork"])
            let proof = try #require(
                try node.yrdsync("quarantine", "list", "--json").lines.first { $0["class"] as? String == "fork" })
            let id = try #require(proof["id"] as? String)
            let shown = try #require(try node.yrdsync("quarantine", "show", id, "--json").lines.first)
            #expect((shown["heads"] as? [Any])?.count == 2)
            let file = federation.folder + "/proof-\(node.market).json"
            #expect(try node.yrdsync("quarantine", "export", id, file).status == 0)
            let verdict = try jiangsu.yrdsync("quarantine", "verify", file, "--json")
            #expect(verdict.status == 0 && verdict.lines.first?["origin"] as? String == forks[0])
        }
        try settle(shanghai, shanghai, jiangsu)
    }

    /// Each market ends the alarm for itself, once it has heard why.
    private func settle(_ node: NodeProcess, _ shanghai: NodeProcess, _ jiangsu: NodeProcess) throws {
        let proof = try #require(
            try node.yrdsync("quarantine", "list", "--json").lines.first { $0["class"] as? String == "fork" })
        let id = try #require(proof["id"] as? String)
        #expect(try node.yrdsync("quarantine", "settle", id).status == 2, "without a reason")
        let settled = try node.yrdsync("quarantine", "settle", id, "--reason", "虚拟机快照,已停用", "--author", "李敏", "--json")
        #expect(settled.status == 0 && settled.lines.first?["branches"] as? Int == 2, "\(settled.errors)")
        #expect(try shanghai.sync().first?["code"] as? String == nil)
        let status = try node.yrdsync("status", "--json")
        #expect(status.status == 0)
        #expect(status.lines.first?["forks"] as? [String] == [])
        #expect((status.lines.first?["settled_forks"] as? [String])?.count == 1)
        #expect(try node.yrdsync("verify").status == 0)
        #expect(try node.yrdsync("quarantine", "show", id).status == 0, "the proof stays")
        #expect(try jiangsu.yrdsync("verify").status == 3, "jiangsu asks for itself")
    }
}
