// Real processes, real files, real certificates: what a person at four machines would do, on one.

import ForeignPrograms
import Foundation
import Testing

extension CommandResult {
    /// Standard output as JSON objects, one a line.
    var lines: [[String: Any]] {
        output.split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }
    }

    /// The last line of standard error, as `--json` promises it after a failure.
    var error: [String: Any]? {
        errors.split(separator: "\n").last.flatMap { line in
            ((try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any])?["error"] as? [String: Any]
        }
    }
}

enum Programs {
    /// The executable that was built beside this test bundle.
    static let yrdsync: String = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("yrdsync").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        return "yrdsync"
    }()

    static let python = "/usr/bin/python3"

    /// A program of `Foreign/`: in Python, so that it shares nothing with what it tests.
    static func foreign(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Foreign/" + name
    }

    static func run(
        _ program: String, _ arguments: [String], input: String = "", environment added: [String: String] = [:]
    ) throws -> CommandResult {
        let result = try Command.run(
            [program] + arguments, input: Array(input.utf8),
            environment: ["LC_ALL": "C.UTF-8"].merging(added) { _, added in added })
        // Whatever a test expects, nobody has killed what is run to its end here; and its last words say where it was.
        #expect(result.status <= 128, "\(program) \(arguments) ended by a signal: \(result.errors)")
        return result
    }
}

/// One node: its folder, and its daemon while it runs.
final class NodeProcess {
    let market: String
    let path: String
    /// Where its daemon listens.
    let port: UInt16
    private var daemon: ChildProcess?
    /// Of its commands and its daemon.
    var environment: [String: String] = [:]

    init(
        _ market: String, in folder: String, endpoint: String? = nil, catalog: String? = nil, suite: String? = nil
    ) throws {
        self.market = market
        path = folder + "/" + market
        port = try Self.freePort()
        var arguments = ["init", path, "--market", market, "--listen", "127.0.0.1:\(port)"]
        if let endpoint { arguments += ["--endpoint", endpoint] }
        if let catalog { arguments += ["--catalog", catalog] }
        if let suite { arguments += ["--suite", suite] }
        let result = try Programs.run(Programs.yrdsync, arguments)
        try #require(result.status == 0, "\(result.errors)")
    }

    deinit { stop() }

    var descriptor: String { path + "/descriptor.yaml" }
    var replica: String { path + "/replica.sqlite" }
    var configuration: String { path + "/node.yaml" }

    @discardableResult
    func yrdsync(_ arguments: String...) throws -> CommandResult { try yrdsync(arguments) }

    @discardableResult
    func yrdsync(_ arguments: [String]) throws -> CommandResult {
        try Programs.run(Programs.yrdsync, arguments + ["-C", path], environment: environment)
    }

    /// As any local program writes: the sqlite3 shell.
    @discardableResult
    func sql(_ statements: String) throws -> String {
        let result = try Programs.run(
            "/usr/bin/sqlite3", ["-bail", "-cmd", ".timeout 15000", replica], input: statements)
        guard result.status == 0 else { throw Complaint(text: result.errors) }
        return result.output.trimmingCharacters(in: .newlines)
    }

    struct Complaint: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    func status() throws -> [String: Any] { try #require(try yrdsync("status", "--json").lines.first) }

    func digest() throws -> String { try #require(try status()["digest"] as? String) }

    func trust(_ others: NodeProcess...) throws {
        for other in others {
            let result = try yrdsync("peers", "add", other.descriptor)
            try #require(result.status == 0, "\(result.errors)")
        }
    }

    /// One round with each peer; returns the lines of `sync --json`.
    @discardableResult
    func sync(_ peers: String..., expecting statuses: Set<Int32> = [0, 3]) throws -> [[String: Any]] {
        let result = try Programs.run(
            Programs.yrdsync, ["sync"] + peers + ["--json", "-C", path], environment: environment)
        #expect(statuses.contains(result.status), "\(result.output) \(result.errors)")
        return result.lines
    }

    // MARK: The daemon

    /// Starts `serve` and waits for `ready`.
    func start() throws {
        let log = path + "/serve.log"
        let errors = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let output = Pipe()
        daemon = try ChildProcess(
            Programs.yrdsync, ["serve", "-C", path], environment: environment, input: input,
            output: output.fileHandleForWriting.fileDescriptor, errors: errors)
        close(errors)
        close(input)
        try output.fileHandleForWriting.close()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else {
                throw Complaint(text: "serve ended: " + ((try? String(contentsOfFile: log, encoding: .utf8)) ?? ""))
            }
            line += bytes
        }
        #expect(String(decoding: line, as: UTF8.self).hasPrefix("ready 127.0.0.1:"))
    }

    /// SIGTERM, and the exit code.
    @discardableResult
    func stop() -> Int32? {
        guard let daemon else { return nil }
        self.daemon = nil
        daemon.send(SIGTERM)
        return daemon.wait().status
    }

    /// SIGHUP: node.yaml is read again.
    func hangUp() {
        daemon?.send(SIGHUP)
    }

    /// SIGKILL: the daemon has no chance to say goodbye.
    func kill() {
        guard let daemon else { return }
        self.daemon = nil
        daemon.send(SIGKILL)
        _ = daemon.wait()
    }

    /// Below the ports that the system hands out to callers: one of those could be taken while the daemon is down.
    static func freePort() throws -> UInt16 {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: 10_000..<32_000)
            if isFree(port) { return port }
        }
        throw Complaint(text: "no free port")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Nodes in a folder of their own, gone at the end.
final class Federation {
    let folder: String
    private(set) var nodes: [NodeProcess] = []

    /// - Parameter suites: what a market signs with, where it is not Ed25519.
    init(_ markets: [String], suites: [String: String] = [:]) throws {
        folder = NSTemporaryDirectory() + "yrd-federation-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for market in markets { try add(market, suite: suites[market]) }
    }

    deinit {
        for node in nodes { node.stop() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    @discardableResult
    func add(
        _ market: String, endpoint: String? = nil, catalog: String? = nil, suite: String? = nil
    ) throws -> NodeProcess {
        let node = try NodeProcess(market, in: folder, endpoint: endpoint, catalog: catalog, suite: suite)
        nodes.append(node)
        return node
    }

    subscript(market: String) -> NodeProcess { nodes.first { $0.market == market }! }

    /// Everybody trusts everybody.
    func trustAll() throws {
        for node in nodes {
            for other in nodes where other !== node { try node.trust(other) }
        }
    }

    /// Rounds until nothing travels any more; every daemon must be running.
    func settle() throws {
        for _ in 0..<10 {
            var travelled = 0
            for node in nodes {
                for line in try node.sync() {
                    travelled += (line["sent"] as? Int ?? 0) + (line["received"] as? Int ?? 0)
                }
            }
            if travelled == 0 { return }
        }
        Issue.record("the federation did not settle in ten rounds")
    }
}
