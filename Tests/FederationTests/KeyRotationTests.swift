// Keys change while daemons run: no restart, no lost round, nothing to tell the others first.

import ForeignPrograms
import Foundation
import Testing

@Suite("Key rotation", .serialized)  // Each test runs several processes; the machine has two cores.
struct KeyRotationTests {
    private func insert(_ number: Int) -> String {
        "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(number)', '\(number)');"
    }

    @Test func `a signing key is rotated beside a running daemon, and every node follows`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        for node in federation.nodes { try node.start() }
        try shanghai.sql(insert(1))
        try federation.settle()
        let old = try #require(try shanghai.yrdsync("keys", "list", "--json").lines.first?["id"] as? String)
        let rotated = try shanghai.yrdsync("keys", "rotate", "--signing", "--json")
        #expect(rotated.status == 0, "\(rotated.errors)")
        let line = try #require(rotated.lines.first)
        #expect(line["old"] as? String == old)
        let new = try #require(line["new"] as? String)
        #expect(new != old)
        // The daemon, which began with the old key, may be the one that seals this.
        try shanghai.sql(insert(2))
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.sql("SELECT count(*) FROM agency") == "2", "\(node.market)")
            #expect(try node.yrdsync("verify", "--deep").status == 0)
            #expect(try node.digest() == shanghai.digest())
            #expect(try node.yrdsync("quarantine", "list", "--json").lines.isEmpty)
        }
        let serials = try jiangsu.yrdsync("peers", "list", "--json").lines
        #expect(serials.first { $0["market"] as? String == "shanghai" }?["serial"] as? Int == 2)
        // Only the daemon was running all the while: it has lost no round.
        #expect(shanghai.stop() == 0)
        let log = try String(contentsOfFile: shanghai.path + "/serve.log", encoding: .utf8)
        #expect(!log.contains(" refused:") && !log.contains(" failed:"), "\(log)")
        #expect(!log.contains("cannot look after its replica"), "\(log)")
    }

    @Test func `markets that sign with Ed25519, SM2 and both are one federation, and their keys rotate`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "anhui"], suites: ["jiangsu": "sm2", "anhui": "both"])
        try federation.trustAll()
        for node in federation.nodes { try node.start() }
        try federation["shanghai"].sql(insert(1))
        try federation.settle()
        for (number, node) in federation.nodes.enumerated() {
            if number > 0 { #expect(try node.yrdsync("keys", "rotate", "--signing").status == 0) }
            try node.sql("UPDATE agency SET website = 'https://\(node.market).example'")
            try federation.settle()
        }
        for node in federation.nodes {
            #expect(try node.sql("SELECT website FROM agency") == "https://anhui.example", "\(node.market)")
            #expect(try node.yrdsync("verify", "--deep").status == 0)
            #expect(try node.digest() == federation["shanghai"].digest())
            #expect(try node.yrdsync("quarantine", "list", "--json").lines.isEmpty)
            let states = try node.yrdsync("status", "--json").lines
            #expect(!states.isEmpty)
        }
        func suites(_ market: String) throws -> [[Int]] {
            try federation[market].yrdsync("keys", "list", "--json").lines.filter { $0["kind"] as? String == "signing" }
                .map { [$0["suite"] as? Int ?? 0, $0["state"] as? String == "current" ? 1 : 0] }
        }
        #expect(try suites("shanghai") == [[1, 1]])
        #expect(try suites("jiangsu") == [[2, 0], [2, 1]])
        #expect(try suites("anhui") == [[1, 0], [2, 1], [1, 1]])
    }

    @Test func `a second key is replaced, and a market takes on a second suite, beside running daemons`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "anhui"], suites: ["anhui": "both"])
        try federation.trustAll()
        let (shanghai, jiangsu, anhui) = (federation["shanghai"], federation["jiangsu"], federation["anhui"])
        for node in federation.nodes { try node.start() }
        try shanghai.sql(insert(1))
        try federation.settle()
        func change(_ node: NodeProcess, _ words: String...) throws -> [String: Any] {
            let changed = try node.yrdsync(["keys"] + words + ["--json"])
            #expect(changed.status == 0, "\(changed.errors)")
            try node.sql("UPDATE agency SET website = 'https://\(node.market).example'")
            try federation.settle()
            return try #require(changed.lines.first)
        }
        let second = try change(anhui, "rotate", "--second")
        let (old, new) = (try #require(second["old"] as? [String]), try #require(second["new"] as? [String]))
        #expect(old.count == 2 && new.count == 2 && old[0] == new[0] && old[1] != new[1])
        let both = try change(shanghai, "suites", "both")
        #expect((both["old"] as? [String])?.count == 1 && (both["new"] as? [String])?.count == 2)
        #expect(try anhui.sql("SELECT website FROM agency") == "https://shanghai.example")
        for (node, origin) in [(anhui, second["origin"]), (shanghai, both["origin"])] {
            let entries = try jiangsu.yrdsync("log", "list", "--json").lines
            #expect(entries.contains { $0["origin"] as? String == origin as? String }, "\(node.market)")
        }
        for node in federation.nodes {
            #expect(try node.yrdsync("verify", "--deep").status == 0)
            #expect(try node.digest() == shanghai.digest())
            #expect(try node.yrdsync("quarantine", "list", "--json").lines.isEmpty)
            #expect(node.stop() == 0)
            let log = try String(contentsOfFile: node.path + "/serve.log", encoding: .utf8)
            #expect(!log.contains(" refused:") && !log.contains(" failed:"), "\(log)")
        }
        let refused = try jiangsu.yrdsync("keys", "rotate", "--second", "--json")
        #expect(refused.status == 2 && refused.error?["code"] as? String == "no_second_key")
        #expect(
            try jiangsu.yrdsync("keys", "suites", "ed25519", "--json").error?["code"] as? String == "suites_unchanged")
        #expect(try jiangsu.yrdsync("keys", "suites", "rsa").status == 2)
        #expect(try jiangsu.yrdsync("keys", "rotate", "--second", "--tls").status == 2)
    }

    @Test func `a rotation without a flag is a usage error, and a lost key file is named`() throws {
        let federation = try Federation(["shanghai"])
        let shanghai = federation["shanghai"]
        #expect(try shanghai.yrdsync("keys", "rotate").status == 2)
        #expect(try shanghai.yrdsync("keys", "rotate", "--signing").status == 0)
        let keys = try FileManager.default.contentsOfDirectory(atPath: shanghai.path + "/keys")
        let retired = try #require(keys.first { $0.hasPrefix("signing.") && $0 != "signing.pem" })
        try FileManager.default.removeItem(atPath: shanghai.path + "/keys/" + retired)
        // The next descriptor names the old key, which must sign it.
        let refused = try shanghai.yrdsync("keys", "rotate", "--signing", "--json", "--lang", "en")
        #expect(refused.status == 1)
        #expect(refused.error?["code"] as? String == "signing_key_missing")
        #expect((refused.error?["message"] as? String)?.contains(retired) == true)
    }

    private func tlsKeys(_ node: NodeProcess) throws -> [[String: Any]] {
        try node.yrdsync("keys", "list", "--json").lines.filter { $0["kind"] as? String == "tls" }
    }

    @Test func `a TLS key is rotated beside running daemons: both listed, switched, one listed`() throws {
        let federation = try Federation(["shanghai", "jiangsu", "zhejiang"])
        try federation.trustAll()
        let shanghai = federation["shanghai"]
        // Zhejiang is away, so the switch must wait.
        for node in federation.nodes where node.market != "zhejiang" { try node.start() }
        let old = try #require(try tlsKeys(shanghai).first?["id"] as? String)
        #expect(try shanghai.yrdsync("keys", "rotate", "--tls").status == 0)
        #expect(
            try shanghai.yrdsync("keys", "rotate", "--tls", "--json").error?["code"] as? String == "rotation_under_way")
        try federation["jiangsu"].sync("shanghai")
        #expect(try tlsKeys(shanghai).map { $0["state"] as? String } == ["current", "next"])
        #expect(try shanghai.yrdsync("status", "--lang", "en").output.contains("zhejiang must receive"))
        try federation["zhejiang"].start()
        try federation["zhejiang"].sync("shanghai")
        // The daemon looks after it once a second.
        var keys = try tlsKeys(shanghai)
        for _ in 0..<600 where keys.count > 1 {
            Thread.sleep(forTimeInterval: 0.1)
            keys = try tlsKeys(shanghai)
        }
        #expect(keys.map { $0["state"] as? String } == ["current"])
        #expect(keys.first?["id"] as? String != old)
        #expect((keys.first?["cert_days"] as? Int ?? 0) > 30)
        // In both directions, with the old descriptor out there and then with the new one.
        for _ in 0..<2 {
            for node in federation.nodes {
                for line in try node.sync() { #expect(line["result"] as? String == "ok", "\(node.market) \(line)") }
            }
        }
        let serial =
            try federation["jiangsu"].yrdsync("peers", "list", "--json").lines.first {
                $0["market"] as? String == "shanghai"
            }?["serial"] as? Int
        #expect(serial == 3)
        for node in federation.nodes {
            #expect(node.stop() == 0)
            let log = try String(contentsOfFile: node.path + "/serve.log", encoding: .utf8)
            #expect(!log.contains(" refused:") && !log.contains(" failed:"), "\(log)")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: shanghai.path + "/keys")
        #expect(files.filter { $0.hasPrefix("tls.") }.sorted() == ["tls.crt", "tls.pem"])
    }

    @Test func `without daemons the TLS key is rotated by the rounds themselves`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.start()
        try shanghai.sync()
        #expect(try shanghai.yrdsync("keys", "rotate", "--tls").status == 0)
        for step in 0..<3 {
            for line in try shanghai.sync() { #expect(line["result"] as? String == "ok", "\(step) \(line)") }
        }
        #expect(try tlsKeys(shanghai).map { $0["state"] as? String } == ["current"])
    }
}
