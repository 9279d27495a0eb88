// `evidence` as an auditor uses it: export at one market, verify elsewhere, with no node at all.

import ForeignPrograms
import Foundation
import Testing

@Suite("Evidence files", .serialized)  // Each test runs several processes; the machine has two cores.
struct EvidenceFileTests {
    @Test func `a file from one market is verified where no node is, and a changed one is refused`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        try federation["shanghai"].sql(
            "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '一号'), ('31-TTA-000002', '二号');")
        try federation["jiangsu"].start()
        try federation["shanghai"].sync()
        let file = federation["shanghai"].path + "/evidence.json"
        let export = try federation["shanghai"].yrdsync(
            "evidence", "export", "agency", "31-TTA-000001", "-o", file)
        #expect(export.status == 0, "\(export.errors)")

        let report = try Programs.run(Programs.yrdsync, ["evidence", "verify", file, "--json"])
        #expect(report.status == 0, "\(report.errors)")
        let sets = try #require(report.lines.first?["change_sets"] as? [[String: Any]])
        #expect(sets.count == 1)
        #expect((sets[0]["units"] as? [String: [String: Any]])?["identity"]?["name"] as? String == "一号")
        #expect((sets[0]["received"] as? [[String: Any]])?.map { $0["market"] as? String } == ["jiangsu"])
        let screen = try Programs.run(Programs.yrdsync, ["evidence", "verify", file, "--lang", "zh"])
        #expect(screen.output.contains("签收") && screen.output.contains("一号"))

        let text = try String(contentsOfFile: file, encoding: .utf8)
        let name = "e4b880e58fb7"  // 一号
        try #require(text.contains(name))
        try text.replacingOccurrences(of: name, with: "e4b883e58fb7").write(
            toFile: file, atomically: true, encoding: .utf8)
        let forged = try Programs.run(Programs.yrdsync, ["evidence", "verify", file, "--json"])
        #expect(forged.status == 5 && forged.output.isEmpty)
        #expect(forged.error?["code"] as? String == "evidence_not_under_root")

        try "no evidence".write(toFile: file, atomically: true, encoding: .utf8)
        let malformed = try Programs.run(Programs.yrdsync, ["evidence", "verify", file, "--json"])
        #expect(malformed.status == 1 && malformed.error?["code"] as? String == "evidence_malformed")
        #expect(try Programs.run(Programs.yrdsync, ["evidence", "verify", file + ".not"]).status == 1)
        #expect(
            try Programs.run(Programs.yrdsync, ["evidence", "verify", file, "--fingerprint", "shanghai"]).status == 2)
        #expect(
            try federation["shanghai"].yrdsync("evidence", "export", "agency", "31-TTA-000009").status == 1)
    }
}
