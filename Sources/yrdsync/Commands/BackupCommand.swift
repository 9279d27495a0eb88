// `backup`: a copy made while everybody works.

import ArgumentParser
import Foundation
import ReplicaStore
import SyncCore
import SyncNode

struct BackupCommand: NodeCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "backup", abstract: say("在线备份副本到一个文件", "copy the replica to a file, online"),
            discussion: say(
                "旁边另写一份清单(摘要与向量)。密钥不在备份中,请另行保管(docs/recovery.md)。",
                "A manifest with digests and vector stands beside it. Keys are not in it: keep them apart (docs/recovery.md)."
            ))
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp(say("备份文件;不得已存在", "the file; it must not be there yet"), valueName: "file"))
    var file: String

    func perform() async throws -> ExitStatus {
        let node = try common.open()
        let now = Instant.utc(Int64(Date().timeIntervalSince1970 * 1_000))
        let manifest: BackupManifest
        do {
            manifest = try NodeBackup(node).run(to: file, madeAt: now)
        } catch let failure as BackupFailure {
            throw NodeError(code: "backup_failed", say("未能备份:\(failure)", "no backup was made: \(failure)"))
        }
        if common.json {
            Screen.print(
                JSON.object([
                    ("file", .string(file)), ("bytes", .number(manifest.bytes)), ("sha256", .string(manifest.sha256)),
                    ("digest", .string(manifest.digest)), ("pending", .number(manifest.pending)),
                    ("made_at", .string(manifest.madeAt)),
                ]).line)
        } else {
            Screen.print(
                Screen.safe(
                    say(
                        "\(file):\(manifest.bytes) 字节,状态摘要 \(manifest.digest.prefix(16))",
                        "\(file): \(manifest.bytes) bytes, state digest \(manifest.digest.prefix(16))")))
        }
        return .done
    }
}
