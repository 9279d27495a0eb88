// `operators`: the people of this node, each with a key of their own.

import ArgumentParser
import Foundation
import PeerTrust
import SyncCore
import SyncNode

struct OperatorsCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "operators", abstract: say("操作员:新建密钥、列出", "operators: make a key, list"),
            subcommands: [New.self, List.self])
    }

    struct New: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "new", abstract: say("新建操作员密钥", "make an operator's key"),
                discussion: say(
                    "私钥由本人保管(可 keys protect 加口令);把打印出的一行加入 node.yaml 的 operators 之下。自列出第一人起,敏感命令须由相应角色的操作员执行。",
                    "The file is the person's own (keys protect puts it under a passphrase). Put the line that is printed under operators in node.yaml: from the first one on, sensitive commands need an operator of their role."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp(say("私钥文件(须不存在)", "the key's file: not there yet"), valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp(say("姓名代号", "who it is for"), valueName: "name"))
        var name: String

        @Option(
            help: ArgumentHelp(
                say("角色:system、security、audit、business", "system, security, audit or business"), valueName: "role"))
        var role: Role

        @Option(help: ArgumentHelp(say("签名算法:ed25519 或 sm2", "ed25519 or sm2"), valueName: "suite"))
        var suite = KeysRoot.New.Algorithm.ed25519

        enum Role: String, ExpressibleByArgument, CaseIterable {
            case system
            case security
            case audit
            case business
        }

        func validate() throws {
            guard Operator.isName(name) else {
                throw ValidationError(
                    say("--name 为 1 至 32 个小写字母、数字、- 或 _", "--name is 1 to 32 lower-case letters, digits, - and _"))
            }
        }

        func perform() async throws -> ExitStatus {
            guard !FileManager.default.fileExists(atPath: file) else {
                throw NodeError(code: "file_exists", say("\(file) 已存在", "\(file) is there already"))
            }
            let key = try SigningKey.generate(suite.suite)
            let text = Operator.text(of: try key.verificationKey)
            try PrivateKeyFile.write(try key.pem(), to: file)
            if common.json {
                Screen.print(
                    JSON.object([
                        ("name", .string(name)), ("role", .string(role.rawValue)), ("key", .string(text)),
                        ("file", .string(file)),
                    ]).line)
            } else {
                Screen.print("  \(name): {role: \(role.rawValue), key: \"\(text)\"}")
                Screen.remark(
                    say("请将此行加入 node.yaml 的 operators: 之下", "put this line under operators: in node.yaml"))
            }
            return .done
        }
    }

    struct List: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "list", abstract: say("列出 node.yaml 中的操作员", "list the operators that node.yaml names"))
        }

        @OptionGroup var common: CommonOptions

        func perform() async throws -> ExitStatus {
            let operators = Operators(try NodeConfiguration.read(common.nodeDirectory.configuration).operators)
            if common.json {
                for person in operators.all {
                    Screen.print(
                        JSON.object([
                            ("name", .string(person.name)), ("role", .string(person.role.name)),
                            ("key", .string(Operator.text(of: person.key))), ("key_id", .string(person.key.keyID.hex)),
                        ]).line)
                }
            } else if operators.all.isEmpty {
                Screen.print(
                    say(
                        "node.yaml 未列操作员:本机任何人都可执行敏感命令(仍记入审计日志)",
                        "node.yaml names no operators: anyone at this machine may give sensitive commands (the audit log keeps them)"
                    ))
            } else {
                let rows = operators.all.map { [$0.name, $0.role.name, String($0.key.keyID.hex.prefix(16))] }
                for line in Screen.table([[say("姓名", "NAME"), say("角色", "ROLE"), say("密钥", "KEY")]] + rows) {
                    Screen.print(line)
                }
            }
            return .done
        }
    }
}
