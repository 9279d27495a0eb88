// `conflicts`: the shared work list of what the rules could not settle.

import ArgumentParser
import Foundation
import ReplicaStore
import SyncCore
import SyncNode

struct ConflictsCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "conflicts", abstract: say("冲突:列出、比较、裁定、撤销裁定", "conflicts: list, compare, resolve, undo"),
            subcommands: [ConflictsList.self, ConflictsShow.self, ConflictsResolve.self, ConflictsUndo.self])
    }

    static var nowMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}

/// `--where`, as `list` and `resolve --all` take it.
struct ConflictWhere: ParsableArguments {
    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            say(
                "只看符合条件的:type= key= unit= market= older=(如 older=7d);可重复",
                "only those with type= key= unit= market= older= (older=7d); may be repeated"),
            valueName: "name=value"))
    var conditions: [String] = []
}
