// `keys suites`: a market goes over to SM2, to Ed25519, or to both.

import ArgumentParser
import PeerTrust
import SyncCore
import SyncNode

struct KeysSuites: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "suites", abstract: say("更换签名算法", "change what this market signs with"),
            discussion: say(
                "以所列算法的新密钥开始新化身;此前所签仍属旧密钥,继续有效。守护进程不必停止。信任根要求的算法不能自行放弃。",
                "Begins a new incarnation under new keys of these suites. What was signed before stays the old keys' and goes on counting. The daemon need not stop. A suite that the trust root requires is not given up this way."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(
        help: ArgumentHelp(
            say("ed25519、sm2(SM2/SM3),或 both(两者并签)", "ed25519, sm2 (SM2 with SM3), or both beside each other"),
            valueName: "suite"))
    var suites: SigningSuites

    var deed: Deed? { Deed("keys suites", as: .security, subject: suites.rawValue) }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        KeyRenewalScreen.show(
            try node.changeSuites(to: suites), suites.rawValue, try node.ownDescriptor(), asJSON: common.json)
        return .done
    }
}
