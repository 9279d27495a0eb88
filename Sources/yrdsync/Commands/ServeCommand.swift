// `serve`: the daemon.

import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import SyncNode
import UnixSignals

struct ServeCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve",
            abstract: say("守护进程:应答同伴,按计划同步", "the daemon: answers peers and visits them on schedule"),
            discussion: say(
                "SIGTERM:完成当前批次后退出;SIGHUP:重读 node.yaml。日志写往标准错误。",
                "SIGTERM ends after the current batch; SIGHUP reads node.yaml again. Logs go to standard error."))
    }

    @OptionGroup var common: CommonOptions

    func perform() async throws -> ExitStatus {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "yrdsync")
        let isJSON = common.json
        let server = try NodeServer(directory: common.nodeDirectory, logger: logger) { host, port in
            let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            Screen.print(isJSON ? JSON.object([("ready", .string(address))]).line : "ready \(address)")
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: server.services.map { .init(service: $0) }
                    + [.init(service: ReloadOnHangup(server: server, logger: logger))],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        // The server holds serve.lock.
        defer { withExtendedLifetime(server) {} }
        try await group.run()
        return .done
    }
}

/// SIGHUP: node.yaml is read again; `peers/` is followed anyway.
private struct ReloadOnHangup: Service {
    let server: NodeServer
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals {
                do {
                    try await server.reload()
                    logger.info("node.yaml read again")
                } catch {
                    logger.error("node.yaml stays as it was: \(error)")
                }
            }
        }
    }
}
