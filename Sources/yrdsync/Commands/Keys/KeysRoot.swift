// `keys root`: the offline key with which a market signs trust roots.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct KeysRoot: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "root", abstract: say("根密钥", "this market's root key"), subcommands: [New.self])
    }

    struct New: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "new", abstract: say("新建根密钥及其公钥文件", "make a root key, and its public half beside it"),
                discussion: say(
                    "密钥文件须离线保存,不得留在节点机器上;FILE.pub 交给提议信任根的市场。",
                    "Keep the file offline, not on the node's machine; hand FILE.pub to whoever proposes the trust root."
                ))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("密钥文件(须不存在)", "the key's file: not there yet"), valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp(say("签名算法:ed25519 或 sm2", "ed25519 or sm2"), valueName: "suite"))
        var suite = Algorithm.ed25519

        /// A root key is of one suite.
        enum Algorithm: String, ExpressibleByArgument, CaseIterable {
            case ed25519
            case sm2

            var suite: Suite { self == .sm2 ? .sm2SM3 : .ed25519SHA256 }
        }

        var deed: Deed? { Deed("keys root new", as: .security, subject: file) }

        func perform() async throws -> ExitStatus {
            let named = try RootDesk(try common.open()).makeKey(file, suite.suite)
            if common.json {
                Screen.print(
                    JSON.object([
                        ("market", .string(named.market.name)), ("id", .string(named.key.keyID.hex)),
                        ("file", .string(file)), ("public", .string(file + ".pub")),
                    ]).line)
            } else {
                Screen.print(
                    say(
                        "\(named.market) 的根密钥 \(named.key.keyID.hex)",
                        "root key of \(named.market)  \(named.key.keyID.hex)"))
                Screen.print(
                    say("请将 \(file) 离线保存,将 \(file).pub 交出", "keep \(file) offline, and hand out \(file).pub"))
            }
            return .done
        }
    }
}
