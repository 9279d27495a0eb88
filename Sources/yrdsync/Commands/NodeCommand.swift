// What every command has in common: its node, its way of printing, and how it fails.

import ArgumentParser
import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

/// `-C DIR`, `--json`, `--lang`.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customShort("C", allowingJoined: true),
        help: ArgumentHelp(
            say("节点目录;缺省为 $YRDSYNC_NODE,否则为当前目录", "the node's directory; default $YRDSYNC_NODE, else ."),
            valueName: "dir"))
    var directory: String?

    @Flag(help: ArgumentHelp(say("输出 JSON(每个对象一行)", "print JSON, an object a line")))
    var json = false

    @Option(
        help: ArgumentHelp(
            say("界面语言:zh 或 en;缺省取自系统语言", "language, zh or en; default from the locale"), valueName: "zh|en"))
    var lang: Lang?

    enum Lang: String, ExpressibleByArgument {
        case zh
        case en
    }

    var nodeDirectory: NodeDirectory {
        NodeDirectory(path: directory ?? ProcessInfo.processInfo.environment["YRDSYNC_NODE"] ?? ".")
    }

    func open() throws -> LocalNode { try LocalNode(directory: nodeDirectory) }
}

/// A command of this program. `perform` says how it ended; what it throws becomes a message and an exit code.
protocol NodeCommand: AsyncParsableCommand {
    var common: CommonOptions { get }

    func perform() async throws -> ExitStatus
}

extension NodeCommand {
    func run() async throws {
        let status: ExitStatus
        do {
            status = try await performAnswered()
        } catch {
            let failure = Failure(error)
            failure.report(asJSON: common.json)
            throw ExitCode(failure.status.rawValue)
        }
        if status != .done { throw ExitCode(status.rawValue) }
    }
}

/// An error as a user sees it: what happened, to whom, a stable code, an exit code.
struct Failure {
    let status: ExitStatus
    let code: String
    let message: String
    var peer: String?
    var record: String?

    init(status: ExitStatus, code: String, message: String, peer: String? = nil, record: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.peer = peer
        self.record = record
    }

    init(_ error: any Error) {
        switch error {
        case let error as NodeError:
            self.init(
                status: Self.status(of: error.kind), code: error.code, message: error.message[Language.current],
                peer: error.peer?.name, record: error.record.map { "\($0.type) \($0.key)" })
        case let refusal as DeskRefusal:
            self.init(refusal)
        case let error as FileRefusal:
            self.init(status: .failed, code: error.code, message: error.words[Language.current])
        case let error as CatalogError:
            self.init(status: .failed, code: "bad_catalog", message: error.text(.current))
        case let error as SQLiteError:
            self.init(
                status: .failed,
                code: error.isBusy ? "database_busy" : error.isDiskFull ? "disk_full" : "database_error",
                message: error.isBusy
                    ? say("另一程序正占用数据库,请稍后再试", "another program holds the database: try again when it is done")
                    : error.description)
        case let error as ReplicaDamage:
            self.init(
                status: .failed, code: "replica_damaged",
                message: say("数据库内容受损:\(error)", "the replica is damaged: \(error); yrdsync verify says more"))
        default:
            self.init(status: .failed, code: "failed", message: "\(error)")
        }
    }

    private static func status(of kind: NodeError.Kind) -> ExitStatus {
        switch kind {
        case .failed: .failed
        case .usage: .usage
        case .trust: .refusedForTrust
        case .unreachable: .unreachable
        }
    }

    func report(asJSON: Bool) {
        Screen.remark("yrdsync: " + Screen.safe(message))
        guard asJSON else { return }
        var fields: [(String, JSON)] = [("code", .string(code)), ("message", .string(message))]
        if let peer { fields.append(("peer", .string(peer))) }
        if let record { fields.append(("record", .string(record))) }
        Screen.remark(JSON.object([("error", .object(fields))]).line)
    }
}
