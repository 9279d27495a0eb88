// `compare` between processes: equal, not comparable, or the record that differs, by its name.

import ForeignPrograms
import Foundation
import Testing

@Suite("Comparing two nodes", .serialized)  // Each test runs several processes; the machine has two cores.
struct CompareTests {
    private let federation: Federation
    private var shanghai: NodeProcess { federation["shanghai"] }
    private var jiangsu: NodeProcess { federation["jiangsu"] }
    private static let key = "31-TTA-000042"

    /// Two level nodes of 300 agencies, some of them written to by both markets.
    init() throws {
        federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        try federation["shanghai"].sql(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
            INSERT INTO agency (agency_id, name) SELECT printf('31-TTA-%06d', i), '机构' || i FROM n;
            """)
        try federation["jiangsu"].start()
        try federation["shanghai"].sync()
        try federation["jiangsu"].sql(
            "UPDATE agency SET website = 'https://j.example' WHERE agency_id = '\(Self.key)';")
        try federation["shanghai"].sync()
        try federation["shanghai"].sync()
    }

    @Test func `checkpoints of level nodes agree, and one of a node that has gone wrong differs, exit 3`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        try federation["shanghai"].sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '一')")
        for node in federation.nodes { try node.start() }
        try federation.settle()
        func checkpoint(_ market: String, _ name: String) throws -> String {
            let file = federation.folder + "/" + name
            let made = try federation[market].yrdsync("checkpoint", "new", file, "--json")
            #expect(made.status == 0 && made.lines.first?["market"] as? String == market, "\(made.errors)")
            return file
        }
        let (one, other) = (try checkpoint("shanghai", "one"), try checkpoint("jiangsu", "other"))
        let level = try federation["jiangsu"].yrdsync("checkpoint", "verify", one, other, "--json")
        #expect(level.status == 0, "\(level.errors)")
        #expect(level.lines.map { $0["here"] as? String } == ["agrees", "agrees"])
        #expect(level.lines.map { $0["agrees_with"] as? [String] } == [[other], [one]])
        for node in federation.nodes { #expect(node.stop() == 0) }
        try diverge(federation["jiangsu"], "digest", "agency", "31-TTA-000001")
        let wrong = try checkpoint("jiangsu", "wrong")
        let differing = try federation["shanghai"].yrdsync("checkpoint", "verify", one, wrong, "--json")
        #expect(differing.status == 3)
        #expect(differing.lines.map { $0["here"] as? String } == ["agrees", "differs"])
        #expect(differing.lines.map { $0["differs_from"] as? [String] } == [[wrong], [one]])
        let words = try federation["shanghai"].yrdsync("checkpoint", "verify", wrong, "--lang", "en")
        #expect(words.status == 3 && words.output.contains("this node DIFFERS"))
        // Cut short, it is no such file; of another's making, nobody's word.
        let text = try String(contentsOfFile: one, encoding: .utf8)
        try text.replacingOccurrences(of: "\"market\" : \"shanghai\"", with: "\"market\" : \"jiangsu\"")
            .write(toFile: wrong, atomically: true, encoding: .utf8)
        let forged = try federation["shanghai"].yrdsync("checkpoint", "verify", wrong, "--json")
        #expect(forged.status == 5 && forged.error?["code"] as? String == "other_market", "\(forged.output)")
        try String(text.dropLast(9)).write(toFile: wrong, atomically: true, encoding: .utf8)
        let cut = try federation["shanghai"].yrdsync("checkpoint", "verify", wrong, "--json")
        #expect(cut.status == 1 && cut.error?["code"] as? String == "no_checkpoint")
    }

    private func diverge(_ node: NodeProcess, _ arguments: String...) throws {
        let result = try Programs.run(
            Programs.python, [Programs.foreign("diverge.py"), node.replica] + arguments)
        try #require(result.status == 0, "\(result.errors)")
    }

    private func compare(_ arguments: String...) throws -> CommandResult {
        try Programs.run(Programs.yrdsync, ["compare"] + arguments + ["-C", shanghai.path])
    }

    @Test func `equal nodes are equal, and nothing is changed by asking`() throws {
        let vector = try shanghai.status()["vector"] as? [String: Int]
        let result = try compare("--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        let line = try #require(result.lines.first)
        #expect(result.lines.count == 1)
        #expect(line["market"] as? String == "jiangsu" && line["result"] as? String == "equal")
        #expect(line["digest"] as? String == (try jiangsu.digest()))
        #expect(line["peer_digest"] as? String == line["digest"] as? String)
        #expect(line["differing"] as? Int == 0)
        #expect(try compare("jiangsu", "--lang", "zh").output.contains("两边一致"))
        #expect(try compare("--lang", "en").output.contains("both sides are equal"))
        #expect(try shanghai.status()["vector"] as? [String: Int] == vector)
    }

    @Test(arguments: ["shanghai", "jiangsu"])
    func `the one record that differs is named from either side, with whom the log contradicts`(_ market: String) throws
    {
        try diverge(federation[market], "digest", "agency", Self.key)
        let here = try compare("--json")
        #expect(here.status == 3)
        try shanghai.start()
        jiangsu.stop()
        let there = try jiangsu.yrdsync("compare", "--json")
        #expect(there.status == 3)
        for (result, own) in [(here, "shanghai"), (there, "jiangsu")] {
            #expect(result.lines.count == 2)
            let difference = try #require(result.lines.first)
            #expect(difference["type"] as? String == "agency" && difference["key"] as? String == Self.key)
            #expect(difference["suspect"] as? String == (market == own ? "here" : "there"))
            #expect(difference["digest"] as? String != difference["peer_digest"] as? String)
            let good = difference[market == own ? "peer_digest" : "digest"] as? String
            #expect(difference["log_digest"] as? String == good)
            let writers = (difference["written_by"] as? [[String: Any]])?.compactMap { $0["market"] as? String }
            #expect(writers == ["shanghai", "jiangsu"])
            #expect(result.lines.last?["result"] as? String == "differs")
            #expect(result.lines.last?["differing"] as? Int == 1)
        }
        let words = try jiangsu.yrdsync("compare", "--lang", "en")
        #expect(words.output.contains("agency \(Self.key)"))
        #expect(words.output.contains(market == "jiangsu" ? "here, run yrdsync verify" : "ask shanghai to run yrdsync"))
    }

    @Test func `a record that one side has lost is named by both`() throws {
        try diverge(shanghai, "lose", "agency", Self.key)
        let result = try compare("--json")
        #expect(result.status == 3)
        let difference = try #require(result.lines.first)
        #expect(difference["key"] as? String == Self.key && difference["suspect"] as? String == "here")
        #expect(difference["digest"] is NSNull)
        #expect((difference["peer_digest"] as? String)?.count == 64)
        try shanghai.start()
        let there = try jiangsu.yrdsync("compare", "--json")
        #expect(there.status == 3)
        #expect(there.lines.first?["key"] as? String == Self.key && there.lines.first?["suspect"] as? String == "there")
        #expect(there.lines.first?["peer_digest"] as? String == String(repeating: "0", count: 64))
    }

    @Test func `a wrong sum is told from a record that differs`() throws {
        try diverge(jiangsu, "sum", "a7")
        let result = try compare("--json")
        #expect(result.status == 3)
        #expect(
            result.lines.first?["bucket"] as? String == "a7" && result.lines.first?["suspect"] as? String == "there")
        #expect(result.lines.last?["result"] as? String == "differs" && result.lines.last?["differing"] as? Int == 0)
        #expect(try compare("--lang", "en").output.contains("jiangsu keeps a sum for bucket a7"))
    }

    @Test func `many that differ are all found, or as many as were asked for`() throws {
        let keys = (1...40).map { String(format: "31-TTA-%06d", $0 * 7) }
        for key in keys { try diverge(jiangsu, "digest", "agency", key) }
        let all = try compare("--json")
        #expect(Set(all.lines.compactMap { $0["key"] as? String }) == Set(keys))
        #expect(all.lines.last?["differing"] as? Int == 40 && all.lines.last?["cut_short"] as? Bool == false)
        let some = try compare("--json", "--limit", "5")
        #expect(some.status == 3)
        let found = some.lines.compactMap { $0["key"] as? String }
        #expect(found.count >= 5 && found.count < 40 && Set(found).isSubset(of: keys))
        #expect(some.lines.last?["cut_short"] as? Bool == true)
        #expect(try compare("--limit", "0").status == 2)
    }

    @Test func `what has not arrived yet is no difference, and what is not sealed yet is said`() throws {
        try jiangsu.sql("UPDATE agency SET website = 'https://k.example' WHERE agency_id = '31-TTA-000001';")
        let behind = try compare("--json")
        #expect(behind.status == 1)
        #expect(behind.lines.first?["result"] as? String == "other_frontier")
        #expect(behind.lines.first?["missing_here"] as? Int == 1 && behind.lines.first?["missing_there"] as? Int == 0)
        #expect(behind.error?["code"] as? String == "other_frontier" && behind.error?["peer"] as? String == "jiangsu")
        #expect(try compare("--lang", "zh").output.contains("本节点缺 1 个变更集"))
        let round = try shanghai.sync()
        let level = try compare("--json")
        #expect(level.status == 0, "\(level.output) \(level.errors) after \(round)")
        try shanghai.sql("UPDATE agency SET remark = 'x' WHERE agency_id <= '31-TTA-000003';")
        let pending = try compare("--json")
        #expect(pending.status == 0 && pending.lines.first?["pending"] as? Int == 3)
        let words = try compare("--lang", "en")
        #expect(words.output.contains("what is sealed is equal") && words.errors.contains("3 more records"))
    }

    @Test func `nodes that trust others are not comparable, however equal their records`() throws {
        let anhui = try federation.add("anhui")
        try shanghai.trust(anhui)
        let result = try compare("jiangsu", "--json")
        #expect(result.status == 1)
        #expect(result.lines.first?["result"] as? String == "other_root")
        #expect(result.error?["code"] as? String == "other_root")
    }

    @Test func `strangers, absent peers and wrong names end as they do elsewhere`() throws {
        #expect(try compare("anhui").status == 2)
        #expect(try compare("Not A Market").status == 2)
        #expect(try jiangsu.yrdsync("peers", "remove", "shanghai").status == 0)
        let refused = try compare("--json")
        #expect(refused.status == 5 && refused.lines.first?["result"] as? String == "refused")
        jiangsu.stop()
        let absent = try compare("--json")
        #expect(absent.status == 4 && absent.lines.first?["result"] as? String == "unreachable")
        #expect(absent.error?["peer"] as? String == "jiangsu")
    }
}
