// Commands that are killed in the middle, what they leave behind, and that it stands in nobody's way.

import ForeignPrograms
import Foundation
import Testing

@Suite("Interrupted commands", .serialized)  // Each test runs several processes; the machine has two cores.
struct InterruptedCommandTests {
    /// Runs yrdsync and kills it (-9) after a while. False if it had ended before.
    private func cut(_ arguments: [String], afterSeconds seconds: Double) throws -> Bool {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let child = try ChildProcess(Programs.yrdsync, arguments, input: null, output: null, errors: null)
        Thread.sleep(forTimeInterval: seconds)
        child.send(SIGKILL)
        return child.wait() == .signal(SIGKILL)
    }

    /// How long a command takes that nobody disturbs.
    private func seconds(_ arguments: [String]) throws -> Double {
        let start = ContinuousClock.now
        #expect(try Programs.run(Programs.yrdsync, arguments).status == 0)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    @Test func `an init that was killed leaves a node that works, or nothing that passes for one`() throws {
        let folder = NSTemporaryDirectory() + "yrd-interrupted-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func arguments(_ name: String) -> [String] {
            ["init", "\(folder)/\(name)", "--market", "shanghai", "--listen", "127.0.0.1:7441"]
        }
        let whole = try seconds(arguments("whole"))
        var halfMade = 0
        for attempt in 0..<80 where halfMade < 8 {
            let path = "\(folder)/\(attempt)"
            guard try cut(arguments("\(attempt)"), afterSeconds: .random(in: 0...whole)) else { continue }
            let status = try Programs.run(Programs.yrdsync, ["status", "-C", path, "--json"])
            // node.yaml is written last: a folder that has it is a node.
            if FileManager.default.fileExists(atPath: path + "/node.yaml") {
                #expect(status.status == 0, "\(status.errors)")
                #expect(try Programs.run(Programs.yrdsync, ["verify", "-C", path]).status == 0)
                continue
            }
            #expect(status.status == 1)
            #expect(status.error?["code"] as? String == "not_a_node")
            guard FileManager.default.fileExists(atPath: path) else { continue }
            halfMade += 1
            let isEmpty = try FileManager.default.contentsOfDirectory(atPath: path).isEmpty
            let again = try Programs.run(Programs.yrdsync, arguments("\(attempt)") + ["--json"])
            #expect(again.status == (isEmpty ? 0 : 1))
            if !isEmpty { #expect(again.error?["code"] as? String == "not_empty") }
        }
        #expect(halfMade > 0)
    }

    @Test func `a peers add that was killed has granted trust or has not, and can be done again`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.trust(shanghai)
        try shanghai.start()
        let add = ["peers", "add", jiangsu.descriptor, "-C", shanghai.path]
        let whole = try seconds(add)
        var killed = 0
        for _ in 0..<60 where killed < 12 {
            #expect([0, 1].contains(try shanghai.yrdsync("peers", "remove", "jiangsu").status))
            guard try cut(add, afterSeconds: .random(in: 0...whole)) else { continue }
            killed += 1
            let isThere = FileManager.default.fileExists(atPath: shanghai.path + "/peers/jiangsu.yaml")
            let line = try shanghai.yrdsync("peers", "list", "--json").lines.first {
                $0["market"] as? String == "jiangsu"
            }
            #expect((line?["state"] as? String == "trusted") == isThere)
        }
        #expect(killed > 0)
        try shanghai.trust(jiangsu)
        try jiangsu.sql("INSERT INTO agency (agency_id, name) VALUES ('32-TTA-000001', '江苏');")
        #expect(try jiangsu.sync().first?["sent"] as? Int == 1)
        let log = try String(contentsOfFile: shanghai.path + "/serve.log", encoding: .utf8)
        #expect(!log.contains("peers/:"), "\(log)")
    }

    @Test func `a daemon that was killed starts again at once, its locks and old connections notwithstanding`() throws {
        let federation = try Federation(["shanghai"])
        let shanghai = federation["shanghai"]
        var orphans: [Int32] = []
        defer { for orphan in orphans { close(orphan) } }
        for round in 1...3 {
            try shanghai.start()
            // The system keeps the killed daemon's end of it, on the daemon's port, until this end is closed.
            orphans.append(try connection(to: shanghai.port))
            try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-00000\(round)', '\(round)');")
            shanghai.kill()
            #expect(FileManager.default.fileExists(atPath: shanghai.path + "/serve.lock"))
            #expect(FileManager.default.fileExists(atPath: shanghai.path + "/keys/fence.lock"))
        }
        try shanghai.start()
        #expect(try shanghai.yrdsync("sync").status == 0)
        let vector = try #require(try shanghai.status()["vector"] as? [String: Int])
        #expect(vector.count == 1, "a kill is no rollback")
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "3")
        #expect(shanghai.stop() == 0)
    }

    private func connection(to port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        return descriptor
    }
}
