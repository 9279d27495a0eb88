// `init`: a new node.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

extension SigningSuites: ExpressibleByArgument {}

struct InitCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "init",
            abstract: say("新建节点:目录、密钥、空副本、描述文件", "make a new node: folder, keys, empty replica, descriptor"))
    }

    @OptionGroup var common: CommonOptions

    @Argument(
        help: ArgumentHelp(say("节点目录(须为空或不存在)", "the node's directory: empty, or not there yet"), valueName: "dir"))
    var path: String

    @Option(help: ArgumentHelp(say("市场名称,如 shanghai", "the market, such as shanghai"), valueName: "market"))
    var market: String

    @Option(help: ArgumentHelp(say("监听地址", "where to listen"), valueName: "host:port"))
    var listen: String

    @Option(help: ArgumentHelp(say("联邦名称", "the federation's name")))
    var federation = "yrd"

    @Option(
        help: ArgumentHelp(
            say(
                "他人可达的网址,或 none(只外拨);缺省为监听地址",
                "the URL others reach, or none (dials out only); default the listen address"), valueName: "url|none"))
    var endpoint: String?

    @Option(
        help: ArgumentHelp(
            say("自定义目录(数据字典)文件夹;缺省用内置目录", "folder of a catalog of the federation's own; default the built-in one"),
            valueName: "dir"))
    var catalog: String?

    @Option(
        help: ArgumentHelp(
            say(
                "签名算法:ed25519、sm2(SM2/SM3),或 both(两者并签)",
                "what it signs with: ed25519, sm2 (SM2 with SM3), or both beside each other"),
            valueName: "suite"))
    var suite = SigningSuites.ed25519

    func perform() async throws -> ExitStatus {
        guard let market = Market(market) else {
            throw NodeError(
                .usage, code: "bad_market",
                say(
                    "\(market) 不是市场名称:小写字母开头,共 2 至 16 个小写字母或数字",
                    "\(market) is not a market's name: a lower-case letter, then 1 to 15 letters or digits"))
        }
        guard let listen = ListenAddress(listen) else {
            throw NodeError(
                .usage, code: "bad_listen", say("\(listen) 不是 主机:端口", "\(listen) is not HOST:PORT"))
        }
        let directory = NodeDirectory(path: path)
        let descriptor = try NodeInitialisation(
            market: market, listen: listen, federation: federation,
            endpoint: endpoint.map { $0 == "none" ? .none : .some($0) }, catalogPath: catalog, signing: suite
        ).run(in: directory)
        if common.json {
            Screen.print(
                JSON.object([
                    ("market", .string(market.name)), ("directory", .string(path)),
                    ("descriptor", .string(directory.descriptor)), ("fingerprint", .string(descriptor.fingerprint)),
                ]).line)
        } else {
            Screen.print(say("已在 \(path) 建立 \(market) 的节点", "made \(market)'s node in \(path)"))
            Screen.print(say("指纹  \(descriptor.fingerprint)", "fingerprint  \(descriptor.fingerprint)"))
            Screen.print(
                say(
                    "请将 \(directory.descriptor) 交给其他市场,并电话核对指纹",
                    "hand \(directory.descriptor) to the other markets, and read them the fingerprint"))
        }
        return .done
    }
}
