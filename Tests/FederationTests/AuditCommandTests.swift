// People, roles, and the log of what they did: with real processes.

import ForeignPrograms
import Foundation
import Testing

@Suite("Operators and the audit log", .serialized)  // Each test runs several processes; the machine has two cores.
struct AuditCommandTests {
    private let federation: Federation
    private var shanghai: NodeProcess { federation["shanghai"] }

    init() throws {
        federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
    }

    private var log: String { shanghai.path + "/audit.log" }

    /// A key file, and the line that `operators new` prints for node.yaml.
    private func person(_ name: String, _ role: String, suite: String = "ed25519") throws -> (
        file: String, line: String
    ) {
        let file = federation.folder + "/\(name).key"
        let made = try shanghai.yrdsync("operators", "new", file, "--name", name, "--role", role, "--suite", suite)
        #expect(made.status == 0, "\(made)")
        return (file, String(made.output.split(separator: "\n")[0]))
    }

    private func name(_ lines: [String]) throws {
        let path = shanghai.path + "/node.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let kept = text.components(separatedBy: "operators:\n")[0]
        try (kept + "operators:\n" + lines.joined(separator: "\n") + "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
    }

    private func entries() throws -> [[String: Any]] { try shanghai.yrdsync("audit", "list", "--json").lines }

    private func said() throws -> [String] {
        try entries().map { entry in
            let words = ["operator", "role", "event", "command", "detail"].map { entry[$0] as? String ?? "-" }
            return words.dropLast().joined(separator: " ")
                + (entry["event"] as? String == "operators" ? "" : words.last!.isEmpty ? "" : " " + words.last!)
        }
    }

    private func code(_ arguments: String..., by file: String? = nil) throws -> String? {
        let result = try Programs.run(
            Programs.yrdsync, arguments + ["--json", "-C", shanghai.path],
            environment: file.map { ["YRDSYNC_OPERATOR": $0] } ?? [:])
        return result.status == 0 ? nil : result.error?["code"] as? String ?? "status \(result.status)"
    }

    @Test func `without named operators anyone may, and the log says what was done, by whom it can`() throws {
        try FileManager.default.removeItem(atPath: log)  // What the setting up has said.
        #expect(try code("keys", "rotate", "--tls") == nil)
        #expect(try code("peers", "remove", "suzhou") == "not_trusted")
        let entries = try entries()
        #expect(entries.map { $0["event"] as? String } == ["begun", "done", "begun", "failed"])
        #expect(entries[3]["detail"] as? String == "not_trusted")
        #expect(entries[2]["subject"] as? String == "suzhou")
        #expect(entries.allSatisfy { $0["role"] is NSNull && $0["signature"] is NSNull })
        // Looking leaves nothing.
        for command in [
            ["status"], ["keys", "list"], ["records", "list", "agency"], ["conflicts", "list"], ["audit", "verify"],
        ] {
            #expect(try shanghai.yrdsync(command).status == 0)
        }
        #expect(try self.entries().count == 4)
    }

    @Test func `named operators act in their role, and in no other`() throws {
        let (wang, li) = (try person("wang", "security"), try person("li", "business", suite: "sm2"))
        let zhao = try person("zhao", "audit")
        let stranger = try person("stranger", "security")
        try name([wang.line, li.line, zhao.line])
        try FileManager.default.removeItem(atPath: log)
        #expect(try code("keys", "rotate", "--tls") == "operator_needed")
        #expect(try code("keys", "rotate", "--tls", by: li.file) == "other_role")
        #expect(try code("keys", "rotate", "--tls", by: stranger.file) == "unknown_operator")
        #expect(try shanghai.yrdsync("keys", "list", "--json").lines.count { $0["kind"] as? String == "tls" } == 1)
        #expect(try code("keys", "rotate", "--tls", by: wang.file) == nil)
        #expect(
            try said() == [
                "\(NSUserName()) - operators node.yaml", "\(NSUserName()) - refused keys rotate operator_needed",
                "li business refused keys rotate other_role", "\(NSUserName()) - refused keys rotate unknown_operator",
                "wang security begun keys rotate", "wang security done keys rotate",
            ])
        // A decision about data, and a look at what is masked.
        try shanghai.sql("INSERT INTO agency (agency_id, name, contact_person) VALUES ('31-TTA-000001', 'a', '张三丰')")
        func shown(_ extra: String...) throws -> String {
            try shanghai.yrdsync(["records", "get", "agency", "31-TTA-000001"] + extra).output
        }
        #expect(try shown().contains("张＊＊"))
        #expect(try code("records", "get", "agency", "31-TTA-000001", "--reveal", "a complaint") == "operator_needed")
        #expect(try code("records", "get", "agency", "31-TTA-000001", "--reveal", " ", by: li.file) == "reason_needed")
        #expect(try shown("--reveal", "a complaint", "--operator", li.file).contains("张三丰"))
        let look = try #require(try entries().last { $0["event"] as? String == "begun" })
        #expect(look["command"] as? String == "records get --reveal")
        #expect(look["subject"] as? String == "agency 31-TTA-000001")
        #expect(look["detail"] as? String == "a complaint")
        #expect(
            !(try String(contentsOfFile: log, encoding: .utf8)).contains(
                "张三丰".utf8.map { String(format: "%02x", $0) }.joined()))
        // The audit log is exported by whoever keeps it, and verified without a node.
        let file = federation.folder + "/audit.export"
        #expect(try code("audit", "export", file, by: wang.file) == "other_role")
        #expect(try code("audit", "export", file, by: zhao.file) == nil)
        let elsewhere = try Programs.run(Programs.yrdsync, ["audit", "verify", file, "--json"])
        #expect(elsewhere.status == 0, "\(elsewhere)")
        #expect(elsewhere.lines[0]["whole"] as? Bool == true)
    }

    @Test func `usage comes before the log, and what cannot be read is refused and told`() throws {
        let li = try person("li", "business")
        try name([li.line])
        try? FileManager.default.removeItem(atPath: log)
        #expect(try shanghai.yrdsync("peers", "remove", "X!").status == 2)
        #expect(try shanghai.yrdsync("conflicts", "resolve", "0123456789").status == 2)
        #expect(try shanghai.yrdsync("conflicts", "undo", "0123456789").status == 2)
        #expect(try shanghai.yrdsync("quarantine", "settle", "0123456789").status == 2)
        #expect(!FileManager.default.fileExists(atPath: log))
        #expect(try code("keys", "rotate", "--tls", by: "/dev/null") != nil)
        #expect(try code("keys", "rotate", "--tls", by: federation.folder + "/nobody.key") != nil)
        #expect(try entries().map { $0["event"] as? String } == ["operators", "refused", "refused"])
        #expect(try shanghai.yrdsync("audit", "verify").status == 0)
        // A person's own key, anywhere, is their own affair.
        let passphrase = federation.folder + "/passphrase"
        try Data("correct horse battery\n".utf8).write(to: URL(fileURLWithPath: passphrase))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: passphrase)
        let environment = ["YRDSYNC_PASSPHRASE_FILE": passphrase]
        let protected = try Programs.run(
            Programs.yrdsync, ["keys", "protect", li.file, "-C", "/"], environment: environment)
        #expect(protected.status == 0, "\(protected)")
        // The node's passphrase is not a person's.
        let undone = try Programs.run(
            Programs.yrdsync,
            ["conflicts", "undo", "01234567", "--reason", "x", "--operator", li.file, "--json", "-C", shanghai.path],
            environment: environment)
        #expect(undone.error?["code"] as? String == "passphrase_needed")
    }

    @Test func `a log that begins with a torn line, or whose people nobody has signed, goes on and is reported`() throws
    {
        let (wang, li) = (try person("wang", "security"), try person("li", "security"))
        try name([wang.line])
        try "{\"body\":\"01".write(toFile: log, atomically: true, encoding: .utf8)
        #expect(try code("peers", "remove", "suzhou", by: wang.file) == "not_trusted")
        #expect(try shanghai.yrdsync("audit", "verify").status == 3)
        let file = federation.folder + "/torn.export"
        let zhao = try person("zhao", "audit")
        try name([wang.line, zhao.line])
        // Wang was on the list before, and vouches for the new one.
        #expect(try code("peers", "remove", "suzhou", by: wang.file) == "not_trusted")
        #expect(try code("audit", "export", file, by: zhao.file) == "status 3")
        let elsewhere = try Programs.run(Programs.yrdsync, ["audit", "verify", file, "--json"])
        let faults = try #require(elsewhere.lines[0]["faults"] as? [[String: Any]])
        #expect(faults.map { $0["code"] as? String } == ["audit_unreadable"])
        #expect(try code("audit", "export", log, by: zhao.file) == "file_exists")
        // Somebody puts himself in everybody's place.
        try name([li.line])
        #expect(try code("peers", "remove", "suzhou", by: li.file) == "not_trusted")
        let after = try shanghai.yrdsync("audit", "verify", "--json")
        #expect("\(after.lines[0]["faults"]!)".contains("audit_operators_unsigned"))
    }

    @Test func `two people of one key, or one name, are refused`() throws {
        let wang = try person("wang", "security")
        try name([wang.line, wang.line.replacing("wang", with: "zhao").replacing("security", with: "audit")])
        #expect(try code("status") == "bad_configuration")
        try name([wang.line.replacing("security", with: "king")])
        #expect(try code("status") == "bad_configuration")
        try name([wang.line.replacing("ed25519 ", with: "ed25519 A")])
        #expect(try code("status") == "bad_configuration")
        try name([wang.line])
        #expect(try code("status") == nil)
    }

    @Test func `an altered, shortened or rewritten log is found, and the next command goes on all the same`() throws {
        let wang = try person("wang", "security")
        try name([wang.line])
        #expect(try code("peers", "remove", "suzhou", by: wang.file) == "not_trusted")
        let whole = try shanghai.yrdsync("audit", "verify", "--json")
        #expect(whole.status == 0)
        let (count, hash) = (
            try #require(whole.lines[0]["lines"] as? Int), try #require(whole.lines[0]["hash"] as? String)
        )
        let place = "\(count):\(hash)"
        let text = try String(contentsOfFile: log, encoding: .utf8)
        func verify(_ altered: String, _ arguments: String...) throws -> CommandResult {
            try altered.write(toFile: log, atomically: true, encoding: .utf8)
            return try shanghai.yrdsync(["audit", "verify", "--json"] + arguments)
        }
        var lines = text.split(separator: "\n").map(String.init)
        #expect(try verify(text, "--expect", place).status == 0)
        let cut = lines.dropLast().joined(separator: "\n") + "\n"
        #expect(try verify(cut).status == 0, "nothing in the file says what is gone")
        #expect(try verify(cut, "--expect", place).status == 3)
        lines.remove(at: 1)
        #expect(try verify(lines.joined(separator: "\n") + "\n").status == 3)
        // A power cut in the middle of a line.
        #expect(try verify(text + "{\"body\":\"01").status == 3)
        #expect(try code("peers", "remove", "suzhou", by: wang.file) == "not_trusted")
        let after = try shanghai.yrdsync("audit", "verify", "--json", "--expect", place)
        #expect(after.lines[0]["faults"].map { "\($0)" }?.contains("audit_unreadable") == true)
        #expect(after.lines[0]["lines"] as? Int == count + 2, "the log goes on where it was")
    }
}
