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

        func perform() async throws -> ExitStatus {
            let expected = try Dictionary(
                fingerprints.map { try Self.fingerprint($0) }, uniquingKeysWith: { first, _ in first })
            guard let data = FileManager.default.contents(atPath: file) else {
                throw NodeError(code: "cannot_read", say("无法读取 \(file)", "\(file) cannot be read"))
            }
            let report: EvidenceReport
            do {
                report = try EvidenceCheck(Array(data)).run(fingerprints: expected)
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

/// Why a bundle was refused, in words.
enum EvidenceWords {
    static func failure(_ refusal: EvidenceRefusal, _ file: String) -> NodeError {
        let place = refusal.place
        let (zh, en) = words(refusal.cause)
        var isMalformed = false
        if case .form = refusal.cause { isMalformed = true }
        return NodeError(
            isMalformed ? .failed : .trust, code: refusal.code,
            say("\(file) · \(place):\(zh)", "\(file), \(place): \(en)"))
    }

    private static func words(_ cause: EvidenceRefusal.Cause) -> (zh: String, en: String) {
        switch cause {
        case .form(let detail): ("不是证据包的格式:\(detail)", "not in the form of an evidence file: \(detail)")
        case .descriptor(let detail): ("描述文件不被接受:\(detail)", "the descriptor is refused: \(detail)")
        case .notAuthentic(let code): ("变更集不可信:\(code)", "the change set is not authentic: \(code)")
        case .contextDiffers: ("上下文不是签名时的那一份", "the context is not the one that was signed")
        case .notUnderRoot(let index): ("第 \(index) 项不在签名的默克尔根之下", "op \(index) is not under the signed Merkle root")
        case .otherRecord: ("没有恰好一项关于此记录的变更", "there is not exactly one change of this record")
        case .noteMissing: ("变更所引的说明缺失,或有多余的项", "the note that the change names is missing, or there is more than it")
        case .receiptNotAuthentic(let market): ("\(market) 的回执不可信", "the receipt of \(market) is not authentic")
        case .chainBroken(let index): ("链在第 \(index) 个头部断开", "the chain breaks at header \(index)")
        case .otherFingerprint(let expected, let found):
            ("描述文件的指纹是 \(found),不是 \(expected)", "the descriptor's fingerprint is \(found), not \(expected)")
        case .marketMissing: ("证据包中没有该市场的描述文件", "the file has no descriptor of that market")
        }
    }
}
