// `evidence`: who changed a record, when and why, and who received it, for a court or an auditor.

import ArgumentParser
import Foundation
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

struct EvidenceCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "evidence",
            abstract: say("证据:谁、何时、为何改了一条记录,谁已收到", "evidence: who changed a record, when and why, and who received it"),
            subcommands: [Export.self, Verify.self])
    }

    struct Export: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "export",
                abstract: say("导出一条记录的证据包", "export one record's evidence as a file"),
                discussion: say(
                    "证据包含签名、密钥、默克尔路径和回执,不含其他记录的内容;不用本软件也能核验(docs/evidence.md)。",
                    "Signatures, keys, Merkle paths and receipts, and nothing of other records; it can be verified without this software (docs/evidence.md)."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: RecordsCommand.typeHelp)
        var type: String

        @Argument(help: RecordsCommand.keyHelp)
        var key: String

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp(
                say("写入文件;缺省为标准输出", "write to a file; default standard output"), valueName: "file"))
        var output: String?

        func perform() async throws -> ExitStatus {
            let node = try common.open()
            _ = try node.catalog.requestedType(type)
            let record = RecordID(type: Text(type), key: Text(key))
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            let bundle = try EvidenceExport(node).bundle(of: record, exportedAt: Instant.utc(now))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let stream = try DataStream(path: output)
            try stream.write(line: String(decoding: try encoder.encode(bundle), as: UTF8.self))
            try stream.finish()
            if let output {
                Screen.remark(
                    say(
                        "\(output):\(bundle.changeSets.count) 个变更集,\(bundle.receipts.count) 份回执",
                        "\(output): \(bundle.changeSets.count) change sets, \(bundle.receipts.count) receipts"))
            }
            return .done
        }
    }

    struct Verify: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "verify",
                abstract: say("核验一个证据包;不需要节点", "verify an evidence file; needs no node"),
                discussion: say(
                    "签名是否可信,取决于密钥是否真属于各市场:请以 --fingerprint 市场=指纹 与各市场公布的指纹核对。任何一处不符即整包无效(退出码 5)。",
                    "The signatures are worth as much as the keys: compare them by --fingerprint MARKET=F with what each market publishes. One false claim refuses the whole file (exit code 5)."
                ))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp(say("证据包", "the evidence file"), valueName: "file"))
        var file: String

        @Option(
            name: .customLong("fingerprint"),
            help: ArgumentHelp(
                say("该市场描述文件的指纹;可重复", "the fingerprint of that market's descriptor; may be repeated"),
                valueName: "market=fingerprint"))
        var fingerprints: [String] = []

        @Option(
            help: ArgumentHelp(
                say("联邦的信任根文件:以其成员、密钥和终止为准", "the federation's trust root: its members, keys and closures count"),
                valueName: "file"))
        var root: String?

        func perform() async throws -> ExitStatus {
            let expected = try Dictionary(
                fingerprints.map { try Self.fingerprint($0) }, uniquingKeysWith: { first, _ in first })
            let bytes = try InputFile.contents(file)
            let root = try root.map { try TrustRootScreen.read($0) }
            let report: EvidenceReport
            do {
                report = try EvidenceCheck(bytes).run(fingerprints: expected, root: root)
            } catch {
                throw EvidenceWords.failure(error, file)
            }
            let screen = EvidenceScreen(report: report, isCompared: Set(expected.keys))
            if common.json { Screen.print(screen.json.line) } else { screen.lines.forEach(Screen.print) }
            return .done
        }

        private static func fingerprint(_ text: String) throws -> (Market, String) {
            guard let mark = text.firstIndex(of: "="), let market = Market(String(text[..<mark])) else {
                throw NodeError(
                    .usage, code: "bad_fingerprint",
                    say("--fingerprint 应为 市场=指纹,而不是 \(text)", "--fingerprint is MARKET=FINGERPRINT, not \(text)"))
            }
            return (market, String(text[text.index(after: mark)...]))
        }
    }
}
