// `keys personal`: personal columns encrypted in the replica's file, under a key outside of it.

import ArgumentParser
import PeerTrust
import SyncNode

struct KeysPersonal: AuditedCommand {
    enum Wish: String, ExpressibleByArgument, CaseIterable {
        case on
        case off
    }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "personal", abstract: say("个人信息列在磁盘上加密", "encrypt personal columns on disk"),
            discussion: say(
                "on 以 keys/personal.key(或 node.yaml 的 personal_key)加密副本文件中的个人信息,off 改回明文;不给出则只显示现状。守护进程不必停止。SQL 程序此后读到密文,仍可写入明文,下次封签时加密。密钥丢失则不能恢复;备份也需要它。所防与所不防见 docs/threat-model.md。",
                "on encrypts what the replica's file keeps of personal columns under keys/personal.key (or personal_key of node.yaml), off writes it in the clear again; without either, this shows how it stands. The daemon need not stop. SQL programs then read ciphertext, and may write in the clear: that is encrypted at the next seal. A key that is lost cannot be recovered, and backups need it too. What this protects and what not: docs/threat-model.md."
            ))
    }

    @OptionGroup var common: CommonOptions

    @OptionGroup var acting: ActingOperator

    @Argument(help: ArgumentHelp("on, off"))
    var wish: Wish?

    var deed: Deed? { wish.map { Deed("keys personal", as: .security, subject: $0.rawValue) } }

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        if let wish { try node.encryptPersonal(wish == .on) }
        let state = try node.personalEncryption()
        show(state)
        if !state.isWiped {
            Screen.remark(
                say(
                    "另有程序正在读取副本:旧内容仍可能在副本文件中;稍后再执行一次 yrdsync keys personal on",
                    "another program was reading the replica: its file may still hold what lay in the clear; run yrdsync keys personal on once more"
                ))
        }
        if state.isOn, !state.copies.isEmpty {
            Screen.remark(
                say("恢复时另存的副本保持原样:", "copies that a restore set aside are as they were: ")
                    + state.copies.joined(separator: " "))
        }
        return state.isWiped ? .done : .waitsForPerson
    }

    private func show(_ state: PersonalEncryption) {
        guard !common.json else {
            return Screen.print(
                JSON.object([
                    ("encrypted", .bool(state.isOn)), ("key", state.keyID.map { .string($0) } ?? .null),
                    ("file", .string(state.keyFile)), ("wiped", .bool(state.isWiped)),
                    ("copies", .array(state.copies.map { .string($0) })),
                    ("columns", .array(state.columns.map { .string($0) })),
                ]).line)
        }
        Screen.print(
            state.isOn
                ? say("个人信息在磁盘上已加密", "personal values are encrypted on disk")
                : say("个人信息在磁盘上为明文", "personal values lie in the clear on disk"))
        if state.isOn {
            Screen.print(
                say("密钥", "key") + "  \(state.keyFile)  "
                    + say("(与副本分开保存一份)", "(keep a copy, apart from the replica)"))
        }
        Screen.print(say("列", "columns") + "  " + state.columns.joined(separator: " "))
    }
}
