// A machine's keys are stolen: found, ended by a majority, and without effect on every node, as its operators would do it.

import ForeignPrograms
import Foundation
import Testing

@Suite("A stolen key", .serialized)  // Each test runs several processes; the machine has two cores.
struct RevocationCommandTests {
    /// Three nodes that serve, under a trust root, and an agency of Shanghai's on all of them.
    private func founded() throws -> (Federation, FoundedRoot) {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        try federation.trustAll()
        for node in federation.nodes { try node.start() }
        try federation["shanghai"].sql(
            "INSERT INTO agency (agency_id, name, website) VALUES ('31-TTA-000001', 'x', 'https://true.example.cn')")
        let root = try FoundedRoot(federation)
        try federation.settle()
        return (federation, root)
    }

    /// What a command says as one JSON object.
    private func object(_ result: CommandResult) throws -> [String: Any] {
        try #require(result.lines.first, "\(result.errors)")
    }

    @Test func `what the thief signs is void everywhere, what the market writes goes on, and its past stays`() throws {
        let (federation, root) = try founded()
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])

        // The thief has copied the machine, and speaks in its name while it is off.
        shanghai.stop()
        let thief = federation.folder + "/thief"
        try FileManager.default.copyItem(atPath: shanghai.path, toPath: thief)
        func steal(_ website: String) throws -> CommandResult {
            _ = try Programs.run(
                "/usr/bin/sqlite3", ["-bail", thief + "/replica.sqlite", "UPDATE agency SET website = '\(website)'"])
            return try Programs.run(Programs.yrdsync, ["sync", "jiangsu", "--json", "-C", thief])
        }
        #expect(try steal("https://false.example.cn").status == 0)
        #expect(try jiangsu.sql("SELECT website FROM agency") == "https://false.example.cn")

        // The market is back, and writes. Only then does it hear of the theft.
        let before = try shanghai.status()["incarnation"] as? String
        try shanghai.start()
        for _ in 0..<100 where try shanghai.status()["incarnation"] as? String == before {
            Thread.sleep(forTimeInterval: 0.1)
        }
        try shanghai.sql("UPDATE agency SET remark = 'ours'")
        let file = federation.folder + "/root.2.yaml"
        // The daemon was shown an entry of its market's that this machine has not sealed: whose it is, only a person knows.
        let asked = try shanghai.yrdsync("keys", "revoke", file, "--json")
        #expect(asked.status == 2 && asked.error?["code"] as? String == "not_sealed_here", "\(asked.output)")
        let origin = try #require(
            try shanghai.yrdsync("log", "list", "--json").lines.first?["origin"] as? String)
        let dot = String(origin.prefix { $0 != "~" }) + ":1"
        let revoked = try object(try shanghai.yrdsync("keys", "revoke", file, "--at", dot, "--json"))
        // Its new descriptor goes out with the next round: whoever adopts the root without it speaks with nobody by the old one.
        try shanghai.sync()
        #expect(revoked["root"] as? Int == 2)
        let (gone, new) = (try #require(revoked["revoked"] as? [String]), try #require(revoked["new"] as? [String]))
        #expect(gone.count == 1 && new.count == 1 && gone != new)
        let closures = try #require(revoked["closures"] as? [[String: Any]])
        let closed = closures.compactMap { $0["origin"] as? String }
        // The daemon has heard of the fork, and gone on in another incarnation, before its operator did.
        #expect(closures.allSatisfy { ($0["origin"] as? String)?.hasPrefix("shanghai.") ?? false })
        #expect(try shanghai.yrdsync("keys", "revoke", file + ".again", "--key", "0000").status == 2)
        #expect(try jiangsu.yrdsync("keys", "trust", "adopt", file).status == 5)
        try root.sign(file, by: zhejiang, jiangsu)
        let shown = try object(try jiangsu.yrdsync("keys", "trust", "show", file, "--json"))
        let member = (shown["members"] as? [[String: Any]])?.first { $0["market"] as? String == "shanghai" }
        #expect((member?["closures"] as? [[String: Any]])?.compactMap { $0["origin"] as? String } == closed)
        #expect(member?["revoked"] as? [String] == gone)
        try FoundedRoot.succeed(jiangsu, "keys", "trust", "adopt", file)
        #expect(try jiangsu.sql("SELECT website FROM agency") == "https://true.example.cn")
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.status()["root"] as? Int == 2, "\(node.market)")
            #expect(
                try node.sql("SELECT website || ' ' || remark FROM agency") == "https://true.example.cn ours",
                "\(node.market)")
            #expect(try node.digest() == shanghai.digest(), "\(node.market)")
            let void = try node.yrdsync("quarantine", "list", "--json").lines.filter {
                $0["code"] as? String == "closed"
            }
            #expect(void.map { $0["class"] as? String } == ["void"], "\(node.market)")
            #expect(closed.contains { (void.first?["origin"] as? String)?.hasPrefix($0) ?? false })
            #expect(try node.yrdsync("verify", "--deep").status == 0, "\(node.market)")
        }

        // It still has the TLS key, and so a connection; its word is void at once. With the TLS key rotated, not even that.
        _ = try steal("https://false.again.example.cn")
        #expect(try jiangsu.sql("SELECT website FROM agency") == "https://true.example.cn")
        try FoundedRoot.succeed(shanghai, "keys", "rotate", "--tls")
        var last = try steal("https://false.a.third.time.example.cn")
        for _ in 0..<20 where last.status != 5 {
            // A command that runs while a daemon takes the old key out of use may find its connection cut.
            for node in federation.nodes { try node.sync(expecting: [0, 3, 4]) }
            last = try steal("https://false.a.third.time.example.cn")
        }
        #expect(last.status == 5, "\(last.output)")
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.sql("SELECT website FROM agency") == "https://true.example.cn", "\(node.market)")
            #expect(try node.digest() == shanghai.digest(), "\(node.market)")
        }
    }

    @Test func `an origin is closed by a majority, and its market goes on in another one`() throws {
        let (federation, root) = try founded()
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        try jiangsu.sql("UPDATE agency SET website = 'https://wrong.example.cn'")
        try federation.settle()
        let status = try jiangsu.status()
        let origin = "jiangsu." + (try #require(status["incarnation"] as? String).suffix(32))
        let file = federation.folder + "/root.2.yaml"
        // Refused for what it does not say, and for what is not there.
        #expect(try shanghai.yrdsync("keys", "trust", "close", file, "jiangsu.0000000000").status == 2)
        #expect(
            try shanghai.yrdsync("keys", "trust", "close", file, origin, "--at", "\(origin):1", "--nothing").status == 2
        )
        #expect(try shanghai.yrdsync("keys", "trust", "close", file, origin, "--at", "\(origin):99").status == 1)
        try FoundedRoot.succeed(shanghai, "keys", "trust", "close", file, String(origin.prefix(20)), "--nothing")
        try root.sign(file, by: shanghai, zhejiang)
        try FoundedRoot.succeed(zhejiang, "keys", "trust", "adopt", file)
        try shanghai.sync("zhejiang")
        for node in [shanghai, zhejiang] {
            #expect(try node.sql("SELECT website FROM agency") == "https://true.example.cn", "\(node.market)")
            #expect(try node.digest() == shanghai.digest(), "\(node.market)")
        }
        try jiangsu.sync("zhejiang")
        #expect(try jiangsu.sql("SELECT website FROM agency") == "https://true.example.cn")
        #expect(try jiangsu.status()["incarnation"] as? String != status["incarnation"] as? String)
    }
}
