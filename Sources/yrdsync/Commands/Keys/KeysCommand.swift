// `keys`: what this node signs and speaks with, and how a key takes the place of another.

import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "keys",
            abstract: say("密钥:列出、更换、吊销、加口令;信任根", "keys: list, rotate, revoke, protect; the trust root"),
            subcommands: [
                KeysList.self, KeysRotate.self, KeysSuites.self, KeysRevoke.self, KeysProtect.self,
                KeysUnprotect.self, KeysPersonal.self,
                KeysRoot.self,
                KeysTrust.self,
            ])
    }
}
