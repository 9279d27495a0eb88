// Private keys under a passphrase: without it a node can be looked at, and nothing is signed or said in its name.

import ForeignPrograms
import Foundation
import Testing

@Suite("Keys under a passphrase", .serialized)  // Each test runs several processes; the machine has two cores.
struct KeyProtectionTests {
    private let federation: Federation
    private var shanghai: NodeProcess { federation["shanghai"] }
    private var jiangsu: NodeProcess { federation["jiangsu"] }

    init() throws {
        federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
    }

    /// A file that holds a passphrase, for its owner's eyes.
    private func passphrase(_ text: String, mode: Int = 0o600) throws -> [String: String] {
        let path = federation.folder + "/passphrase." + UUID().uuidString
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return ["YRDSYNC_PASSPHRASE_FILE": path]
    }

    private func keyFiles(_ node: NodeProcess) throws -> [String: String] {
        let folder = node.path + "/keys"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pem") }
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)) })
    }

    private func isProtected(_ text: String) -> Bool { text.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----") }

    private func code(_ arguments: String..., with environment: [String: String]) throws -> String? {
        let result = try Programs.run(
            Programs.yrdsync, arguments + ["--json", "-C", shanghai.path], environment: environment)
        return result.status == 0 ? nil : result.error?["code"] as? String
    }

    @Test func `with the passphrase everything goes on, without it nothing is signed, and looking needs none`() throws {
        let right = try passphrase("correct horse battery")
        #expect(try code("keys", "protect", with: [:]) == "passphrase_needed")
        #expect(try code("keys", "protect", with: try passphrase("short")) == "short_passphrase")
        #expect(
            try code("keys", "protect", with: try passphrase("correct horse", mode: 0o644)) == "file_open_to_others")
        try shanghai.start()
        #expect(try code("keys", "protect", with: right) == "serving")
        shanghai.stop()
        #expect(try !keyFiles(shanghai).values.contains(where: isProtected))
        #expect(try code("keys", "protect", with: right) == nil)
        #expect(try keyFiles(shanghai).count == 2)
        #expect(try keyFiles(shanghai).values.allSatisfy(isProtected))
        // Again is nothing, and takes nothing from under the one before.
        let before = try keyFiles(shanghai)
        #expect(try code("keys", "protect", with: try passphrase("another passphrase")) == nil)
        #expect(try keyFiles(shanghai) == before)

        #expect(try shanghai.yrdsync("status").status == 0)
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', 'a')")
        #expect(try code("sync", with: [:]) == "passphrase_needed")
        #expect(try code("sync", with: try passphrase("a wrong passphrase")) == "wrong_passphrase")
        #expect(try shanghai.sql("SELECT count(*) FROM yrd_entry") == "0")

        // As systemd hands it to a service.
        let credentials = federation.folder + "/credentials"
        try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: right["YRDSYNC_PASSPHRASE_FILE"]!, toPath: credentials + "/yrdsync-passphrase")
        shanghai.environment = ["CREDENTIALS_DIRECTORY": credentials]
        try shanghai.start()
        shanghai.environment = right
        try jiangsu.start()
        try shanghai.sync()
        #expect(try jiangsu.sql("SELECT name FROM agency") == "a")
        // What comes to the keys comes under the passphrase.
        #expect(try shanghai.yrdsync("keys", "rotate", "--signing").status == 0)
        #expect(try shanghai.yrdsync("keys", "rotate", "--tls").status == 0)
        #expect(try keyFiles(shanghai).count == 4)
        #expect(try keyFiles(shanghai).values.allSatisfy(isProtected))
        try shanghai.sql("UPDATE agency SET name = 'b'")
        try federation.settle()
        #expect(try jiangsu.sql("SELECT name FROM agency") == "b")
        shanghai.stop()

        #expect(try code("keys", "unprotect", with: [:]) == "passphrase_needed")
        #expect(try code("keys", "unprotect", with: right) == nil)
        #expect(try !keyFiles(shanghai).values.contains(where: isProtected))
        shanghai.environment = [:]
        try shanghai.start()
        try federation.settle()
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `a root key is kept under a passphrase, and signs with it alone`() throws {
        let right = try passphrase("correct horse battery")
        let root = try FoundedRoot(federation)
        let (key, file) = (root.keys["shanghai"]!, federation.folder + "/root.2.yaml")
        #expect(try code("keys", "protect", key, with: right) == nil)
        #expect(isProtected(try String(contentsOfFile: key, encoding: .utf8)))
        #expect(try !keyFiles(shanghai).values.contains(where: isProtected))
        try FoundedRoot.succeed(shanghai, "keys", "trust", "propose", file)
        #expect(try code("keys", "trust", "sign", file, "--key", key, with: [:]) == "passphrase_needed")
        #expect(try code("keys", "trust", "sign", file, "--key", key, with: right) == nil)
    }
}
