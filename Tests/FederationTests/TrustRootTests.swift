// Three markets found a trust root, a fourth joins, one retires: as their operators would do it.

import ForeignPrograms
import Foundation
import Testing

@Suite("Trust root of a federation", .serialized)  // Each test runs several processes; the machine has two cores.
struct TrustRootTests {
    private func insert(_ number: String) -> String {
        "INSERT INTO agency (agency_id, name) VALUES ('\(number)', '\(number)');"
    }

    private func version(_ node: NodeProcess) throws -> Int { try #require(try node.status()["root"] as? Int) }

    @Test func `a root is founded by all, a market joins and one retires by a majority, and history stays`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        try federation.trustAll()
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        for node in federation.nodes { try node.start() }
        try zhejiang.sql(insert("33-TTA-000001"))
        try federation.settle()

        var root = try FoundedRoot(federation)
        try federation.settle()
        for node in federation.nodes { #expect(try version(node) == 1, "\(node.market)") }

        // A fourth market joins: everybody may already dial it, but its entries wait until the root names it.
        let suzhou = try federation.add("suzhou")
        for node in [shanghai, jiangsu, zhejiang] {
            try node.trust(suzhou)
            try suzhou.trust(node)
        }
        try root.makeKey(suzhou)
        try suzhou.start()
        try suzhou.sql("UPDATE agency SET website = 'https://sz.example.cn'")
        try suzhou.sync()
        try suzhou.sql("UPDATE agency SET website = 'https://sz.example.cn' WHERE agency_id = '33-TTA-000001'")
        try suzhou.sync()
        #expect(try jiangsu.sql("SELECT coalesce(website, '') FROM agency") == "")
        let second = federation.folder + "/root.2.yaml"
        try FoundedRoot.succeed(
            jiangsu, "keys", "trust", "propose", second, "--root-key", root.keys["suzhou"]! + ".pub")
        try root.sign(second, by: jiangsu)
        #expect(try jiangsu.yrdsync("keys", "trust", "adopt", second).status == 5)
        try root.sign(second, by: zhejiang)
        let adopted = try FoundedRoot.succeed(jiangsu, "keys", "trust", "adopt", second, "--json")
        let fingerprint = try #require(adopted.lines.first?["fingerprint"] as? String)
        #expect(try suzhou.yrdsync("keys", "trust", "adopt", second).status == 5)
        try FoundedRoot.succeed(suzhou, "keys", "trust", "adopt", second, "--fingerprint", fingerprint)
        try federation.settle()
        for node in federation.nodes {
            #expect(try version(node) == 2, "\(node.market)")
            #expect(try node.sql("SELECT website FROM agency") == "https://sz.example.cn", "\(node.market)")
            #expect(try node.digest() == shanghai.digest(), "\(node.market)")
        }

        // Zhejiang retires. What it wrote stays; it is not talked to any more.
        let third = federation.folder + "/root.3.yaml"
        try FoundedRoot.succeed(shanghai, "keys", "trust", "propose", third, "--retire", "zhejiang")
        try root.sign(third, by: shanghai, suzhou, jiangsu)
        try FoundedRoot.succeed(shanghai, "keys", "trust", "adopt", third)
        for node in [jiangsu, suzhou] { try node.sync("shanghai") }
        for node in [shanghai, jiangsu, suzhou] {
            #expect(try version(node) == 3, "\(node.market)")
            #expect(try node.sql("SELECT agency_id FROM agency") == "33-TTA-000001")
            #expect(try node.yrdsync("verify", "--deep").status == 0, "\(node.market)")
        }
        try zhejiang.sql(insert("33-TTA-000002"))
        // The daemons follow within a second.
        var result = try zhejiang.yrdsync("sync", "jiangsu", "--json")
        for _ in 0..<50 where result.status != 5 {
            Thread.sleep(forTimeInterval: 0.1)
            result = try zhejiang.yrdsync("sync", "jiangsu", "--json")
        }
        #expect(result.status == 5, "\(result.output)")
        try shanghai.sql(insert("31-TTA-000001"))
        for node in [jiangsu, suzhou] { try node.sync("shanghai") }
        #expect(try suzhou.sql("SELECT count(*) FROM agency") == "2")
        #expect(try suzhou.digest() == jiangsu.digest())
    }
}
