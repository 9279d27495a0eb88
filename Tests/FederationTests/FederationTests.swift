// The federation end to end, over real HTTPS between real processes.

import ForeignPrograms
import Foundation
import Testing

@Suite("Federation of processes", .serialized)  // Each test runs several processes; the machine has two cores.
struct FederationTests {
    private static let agency =
        "INSERT INTO agency (agency_id, name, website) VALUES ('31-TTA-000001', '上海技术转移中心', 'https://a.example.cn');"

    @Test func `a write by sqlite3 on one node is durable on the other after one sync`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql(Self.agency)
        let lines = try shanghai.sync()
        #expect(lines.count == 1)
        #expect(lines.first?["market"] as? String == "jiangsu")
        #expect(lines.first?["result"] as? String == "ok")
        #expect(lines.first?["sent"] as? Int == 1)
        jiangsu.kill()
        #expect(try jiangsu.sql("SELECT name FROM agency") == "上海技术转移中心")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `four nodes hold the same after each has written, and SIGTERM ends with 0`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang", "anhui"])
        try federation.trustAll()
        for node in federation.nodes { try node.start() }
        for (index, node) in federation.nodes.enumerated() {
            try node.sql("INSERT INTO agency (agency_id, name) VALUES ('\(31 + index)-TTA-000001', '\(node.market)');")
        }
        try federation.settle()
        #expect(Set(try federation.nodes.map { try $0.digest() }).count == 1)
        for node in federation.nodes { #expect(try node.sql("SELECT count(*) FROM agency") == "4") }
        for node in federation.nodes { #expect(node.stop() == 0) }
    }

    @Test func `a node reached only through another gets everything, signed by its author`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        try federation.trustAll()
        try jiangsu.start()
        try shanghai.sql(Self.agency)
        try shanghai.sync("jiangsu")
        // Shanghai's daemon never ran: Zhejiang cannot have dialled it.
        let lines = try zhejiang.sync("jiangsu")
        #expect(lines.first?["received"] as? Int == 1)
        #expect(try zhejiang.sql("SELECT name FROM agency") == "上海技术转移中心")
        #expect(try zhejiang.digest() == shanghai.digest())
    }

    @Test func `a node that only dials out takes full part`() throws {
        let federation = try Federation(["shanghai"])
        let shanghai = federation["shanghai"]
        let anhui = try federation.add("anhui", endpoint: "none")
        try federation.trustAll()
        try shanghai.start()
        try shanghai.sql(Self.agency)
        try anhui.sql("INSERT INTO agency (agency_id, name) VALUES ('34-TTA-000001', '安徽');")
        let line = try #require(try anhui.sync().first)
        #expect(line["sent"] as? Int == 1)
        #expect(line["received"] as? Int == 1)
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "2")
        #expect(try anhui.sql("SELECT count(*) FROM agency") == "2")
        #expect(try shanghai.sync().isEmpty, "a peer without an endpoint is not dialled")
    }

    @Test func `an origin one node does not know yet waits until its market is trusted`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        // Jiangsu knows both; Shanghai has never heard of Zhejiang.
        try shanghai.trust(jiangsu)
        try jiangsu.trust(shanghai, zhejiang)
        try zhejiang.trust(jiangsu)
        try jiangsu.start()
        try zhejiang.sql("INSERT INTO agency (agency_id, name) VALUES ('33-TTA-000001', '浙江');")
        try zhejiang.sync()
        try jiangsu.sql("INSERT INTO agency (agency_id, name) VALUES ('32-TTA-000001', '江苏');")
        try shanghai.sync()
        let waiting = try #require(try shanghai.status()["waiting"] as? [[String: Any]])
        // Jiangsu's own entry has seen Zhejiang's, so it waits too.
        let origins = waiting.compactMap { ($0["origin"] as? String)?.split(separator: ".").first }
        #expect(Set(origins) == ["zhejiang", "jiangsu"])
        let peers = try shanghai.yrdsync("peers", "list", "--json").lines
        #expect(peers.contains { $0["market"] as? String == "zhejiang" && $0["state"] as? String == "introduced" })
        #expect(try shanghai.sql("SELECT count(*) FROM agency WHERE agency_id GLOB '33*'") == "0")

        try shanghai.trust(zhejiang)
        try shanghai.sync("jiangsu")
        #expect((try shanghai.status()["waiting"] as? [Any])?.isEmpty == true)
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "2")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `taking trust back ends the connection and keeps the history`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sql(Self.agency)
        try shanghai.sync()
        #expect(try jiangsu.yrdsync("peers", "remove", "shanghai").status == 0)
        #expect(try jiangsu.sql("SELECT count(*) FROM agency") == "1")
        // The daemon follows peers/ by itself.
        try eventually { try shanghai.yrdsync("sync", "--json").status == 5 }
        let line = try #require(try shanghai.sync(expecting: [5]).first)
        #expect(line["result"] as? String == "refused")
        let peers = try jiangsu.yrdsync("peers", "list", "--json").lines
        #expect(peers.first?["state"] as? String == "distrusted")
    }

    @Test func `a daemon that was killed while it was written to loses nothing`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        for round in 1...5 {
            try jiangsu.start()
            try shanghai.start()
            try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(round)', '\(round)');")
            try jiangsu.sql("INSERT INTO agency (agency_id, name) VALUES ('32-TTA-00000\(round)', '\(round)');")
            shanghai.kill()
            jiangsu.kill()
        }
        try jiangsu.start()
        try shanghai.sync()
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "10")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    /// Asks again and again, for a while.
    private func eventually(_ condition: () throws -> Bool) throws {
        for _ in 0..<100 {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        Issue.record("it did not come to pass")
    }
}
