// `keys protect`, `keys unprotect`: private key files under a passphrase, and out from under it.

import ArgumentParser
import PeerTrust
import SyncNode

struct KeysProtect: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "protect", abstract: say("以口令加密私钥文件", "put private key files under a passphrase"),
            discussion: say(
                "缺省为本节点 keys/ 中的全部私钥;也可给出文件,例如根密钥。先停止守护进程。此后命令在终端询问口令;守护进程从 YRDSYNC_PASSPHRASE_FILE 所指文件(0600)或 systemd 凭据 yrdsync-passphrase 读取。口令不能找回。",
                "By default all in this node's keys/, else the files given, such as a root key. Stop the daemon first. Commands then ask at the terminal; a daemon reads the file (0600) that YRDSYNC_PASSPHRASE_FILE names, or the systemd credential yrdsync-passphrase. A passphrase that is lost cannot be recovered."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("私钥文件", "private key files"), valueName: "file"))
    var files: [String] = []

    var deed: Deed? { files.isEmpty ? Deed("keys protect", as: .security) : nil }

    func perform() async throws -> ExitStatus {
        let passphrase = try PassphrasePrompt.new()
        let changed = try KeyFile.change(files, of: common.nodeDirectory) {
            try KeyFile.protect($0, passphrase: passphrase)
        }
        KeysProtection.show(changed, asJSON: common.json, say("已加口令", "under a passphrase now"))
        return .done
    }
}

struct KeysUnprotect: AuditedCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "unprotect",
            abstract: say("取消私钥文件的口令", "take private key files out from under their passphrase"))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp(say("私钥文件", "private key files"), valueName: "file"))
    var files: [String] = []

    var deed: Deed? { files.isEmpty ? Deed("keys unprotect", as: .security) : nil }

    func perform() async throws -> ExitStatus {
        let changed = try KeyFile.change(files, of: common.nodeDirectory) { try KeyFile.unprotect($0) }
        KeysProtection.show(changed, asJSON: common.json, say("已取消口令", "in the clear now"))
        return .done
    }
}

private enum KeysProtection {
    static func show(_ files: [String], asJSON: Bool, _ what: String) {
        for file in files {
            Screen.print(asJSON ? JSON.object([("file", .string(file))]).line : "\(file)  \(what)")
        }
        if files.isEmpty, !asJSON { Screen.print(say("没有需要更改的文件", "nothing to change")) }
    }
}
