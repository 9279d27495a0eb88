// A backup as its file is seen: whole, private, and never in the place of another.

import CrashDisk
import ForeignSQL
import Foundation
import Testing

@testable import ReplicaStore

@Suite("Backups")
struct BackupTests {
    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix("replica.sqlite") }
    }

    @Test func `a backup is the replica as it stands, readable by its owner only, and replaces nothing`() throws {
        let stage = try Stage()
        try stage.openConflict()
        try stage.shanghai.client.run("UPDATE item SET note = 'pending' WHERE item_no = '31-0002'")
        let path = stage.shanghai.folder + "/backup.sqlite"
        try stage.shanghai.replica.backUp(to: path)
        #expect(try names(in: stage.shanghai.folder) == ["backup.sqlite"])
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        let before = try #require(try Contents.ofReplica(at: stage.shanghai.path))
        #expect(try Contents.ofReplica(at: path) == before)
        try stage.shanghai.seal()
        #expect(throws: BackupFailure.exists(path: path)) { try stage.shanghai.replica.backUp(to: path) }
        #expect(try Contents.ofReplica(at: path) == before)
        // It is a replica like any other.
        let copy = try SQLiteReplica(path: path, environment: CrashNode.environment)
        #expect(try copy.verify(isDeep: true, fault: { _ in nil }, progress: { _ in }) == [])
        #expect(try copy.summary().pending == 1)
    }

    @Test func `a folder that is not there is named, and nothing is left behind`() throws {
        let stage = try Stage()
        let path = stage.shanghai.folder + "/none/backup.sqlite"
        let failure = #expect(throws: BackupFailure.self) { try stage.shanghai.replica.backUp(to: path) }
        #expect(failure?.description.contains(path) == true)
        #expect(try names(in: stage.shanghai.folder).isEmpty)
    }

    @Test(.enabled(if: crashdisk_sees_plain_files(), "sanitizers have a libc of their own"))
    func `a disk without links, as a memory stick, takes a backup and keeps the one that is there`() throws {
        let stage = try Stage()
        let folder = try Folder()
        let stick = Disk(folder.path)
        stick.forbidLinks()
        let path = folder.path + "/backup.sqlite"
        try stage.shanghai.replica.backUp(to: path)
        #expect(throws: BackupFailure.exists(path: path)) { try stage.shanghai.replica.backUp(to: path) }
        #expect(try names(in: folder.path) == ["backup.sqlite"])
        let left = try Folder()
        _ = stick.leave(.nothing, in: left.path)
        #expect(
            try Contents.ofReplica(at: left.path + "/backup.sqlite")
                == Contents.ofReplica(at: stage.shanghai.path))
    }
}
