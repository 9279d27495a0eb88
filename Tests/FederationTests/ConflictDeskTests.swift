// The conflict desk between real nodes: seen by all, settled once, closed everywhere.

import ForeignPrograms
import Foundation
import Testing

@Suite("Conflict desk between processes", .serialized)  // Each test runs several processes; the machine has two cores.
struct ConflictDeskTests {
    private static let agency =
        "INSERT INTO agency (agency_id, name, website) VALUES ('31-TTA-000001', '上海技术转移中心', 'https://o.example.cn');"

    /// Three nodes that hold one agency, whose website Shanghai and Jiangsu then edit apart.
    private func conflicted() throws -> Federation {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        try federation.trustAll()
        for node in federation.nodes { try node.start() }
        try federation["shanghai"].sql(Self.agency)
        try federation.settle()
        for node in federation.nodes { node.stop() }
        try federation["shanghai"].sql("UPDATE agency SET website = 'https://a.example.cn';")
        try federation["jiangsu"].sql("UPDATE agency SET website = 'https://b.example.cn';")
        for node in federation.nodes { try node.start() }
        try federation.settle()
        return federation
    }

    private func conflictIDs(_ node: NodeProcess) throws -> [String] {
        let result = try node.yrdsync("conflicts", "list", "--json")
        #expect(result.status == (result.lines.isEmpty ? 0 : 3))
        return result.lines.compactMap { $0["id"] as? String }
    }

    @Test func `a conflict has one id on every node, and one resolution closes it on every node`() throws {
        let federation = try conflicted()
        let ids = try federation.nodes.map(conflictIDs)
        #expect(Set(ids).count == 1)
        let id = try #require(ids[0].first)
        let line = try #require(try federation["zhejiang"].yrdsync("conflicts", "list", "--json").lines.first)
        #expect(line["type"] as? String == "agency")
        #expect(line["unit"] as? String == "website")
        #expect((line["shown"] as? [String: Any])?["website"] as? String == "https://a.example.cn")
        #expect((line["base"] as? [String: Any])?["website"] as? String == "https://o.example.cn")
        let siblings = try #require(line["siblings"] as? [[String: Any]])
        #expect(Set(siblings.compactMap { $0["market"] as? String }) == ["shanghai", "jiangsu"])

        let resolved = try federation["zhejiang"].yrdsync(
            "conflicts", "resolve", String(id.prefix(8)), "--take", "jiangsu", "--reason", "电话核实")
        #expect(resolved.status == 0, "\(resolved.errors)")
        try federation.settle()
        for node in federation.nodes {
            #expect(try conflictIDs(node).isEmpty)
            #expect(try node.sql("SELECT website FROM agency") == "https://b.example.cn")
        }
        #expect(Set(try federation.nodes.map { try $0.digest() }).count == 1)
        // The same decision again finds nothing to decide.
        let again = try federation["shanghai"].yrdsync(
            "conflicts", "resolve", id, "--take", "jiangsu", "--reason", "again", "--json")
        #expect(again.status == 1)
    }

    @Test func `two different resolutions at once are a new conflict that names both`() throws {
        let federation = try conflicted()
        let id = try #require(try conflictIDs(federation["shanghai"]).first)
        for node in federation.nodes { node.stop() }
        for (market, side) in [("zhejiang", "jiangsu"), ("jiangsu", "shanghai")] {
            let result = try federation[market].yrdsync(
                "conflicts", "resolve", id, "--take", side, "--reason", market, "--author", market)
            #expect(result.status == 0, "\(result.errors)")
        }
        for node in federation.nodes { try node.start() }
        try federation.settle()
        let ids = try federation.nodes.map(conflictIDs)
        #expect(Set(ids).count == 1)
        #expect(ids[0].count == 1)
        #expect(ids[0].first != id)
        let line = try #require(try federation["shanghai"].yrdsync("conflicts", "list", "--json").lines.first)
        let siblings = try #require(line["siblings"] as? [[String: Any]])
        #expect(Set(siblings.compactMap { $0["author"] as? String }) == ["zhejiang", "jiangsu"])
    }

    @Test func `an ordinary edit while the conflict is open leaves the hidden value standing`() throws {
        let federation = try conflicted()
        try federation["shanghai"].sql("UPDATE agency SET website = 'https://c.example.cn';")
        try federation.settle()
        let line = try #require(try federation["zhejiang"].yrdsync("conflicts", "list", "--json").lines.first)
        let siblings = try #require(line["siblings"] as? [[String: Any]])
        let values = siblings.compactMap { ($0["value"] as? [String: Any])?["website"] as? String }
        #expect(Set(values) == ["https://b.example.cn", "https://c.example.cn"])
    }

    @Test func `edit beside delete is settled by the home, and only by the home`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql(Self.agency)
        try shanghai.sync()
        try shanghai.sql("DELETE FROM agency;")
        try jiangsu.sql("UPDATE agency SET website = 'https://b.example.cn';")
        try shanghai.sync()
        let line = try #require(try jiangsu.yrdsync("conflicts", "list", "--json").lines.first)
        #expect(line["unit"] as? String == "*existence*")
        let id = try #require(line["id"] as? String)
        #expect(try conflictIDs(shanghai) == [id])
        let refused = try jiangsu.yrdsync("conflicts", "resolve", id, "--delete", "--reason", "x", "--json")
        #expect(refused.status == 5)
        #expect((refused.error?["message"] as? String)?.contains("shanghai") == true)
        // An edit arrives between show and --delete: the admin is asked again.
        try jiangsu.sql("UPDATE agency SET website = 'https://late.example.cn';")
        try shanghai.sync()
        let stale = try shanghai.yrdsync("conflicts", "resolve", id, "--delete", "--reason", "x", "--json")
        #expect(stale.status == 1)
        let now = try #require(try conflictIDs(shanghai).first)
        #expect(try shanghai.yrdsync("conflicts", "resolve", now, "--keep", "--reason", "x").status == 0)
        try shanghai.sync()
        for node in federation.nodes {
            #expect(try node.sql("SELECT website FROM agency") == "https://late.example.cn")
            #expect(try conflictIDs(node).isEmpty)
        }
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `a fifth market joins with keys of its own, once every node knows the newer catalog`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        let catalog = federation.folder + "/catalog"
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        try FileManager.default.copyItem(atPath: root.path + "/Config/catalog", toPath: catalog)
        let main = catalog + "/catalog.yaml"
        try String(contentsOfFile: main, encoding: .utf8)
            .replacing("version: 1", with: "version: 2")
            .replacing("  \"34\": anhui", with: "  \"34\": anhui\n  \"35\": suzhou")
            .write(toFile: main, atomically: true, encoding: .utf8)
        try federation["shanghai"].sql(Self.agency)
        for node in federation.nodes {
            let result = try node.yrdsync("catalog", "--upgrade", catalog, "--json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.lines.first?["version"] as? Int == 2)
        }
        let suzhou = try federation.add("suzhou", catalog: catalog)
        try federation.trustAll()
        for node in federation.nodes { try node.start() }
        try suzhou.sql("INSERT INTO agency (agency_id, name) VALUES ('35-TTA-000001', '苏州');")
        try federation.settle()
        for node in federation.nodes { #expect(try node.sql("SELECT count(*) FROM agency") == "2") }
        #expect(Set(try federation.nodes.map { try $0.digest() }).count == 1)
    }
}
