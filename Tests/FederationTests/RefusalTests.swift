// Who and what is turned away, with which exit code and which words.

import ForeignPrograms
import Foundation
import Testing

@Suite("Refusals between processes", .serialized)  // Each test runs several processes; the machine has two cores.
struct RefusalTests {
    @Test func `an unknown peer is refused in the handshake with exit code 5`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.trust(jiangsu)
        try jiangsu.start()
        let result = try shanghai.yrdsync("sync", "--json")
        #expect(result.status == 5)
        #expect(result.lines.first?["result"] as? String == "refused")
    }

    @Test func `a peer whose key is not the pinned one is refused with exit code 5`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        // Somebody else answers at Jiangsu's address.
        let impostor = try Federation(["jiangsu"])
        for file in ["keys/tls.pem", "keys/tls.crt"] {
            try FileManager.default.removeItem(atPath: jiangsu.path + "/" + file)
            try FileManager.default.copyItem(
                atPath: impostor["jiangsu"].path + "/" + file, toPath: jiangsu.path + "/" + file)
        }
        try jiangsu.start()
        let result = try shanghai.yrdsync("sync", "--json")
        #expect(result.status == 5)
        #expect(result.lines.first?["code"] as? String == "wrong_pin")
    }

    @Test func `a caller without a client certificate does not get through the handshake`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let jiangsu = federation["jiangsu"]
        try jiangsu.start()
        let descriptor = try String(contentsOfFile: jiangsu.descriptor, encoding: .utf8)
        let line = try #require(descriptor.split(separator: "\n").first { $0.hasPrefix("endpoint:") })
        let url = try #require(line.split(separator: " ").last).replacing("\"", with: "")
        let result = try Programs.run(
            "/usr/bin/curl", ["--silent", "--show-error", "--insecure", "--max-time", "10", url + "/v1/descriptors"])
        #expect(result.status != 0)
        #expect(result.output.isEmpty)
    }

    @Test func `a peer that is not there is unreachable, exit code 4`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let result = try federation["shanghai"].yrdsync("sync", "--json")
        #expect(result.status == 4)
        #expect(result.lines.first?["result"] as? String == "unreachable")
    }

    @Test func `a second serve on one node is refused with exit code 1`() throws {
        let federation = try Federation(["shanghai"])
        let shanghai = federation["shanghai"]
        try shanghai.start()
        let second = try shanghai.yrdsync("serve", "--json")
        #expect(second.status == 1)
        #expect(second.error?["code"] as? String == "already_serving")
        #expect(shanghai.stop() == 0)
    }

    @Test func `init refuses a folder that is not empty, and leaves it as it was`() throws {
        let federation = try Federation(["shanghai"])
        let path = federation["shanghai"].path
        let before = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        let result = try Programs.run(
            Programs.yrdsync, ["init", path, "--market", "shanghai", "--listen", "127.0.0.1:1", "--json"])
        #expect(result.status == 1)
        #expect(result.error?["code"] as? String == "not_empty")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == before)
    }

    @Test(arguments: [
        ["init", "x"], ["init", "x", "--market", "Shanghai!", "--listen", "127.0.0.1:1"],
        ["init", "x", "--market", "shanghai", "--listen", "nowhere"],
        ["init", "x", "--market", "shanghai", "--listen", "0.0.0.0:7441"], ["frobnicate"], ["sync", "--nonsense"],
    ])
    func `a wrong call is a usage error, exit code 2`(_ arguments: [String]) throws {
        let federation = try Federation([])
        let moved = arguments.map { $0 == "x" ? federation.folder + "/x" : $0 }
        let result = try Programs.run(Programs.yrdsync, moved + ["--json"])
        #expect(result.status == 2)
        #expect(result.error?["code"] is String)
        #expect(!FileManager.default.fileExists(atPath: federation.folder + "/x"))
    }

    @Test func `a descriptor with one byte changed is refused with exit code 5`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let text = try String(contentsOfFile: jiangsu.descriptor, encoding: .utf8)
        let altered = federation.folder + "/altered.yaml"
        try text.replacing("serial: 1", with: "serial: 2").write(toFile: altered, atomically: true, encoding: .utf8)
        let result = try shanghai.yrdsync("peers", "add", altered, "--json")
        #expect(result.status == 5)
        #expect(result.error?["code"] is String)
        let spoken = try shanghai.yrdsync("peers", "add", altered, "--lang", "zh").errors
        #expect(spoken.contains("签署后被改动过") && !spoken.contains("descriptor "), "\(spoken)")
        let wrong = try shanghai.yrdsync("peers", "add", jiangsu.descriptor, "--fingerprint", "0000", "--json")
        #expect(wrong.status == 5)
    }

    @Test(arguments: ["signing.pem", "tls.pem"])
    func `a key file that holds no key is named, with what to do`(_ file: String) throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let shanghai = federation["shanghai"]
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '一')")
        let path = shanghai.path + "/keys/" + file
        let key = try String(contentsOfFile: path, encoding: .utf8)
        for damaged in ["x", String(key.dropLast(60)), key.replacing("M", with: "N")] {
            // In place: as after a bad disk, its owner and mode are what they were.
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(damaged.utf8))
            try handle.close()
            for command in ["sync", "serve"] {
                let result = try shanghai.yrdsync(command, "--json")
                #expect(result.status == 1, "\(command) \(result.errors)")
                #expect(result.error?["code"] as? String == "key_unreadable", "\(command) \(result.errors)")
                let message = result.error?["message"] as? String ?? ""
                #expect(message.contains("keys/\(file)") && message.contains("backup"), "\(message)")
            }
        }
    }

    @Test func `a catalog that cannot be used is refused with its file, in the reader's language`() throws {
        let federation = try Federation(["shanghai"])
        let catalog = federation.folder + "/catalog"
        try FileManager.default.createDirectory(atPath: catalog, withIntermediateDirectories: true)
        try "catalog: [\n".write(toFile: catalog + "/catalog.yaml", atomically: true, encoding: .utf8)
        let words = try ["zh", "en"].map { language in
            let result = try federation["shanghai"].yrdsync(
                "catalog", "--upgrade", catalog, "--lang", language, "--json")
            #expect(result.status == 1 && result.error?["code"] as? String == "bad_catalog", "\(result.errors)")
            return try #require(result.error?["message"] as? String)
        }
        #expect(words.allSatisfy { $0.contains("catalog.yaml") })
        #expect(words[0].contains("YAML") && words[0] != words[1], "\(words)")
        let absent = try federation["shanghai"].yrdsync("catalog", "--upgrade", "/no/such/folder", "--json")
        #expect(absent.status == 1 && absent.error?["code"] as? String == "bad_catalog")
        let message = try #require(absent.error?["message"] as? String)
        #expect(message.hasPrefix("/no/such/folder: ") && !message.contains("Error Domain"), "\(message)")
    }

    @Test func `a write that the catalog forbids is refused at the statement, naming the market that may`() throws {
        let federation = try Federation(["shanghai"])
        let shanghai = federation["shanghai"]
        let complaint = #expect(throws: NodeProcess.Complaint.self) {
            try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('32-TTA-000001', '江苏');")
        }
        #expect(complaint?.text.contains("jiangsu") == true)
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "0")
    }
}
