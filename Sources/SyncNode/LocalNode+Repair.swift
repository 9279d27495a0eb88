// `verify --repair` on a node: nobody else may be at work on its replica.

package import ReplicaStore

extension LocalNode {
    /// Restores from the log what was altered, and returns what that was. A daemon would seal an altered row as a local
    /// write, so none may run.
    package func repair(progress: (VerifyProgress) -> Void) throws -> [Finding] {
        guard let lock = try FileLock.take(directory.serveLock) else {
            throw NodeError(
                code: "serving", "恢复前请先停止 \(directory.path) 上的 serve",
                "stop serve on \(directory.path) before it is repaired")
        }
        return try withExtendedLifetime(lock) {
            do {
                return try replica.repair(fault: try LogDesk(self).judge(), progress: progress)
            } catch let damage as LogDamaged {
                let first = damage.findings[0]
                throw NodeError(
                    code: "log_damaged",
                    "日志或文件已损坏(\(first.code)),无法据以恢复:请用 restore 取回备份,或新建节点从同伴取回全部数据",
                    "the log or the file is damaged (\(first.code)), and nothing can be restored from it: restore a backup, or make a new node, which fetches everything from peers"
                )
            } catch let incomplete as RepairIncomplete {
                let first = incomplete.findings[0]
                throw NodeError(
                    code: "repair_incomplete", "恢复后仍有不符(\(first.code)),未作任何更改",
                    "something would still differ afterwards (\(first.code): \(first.detail)); nothing was changed")
            }
        }
    }
}
