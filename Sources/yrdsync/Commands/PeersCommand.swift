// `peers`: whom this node trusts.

import ArgumentParser
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct PeersCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "peers", abstract: say("同伴:信任、列出、撤销信任", "peers: trust, list, stop trusting"),
            subcommands: [Add.self, List.self, Remove.self])
    }

    struct Add: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "add", abstract: say("信任一份描述文件", "trust a descriptor"),
                discussion: say("请先与对方电话核对指纹。", "Compare the fingerprint with the other market by telephone."))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("对方的 descriptor.yaml", "the other's descriptor.yaml"), valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp(say("核对指纹;不符则拒绝", "the fingerprint it must have"), valueName: "fingerprint"))
        var fingerprint: String?

        @Flag(
            help: ArgumentHelp(
                say(
                    "对方密钥遗失后的新描述文件(须同时给出 --fingerprint)",
                    "take a descriptor that the old keys did not sign, after a loss (needs --fingerprint)")))
        var replace = false

        var deed: Deed? {
            get throws {
                let told = (try? Descriptor.parse(try InputFile.contents(file))).map {
                    "\($0.market) serial \($0.serial) fingerprint \($0.fingerprint)"
                }
                return Deed(
                    replace ? "peers add --replace" : "peers add", as: .security,
                    subject: [file, told].compactMap(\.self).joined(separator: "  "))
            }
        }

        func perform() async throws -> ExitStatus {
            let bytes = try InputFile.contents(file)
            let node = try common.open()
            let (descriptor, succession) = try node.trustKeeper.add(
                bytes, fingerprint: fingerprint, isReplacing: replace)
            if common.json {
                Screen.print(PeersCommand.line(descriptor, state: "trusted").line)
            } else {
                let what = succession == .unchanged ? say("早已信任", "already trusted") : say("已信任", "now trusted")
                Screen.print("\(descriptor.market)  \(what)  \(descriptor.endpoint?.url ?? "none")")
                Screen.print(say("指纹  \(descriptor.fingerprint)", "fingerprint  \(descriptor.fingerprint)"))
            }
            return .done
        }
    }

    struct List: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(commandName: "list", abstract: say("列出已知市场", "list the markets this node knows"))
        }

        @OptionGroup var common: CommonOptions

        func perform() async throws -> ExitStatus {
            let trust = try common.open().trust()
            let all =
                trust.trusted.map { ($0, "trusted") } + trust.others.map { ($0.descriptor, $0.state.rawValue) }
            let sorted = all.sorted { $0.0.market < $1.0.market }
            if common.json {
                for (descriptor, state) in sorted { Screen.print(PeersCommand.line(descriptor, state: state).line) }
            } else {
                let head = [
                    say("市场", "MARKET"), say("状态", "STATE"), say("序号", "SERIAL"), say("网址", "ENDPOINT"),
                    say("指纹", "FINGERPRINT"),
                ]
                let rows = sorted.map { descriptor, state in
                    [
                        descriptor.market.name, PeersCommand.name(ofState: state), "\(descriptor.serial)",
                        descriptor.endpoint?.url ?? "none", descriptor.fingerprint,
                    ]
                }
                for line in Screen.table([head] + rows) { Screen.print(line) }
            }
            for refusal in trust.refusals {
                Screen.remark("yrdsync: peers/\(refusal.file): \(refusal.words[Language.current])")
            }
            return .done
        }
    }

    struct Remove: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "remove",
                abstract: say("撤销信任:断开连接,不抹历史", "stop trusting: ends the connection, not the history"))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("市场名称", "the market"), valueName: "market"))
        var market: String

        var deed: Deed? {
            get throws {
                _ = try name
                return Deed("peers remove", as: .security, subject: market)
            }
        }

        private var name: Market {
            get throws {
                guard let name = Market(market) else {
                    throw NodeError(
                        .usage, code: "bad_market", say("\(market) 不是市场名称", "\(market) is not a market's name"))
                }
                return name
            }
        }

        func perform() async throws -> ExitStatus {
            let market = try name
            let descriptor = try common.open().trustKeeper.remove(market)
            if common.json {
                Screen.print(PeersCommand.line(descriptor, state: "distrusted").line)
            } else {
                Screen.print(say("\(market) 不再受信任;其历史记录保留", "\(market) is no longer trusted; its history stays"))
            }
            return .done
        }
    }

    private static func name(ofState state: String) -> String {
        switch state {
        case "trusted": say("已信任", "trusted")
        case "introduced": say("待确认", "introduced")
        default: say("不信任", "distrusted")
        }
    }

    private static func line(_ descriptor: Descriptor, state: String) -> JSON {
        .object([
            ("market", .string(descriptor.market.name)),
            ("endpoint", .string(descriptor.endpoint?.url ?? "none")),
            ("serial", .number(descriptor.serial)),
            ("fingerprint", .string(descriptor.fingerprint)),
            ("state", .string(state)),
        ])
    }
}
