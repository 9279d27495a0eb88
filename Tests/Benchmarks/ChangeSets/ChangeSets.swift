// A long log, quickly: each change set seals the edit of one row, as real time seals what is committed, but without the rest
// that a daemon gives other programs.

import CMalloc
import ForeignSQL
import Foundation
import ReplicaStore
import SyncNode

/// `changesets NODE COUNT`: a foreign client edits one contract after another in a node that nobody serves, and each edit is
/// sealed before the next. Exit: 0 done · 1 it failed · 2 usage.
@main
struct ChangeSets {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 3, let count = Int(words[2]), count >= 0 else {
            FileHandle.standardError.write(Data("usage: changesets NODE COUNT\n".utf8))
            exit(2)
        }
        // As `yrdsync` does.
        cmalloc_return_large_blocks(4 << 20, 8 << 20, 2)
        let node = try LocalNode(directory: NodeDirectory(path: words[1]))
        let client = try ForeignClient(node.directory.replica)
        let keys = try client.rows("SELECT registration_no FROM contract")
        guard !keys.isEmpty else {
            FileHandle.standardError.write(Data("\(words[1]) has no contracts to edit\n".utf8))
            exit(1)
        }
        // No edit may say what stands already.
        let first = Int(try client.value("SELECT count(*) FROM yrd_entry")) ?? 0
        for turn in first..<first + count {
            let key = keys[turn % keys.count]
            try client.run("UPDATE contract SET remark = 'note \(turn)' WHERE registration_no = '\(key)'")
            guard try node.seal().changeSets == 1 else {
                FileHandle.standardError.write(Data("the edit of \(key) was not sealed\n".utf8))
                exit(1)
            }
        }
    }
}
