// Real time between real processes. Every interval is an hour: what arrives within a minute did not come by the schedule.

import ForeignPrograms
import Foundation
import Testing

@Suite("Real time", .serialized)  // Each test runs several processes; the machine has two cores.
struct RealTimeTests {
    /// Far more than a commit needs on a loaded machine, far less than the interval.
    private static let secondsMax = 60.0

    private func federation(_ markets: [String], dialsOnly: String? = nil) throws -> Federation {
        let federation = try Federation([])
        for market in markets { try federation.add(market, endpoint: market == dialsOnly ? "none" : nil) }
        try federation.trustAll()
        return federation
    }

    /// Commits on one node by the `sqlite3` shell, several times: the round with which a daemon starts may have brought the
    /// first, and none of the others.
    private func commits(on author: NodeProcess, arriveOn others: [NodeProcess], from first: Int = 1) throws {
        for number in first..<first + 3 {
            let name = "\(author.market) \(number)"
            try author.sql("INSERT INTO agency (agency_id, name) VALUES (\(author.key(number)), '\(name)');")
            for other in others {
                try #require(try arrives(author.key(number), on: other), "\(name) has not reached \(other.market)")
            }
        }
    }

    private func arrives(_ key: String, on node: NodeProcess) throws -> Bool {
        let end = Date(timeIntervalSinceNow: Self.secondsMax)
        while Date() < end {
            if try node.sql("SELECT count(*) FROM agency WHERE agency_id = \(key)") == "1" { return true }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return false
    }

    @Test func `a commit arrives at once where the reader holds a pull, also after either side was restarted`() throws {
        let federation = try federation(["shanghai", "jiangsu"])
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try jiangsu.configure(realTimeWith: shanghai)
        for node in federation.nodes { try node.start() }
        try commits(on: shanghai, arriveOn: [jiangsu])
        // Its own commits go the other way by a push.
        try commits(on: jiangsu, arriveOn: [shanghai])
        #expect(jiangsu.stop() == 0)
        try jiangsu.start()
        try commits(on: shanghai, arriveOn: [jiangsu], from: 10)
        shanghai.kill()
        try shanghai.start()
        try commits(on: shanghai, arriveOn: [jiangsu], from: 20)
        try commits(on: jiangsu, arriveOn: [shanghai], from: 20)
        #expect(try shanghai.digest() == jiangsu.digest())
        // A held pull keeps nobody from stopping.
        let stopping = Date()
        #expect(shanghai.stop() == 0)
        #expect(jiangsu.stop() == 0)
        #expect(Date().timeIntervalSince(stopping) < 15)
    }

    @Test func `a node that only dials out takes part in real time`() throws {
        let federation = try federation(["shanghai", "anhui"], dialsOnly: "anhui")
        let (shanghai, anhui) = (federation["shanghai"], federation["anhui"])
        try anhui.configure(realTimeWith: shanghai)
        for node in federation.nodes { try node.start() }
        try commits(on: anhui, arriveOn: [shanghai])
        try commits(on: shanghai, arriveOn: [anhui])
        #expect(shanghai.stop() == 0)
        try shanghai.start()
        try commits(on: anhui, arriveOn: [shanghai], from: 10)
        try commits(on: shanghai, arriveOn: [anhui], from: 10)
    }

    @Test func `what one gives is passed on in real time to those who hear it from nobody else`() throws {
        let federation = try Federation([])
        for market in ["jiangsu", "anhui", "zhejiang"] {
            try federation.add(market, endpoint: market == "jiangsu" ? nil : "none")
        }
        try federation.trustAll()
        let (jiangsu, anhui, zhejiang) = (federation["jiangsu"], federation["anhui"], federation["zhejiang"])
        try anhui.configure(realTimeWith: jiangsu)
        try zhejiang.configure(realTimeWith: jiangsu)
        for node in federation.nodes { try node.start() }
        try commits(on: anhui, arriveOn: [jiangsu, zhejiang])
        try commits(on: zhejiang, arriveOn: [jiangsu, anhui])
    }

    @Test func `a held pull that a proxy cuts is held again`() throws {
        let federation = try Federation([])
        let front = try NodeProcess.freePort()
        let shanghai = try federation.add("shanghai", endpoint: "https://127.0.0.1:\(front)")
        let jiangsu = try federation.add("jiangsu", endpoint: "none")
        try federation.trustAll()
        try jiangsu.configure(realTimeWith: shanghai)
        let proxy = try CuttingProxy(from: front, to: shanghai.port)
        for node in federation.nodes { try node.start() }
        try commits(on: shanghai, arriveOn: [jiangsu])
        for turn in 1...2 {
            proxy.cut()
            try commits(on: shanghai, arriveOn: [jiangsu], from: turn * 10)
            proxy.cut()
            try commits(on: jiangsu, arriveOn: [shanghai], from: turn * 10)
        }
    }

    @Test func `real time begins and ends with the word in node yaml, on SIGHUP`() throws {
        let federation = try federation(["shanghai", "jiangsu"])
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        for node in federation.nodes {
            try node.configure(realTimeWith: node === shanghai ? jiangsu : shanghai, isOn: false)
        }
        for node in federation.nodes { try node.start() }
        #expect(try staysAway(shanghai, 1, from: jiangsu), "nobody has asked for real time")
        try jiangsu.configure(realTimeWith: shanghai)
        jiangsu.hangUp()
        try commits(on: shanghai, arriveOn: [jiangsu], from: 10)
        try jiangsu.configure(realTimeWith: shanghai, isOn: false)
        jiangsu.hangUp()
        #expect(try staysAway(shanghai, 20, from: jiangsu), "nobody asks for it any more")
    }

    /// Whether commits do not arrive by themselves. The rounds with which daemons start may bring the first ones.
    private func staysAway(_ author: NodeProcess, _ first: Int, from other: NodeProcess) throws -> Bool {
        for number in first..<first + 3 {
            try author.sql("INSERT INTO agency (agency_id, name) VALUES (\(author.key(number)), '\(number)');")
            Thread.sleep(forTimeInterval: 3)
        }
        return try other.sql("SELECT count(*) FROM agency WHERE agency_id = \(author.key(first + 2))") == "0"
    }
}

extension NodeProcess {
    /// An agency's key of this market, as SQL.
    fileprivate func key(_ number: Int) -> String {
        let prefixes = ["shanghai": "31", "jiangsu": "32", "zhejiang": "33", "anhui": "34"]
        return "'\(prefixes[market]!)-TTA-\(100_000 + number)'"
    }

    fileprivate func configure(realTimeWith peer: NodeProcess, isOn: Bool = true) throws {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        let others = text.split(separator: "\n").filter { !$0.hasPrefix("peers:") && !$0.hasPrefix("  ") }
        try (others.joined(separator: "\n") + "\npeers:\n  \(peer.market): {every: 1h, realtime: \(isOn)}\n").write(
            toFile: configuration, atomically: true, encoding: .utf8)
    }
}

/// Carries connections from one port to another, and cuts all that stand when it is told to.
private final class CuttingProxy {
    private let process: ChildProcess
    private let orders = Pipe()

    init(from front: UInt16, to back: UInt16) throws {
        process = try ChildProcess(
            Programs.python, [Programs.foreign("cutting_proxy.py"), "\(front)", "\(back)"],
            input: orders.fileHandleForReading.fileDescriptor, output: STDOUT_FILENO, errors: STDERR_FILENO)
    }

    deinit {
        process.send(SIGKILL)
        _ = process.wait()
    }

    func cut() { orders.fileHandleForWriting.write(Data("cut\n".utf8)) }
}
