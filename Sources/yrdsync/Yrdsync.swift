// The one executable: finds the command, runs it, and turns how it ended into an exit code.

import ArgumentParser
import CMalloc
import Foundation
import PeerTrust
import SyncCore
import SyncNode

@main
struct Yrdsync {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        OpenSSLProcess.prepare()
        returnLargeBlocks()
        KeyFile.ask(by: PassphrasePrompt.forFile)
        let arguments = hoisted(withoutLanguage(Array(CommandLine.arguments.dropFirst())))
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            exit(ExitStatus.done.rawValue)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            finish(error, asJSON: arguments.contains("--json"))
        }
    }

    /// A batch is taken, inflated, verified and applied in blocks of megabytes. glibc keeps what was freed for the next time,
    /// in an arena for each thread: half of what a node holds while a million records travel (docs/performance.md).
    private static func returnLargeBlocks() {
        cmalloc_return_large_blocks(4 << 20, 8 << 20, 2)
    }

    /// Help and usage errors of the argument parser; its own code for the latter is not ours.
    private static func finish(_ error: any Error, asJSON: Bool) -> Never {
        let message = HelpWords.localised(RootCommand.fullMessage(for: error))
        guard RootCommand.exitCode(for: error) != .success else {
            Screen.print(message)
            exit(ExitStatus.done.rawValue)
        }
        Screen.remark(message)
        if asJSON {
            let text = HelpWords.localised(RootCommand.message(for: error))
            Screen.remark(
                JSON.object([("error", .object([("code", .string("usage")), ("message", .string(text))]))]).line)
        }
        exit(ExitStatus.usage.rawValue)
    }

    /// `--lang` has been read when the first text was made (`Language.current`), and may stand anywhere.
    private static func withoutLanguage(_ arguments: [String]) -> [String] {
        var kept: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first != "--" {
            if first == "--lang", let value = rest.dropFirst().first, CommonOptions.Lang(rawValue: value) != nil {
                rest = rest.dropFirst(2)
            } else if first.hasPrefix("--lang="), CommonOptions.Lang(rawValue: String(first.dropFirst(7))) != nil {
                rest = rest.dropFirst()
            } else {
                kept.append(rest.removeFirst())
            }
        }
        return kept + rest
    }

    /// `yrdsync -C DIR status` means `yrdsync status -C DIR`: options before the command are every command's options.
    private static func hoisted(_ arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if first == "--json" || first.hasPrefix("--lang=") || (first.hasPrefix("-C") && first.count > 2) {
                leading.append(rest.removeFirst())
            } else if first == "-C" || first == "--lang", rest.count > 1 {
                leading += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard !rest.isEmpty else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return rest[..<end] + leading + rest[end...]
    }
}

struct RootCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "yrdsync",
            abstract: say(
                "长三角技术市场联邦:各市场一份完整副本,签名交换,冲突一处裁定、处处生效。",
                "The Yangtze River Delta's technology markets as one: a full replica in each, signed exchange, conflicts settled once for all."
            ),
            discussion: say(
                "退出码:0 完成 · 1 未成功 · 2 用法错误 · 3 已完成,但有事待人处理 · 4 同伴不可达 · 5 因信任原因拒绝",
                "Exit codes: 0 done · 1 it did not work · 2 usage · 3 it worked, and something waits for a person · 4 a peer could not be reached · 5 refused for trust reasons"
            ),
            version: Software.version,
            subcommands: [
                InitCommand.self, PeersCommand.self, KeysCommand.self, ServeCommand.self, SyncCommand.self,
                StatusCommand.self,
                CompareCommand.self,
                RecordsCommand.self, ConflictsCommand.self, CatalogCommand.self, LogCommand.self,
                QuarantineCommand.self, EvidenceCommand.self, CheckpointCommand.self, VerifyCommand.self,
                BackupCommand.self, RestoreCommand.self,
                OperatorsCommand.self, AuditCommand.self,
            ])
    }
}
