// `keys trust`: who belongs to the federation is one signed file, and a majority decides the next.

import ArgumentParser
import PeerTrust
import SyncNode

struct KeysTrust: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "trust",
            abstract: say("信任根:提议、签署、采用、查看、终止来源", "the trust root: propose, sign, adopt, show, close an origin"),
            subcommands: [Propose.self, Sign.self, Adopt.self, Show.self, Close.self])
    }

    /// The file, and what is in it: another may stand there later.
    private static func named(_ file: String) -> String {
        let root = try? TrustRoot.parse(try InputFile.contents(file))
        return [file, root.map { "version \($0.version) fingerprint \($0.fingerprint)" }].compactMap(\.self)
            .joined(separator: "  ")
    }

    struct Propose: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "propose", abstract: say("提议下一版信任根", "propose the next trust root"),
                discussion: say(
                    "第一版列出本节点和全部受信任的同伴,须由全体签署;之后各版须由前一版过半成员签署。",
                    "Version 1 names this node and every trusted peer and is signed by all; each later one by more than half of the members of the one before."
                ))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("写入的文件", "the file to write"), valueName: "file"))
        var file: String

        @Option(
            help: ArgumentHelp(
                say("成员的根公钥文件,可重复", "a member's public root key, may be repeated"), valueName: "file.pub"))
        var rootKey: [String] = []

        @Option(help: ArgumentHelp(say("退出联邦的市场,可重复", "a market that leaves, may be repeated"), valueName: "market"))
        var retire: [String] = []

        @Option(
            help: ArgumentHelp(
                say(
                    "成员必须用以签名的算法:ed25519、sm2 或 both,可重复;缺省为前一版及其描述文件所列",
                    "what a member must sign with: ed25519, sm2 or both, may be repeated; default what the version before and its descriptor say"
                ),
                valueName: "market=suite"))
        var require: [RequiredSuites] = []

        var deed: Deed? {
            Deed(
                "keys trust propose", as: .security,
                subject: ([file] + retire + require.map(\.description)).joined(separator: " "))
        }

        func perform() async throws -> ExitStatus {
            let keys = try rootKey.map { path in
                let text = String(decoding: try InputFile.contents(path), as: UTF8.self)
                guard let key = RootPublicKey(text) else {
                    throw NodeError(
                        .usage, code: "bad_root_key", say("\(path) 不是根公钥文件", "\(path) is not a public root key"))
                }
                return key
            }
            let desk = RootDesk(try common.open())
            let required = Dictionary(
                require.map { ($0.market, $0.suites.suites) }, uniquingKeysWith: { _, last in last })
            let root = try desk.propose(
                rootKeys: keys, retiring: try MarketArguments.read(retire), requiring: required)
            try NodeFile.write(root.raw, to: file)
            try TrustRootScreen.show(root, asJSON: common.json, state: "proposed", after: try desk.root())
            return .done
        }
    }

    struct Close: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "close",
                abstract: say("提议终止一个来源:其后的变更集一律失效", "propose to end an origin: what lies beyond is void"),
                discussion: say(
                    "用于除名、无法挽回的分叉等。变更集仍留在日志中并照常转发,只是不再有效;签署、采用同 propose。本市场密钥失窃请用 keys revoke。",
                    "For expulsion, or a fork's branch that must not count. The entries stay in the log and are relayed, without effect. Signed and adopted like any proposal. For a stolen key of this market see keys revoke."
                ))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("写入的文件", "the file to write"), valueName: "file"))
        var file: String

        @Argument(
            help: ArgumentHelp(
                say("来源:市场.十六进制(8 位以上)", "the origin: market.<8 hex digits or more>"), valueName: "origin")
        )
        var origin: String

        @Option(
            help: ArgumentHelp(
                say(
                    "最后一个有效的变更集,有分支时可重复;缺省为此处已应用的最后一个",
                    "the last entry that counts; may be repeated where there are branches. Default: the last one applied here"
                ),
                valueName: "dot"))
        var at: [String] = []

        @Flag(help: ArgumentHelp(say("全部无效", "nothing of it counts")))
        var nothing = false

        func validate() throws {
            guard !nothing || at.isEmpty else {
                throw ValidationError(say("--at 与 --nothing 不能同时给出", "give --at or --nothing, not both"))
            }
        }

        var deed: Deed? {
            Deed(
                "keys trust close", as: .security,
                subject: ([file, origin] + (nothing ? ["--nothing"] : at)).joined(separator: " "))
        }

        func perform() async throws -> ExitStatus {
            let desk = RootDesk(try common.open())
            let root = try desk.proposeClosing(try desk.origin(origin), at: nothing ? nil : at)
            try NodeFile.write(root.raw, to: file)
            try TrustRootScreen.show(root, asJSON: common.json, state: "proposed", after: try desk.root())
            return .done
        }
    }

    struct Sign: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "sign", abstract: say("以根密钥签署提议", "sign a proposal with the root key"),
                discussion: say("每个版本只签一份,签前先记下。", "One file a version, remembered before it is signed. Read it first.")
            )
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(
            help: ArgumentHelp(say("提议的文件;签名写入其中", "the proposal; the signature is added to it"), valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp(say("本市场的根密钥文件", "this market's root key"), valueName: "file"))
        var key: String

        var deed: Deed? { Deed("keys trust sign", as: .security, subject: KeysTrust.named(file)) }

        func perform() async throws -> ExitStatus {
            let desk = RootDesk(try common.open())
            let root = try desk.sign(try InputFile.contents(file), with: try KeyFile.signingKey(key))
            try NodeFile.write(root.raw, to: file)
            try TrustRootScreen.show(root, asJSON: common.json, state: "signed", after: try desk.root())
            return .done
        }
    }

    struct Adopt: AuditedCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "adopt", abstract: say("采用一份信任根", "adopt a trust root"),
                discussion: say(
                    "后续版本也随各轮交换送达,有效即自动采用。本市场未签署的第一份须给出指纹。",
                    "Later versions also travel with the rounds and are adopted when valid. A first one that this market did not sign needs its fingerprint."
                ))
        }

        @OptionGroup var common: CommonOptions

        @OptionGroup var acting: ActingOperator

        @Argument(help: ArgumentHelp(say("信任根文件", "the trust root"), valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp(say("核对指纹;不符则拒绝", "the fingerprint it must have"), valueName: "fingerprint"))
        var fingerprint: String?

        var deed: Deed? { Deed("keys trust adopt", as: .security, subject: KeysTrust.named(file)) }

        func perform() async throws -> ExitStatus {
            let node = try common.open()
            let bytes = try InputFile.contents(file)
            let (root, _) = try node.followingRoot {
                try node.trustKeeper.adopt(bytes, fingerprint: fingerprint)
            }
            try TrustRootScreen.show(root, asJSON: common.json, state: "adopted", after: nil)
            return .done
        }
    }

    struct Show: NodeCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: "show", abstract: say("查看信任根", "show a trust root"),
                discussion: say("不给文件时查看现行的一份。", "Without a file, the one that is adopted."))
        }

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp(say("信任根文件", "a trust root"), valueName: "file"))
        var file: String?

        func perform() async throws -> ExitStatus {
            let desk = RootDesk(try common.open())
            let adopted = try desk.root()
            if let file {
                let root = try TrustRootScreen.read(file)
                let state = root.digest == adopted?.digest ? "adopted" : "proposed"
                try TrustRootScreen.show(root, asJSON: common.json, state: state, after: adopted)
            } else if let adopted {
                try TrustRootScreen.show(adopted, asJSON: common.json, state: "adopted", after: nil)
            } else if !common.json {
                Screen.print(
                    say("尚无信任根:信任以 peers/ 为准(版本 0)", "no trust root yet: trust is what peers/ says (version 0)"))
            }
            return .done
        }
    }
}
