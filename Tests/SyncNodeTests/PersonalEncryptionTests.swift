// The key of personal values as a file of the node: made once, kept apart, missed in words that say what to do.

import ForeignSQL
import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Personal values under a key of the node")
struct PersonalEncryptionTests {
    private let federation: DeskFederation
    private var shanghai: LocalNode { federation["shanghai"] }
    private var keyFile: String { shanghai.directory.personalKey }
    private let agency = RecordID(type: "agency", key: "31-TTA-000001")

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
        try federation.makeAgency()
    }

    private func phone(_ node: LocalNode) throws -> FieldValue? {
        try node.replica.record(agency)?.values["contact_phone"]
    }

    private func code(_ body: () throws -> Void) -> String? { (#expect(throws: NodeError.self) { try body() })?.code }

    /// As another process opens it.
    private func reopened() throws -> LocalNode { try LocalNode(directory: shanghai.directory) }

    @Test func `a key is made once, for its owner's eyes, and everything goes on`() throws {
        #expect(try !shanghai.personalEncryption().isOn)
        try shanghai.encryptPersonal(true)
        let state = try shanghai.personalEncryption()
        #expect(state.isOn && state.keyFile == keyFile && state.isWiped)
        #expect(state.columns.contains("agency.contact_phone") && state.columns.contains("contract.clerk"))
        let key = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        let mode = try FileManager.default.attributesOfItem(atPath: keyFile)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try federation.value("shanghai", "SELECT contact_phone FROM agency").hasPrefix("yrdenc:"))
        #expect(try phone(reopened()) == .text("13800000000"))
        try federation.sql("shanghai", "UPDATE agency SET contact_phone = '13911111111'")
        try federation.settle()
        #expect(try phone(federation["jiangsu"]) == .text("13911111111"))
        try DeskFederation.expectLevel(federation.nodes)

        try shanghai.encryptPersonal(false)
        #expect(try federation.value("shanghai", "SELECT contact_phone FROM agency") == "13911111111")
        #expect(try !shanghai.personalEncryption().isOn)
        try shanghai.encryptPersonal(true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: keyFile)) == key)
    }

    @Test func `a key that is missing, open to others, of another replica or none at all is named`() throws {
        try shanghai.encryptPersonal(true)
        let key = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        func put(_ text: Data, mode: Int = 0o600) throws {
            try text.write(to: URL(fileURLWithPath: keyFile))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keyFile)
        }
        try FileManager.default.removeItem(atPath: keyFile)
        #expect(code { _ = try reopened() } == "personal_key_missing")
        // What is only looked at needs no key.
        #expect(try LocalNode(directory: shanghai.directory, isGlance: true).replica.frontier().rows.count == 1)
        try put(Data("no key".utf8))
        #expect(code { _ = try reopened() } == "personal_key_malformed")
        try put(Data(try RestKey.generate().file))
        #expect(code { _ = try reopened() } == "personal_key_other")
        #expect(code { try reopened().encryptPersonal(false) } == "personal_key_other")
        try put(key, mode: 0o644)
        #expect(code { _ = try reopened() } == "file_open_to_others")
        try put(key)
        #expect(try phone(reopened()) == .text("13800000000"))
    }

    @Test func `node yaml says on which disk the key lies`() throws {
        let place = federation.folder + "/elsewhere.key"
        let file = shanghai.directory.configuration
        let yaml = try String(contentsOfFile: file, encoding: .utf8)
        try (yaml + "personal_key: \(place)\n").write(toFile: file, atomically: true, encoding: .utf8)
        try reopened().encryptPersonal(true)
        #expect(FileManager.default.fileExists(atPath: place))
        #expect(!FileManager.default.fileExists(atPath: keyFile))
        #expect(try phone(reopened()) == .text("13800000000"))
    }

    @Test func `a backup is as encrypted as the replica, and one of earlier days says that it is in the clear`() throws
    {
        let earlier = federation.folder + "/earlier.sqlite"
        _ = try NodeBackup(shanghai).run(to: earlier, madeAt: "2026-11-27T00:00:00Z")
        try shanghai.encryptPersonal(true)
        let later = federation.folder + "/later.sqlite"
        _ = try NodeBackup(shanghai).run(to: later, madeAt: "2026-11-27T00:00:00Z")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: later))
        #expect(bytes.range(of: Data("13800000000".utf8)) == nil)

        #expect(try !NodeRestore(shanghai.directory).run(from: later, stamp: "1").isInTheClear)
        #expect(try phone(reopened()) == .text("13800000000"))
        let key = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        try FileManager.default.removeItem(atPath: keyFile)
        #expect(code { _ = try NodeRestore(shanghai.directory).run(from: later, stamp: "2") } == "personal_key_missing")
        // Without the key what stands can be set aside, and a backup in the clear take its place.
        try federation.sql("shanghai", "UPDATE agency SET contact_phone = '13900000000'")
        let report = try NodeRestore(shanghai.directory).run(from: earlier, stamp: "3")
        #expect(report.isInTheClear && report.pendingSetAside == 1)
        #expect(try phone(reopened()) == .text("13800000000"))
        try key.write(to: URL(fileURLWithPath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        #expect(try !NodeRestore(shanghai.directory).run(from: earlier, stamp: "4").isInTheClear)
        #expect(try reopened().personalEncryption().copies.count == 3)
    }

    // MARK: Attempts to break it

    /// Of two keys made at once one would be gone, and everything under it.
    @Test(arguments: 1...8) func `two who turn it on at once end under one key`(_: Int) throws {
        let nodes = try (1...2).map { _ in try reopened() }
        nonisolated(unsafe) let both = nodes  // Each thread has a node of its own.
        DispatchQueue.concurrentPerform(iterations: 2) { index in try? both[index].encryptPersonal(true) }
        #expect(try reopened().personalEncryption().isOn)
        #expect(try phone(reopened()) == .text("13800000000"))
    }

    @Test func `a link that leads nowhere is not replaced`() throws {
        try FileManager.default.createSymbolicLink(atPath: keyFile, withDestinationPath: "/nowhere/p.key")
        #expect(code { try shanghai.encryptPersonal(true) } == "file_not_regular")
        #expect(try !shanghai.personalEncryption().isOn)
    }

    /// A daemon runs, and `personal_key` is written into node.yaml beside it.
    @Test func `who runs already finds the key where node yaml says now`() throws {
        let daemon = try reopened()
        try daemon.seal()
        let file = shanghai.directory.configuration
        let yaml = try String(contentsOfFile: file, encoding: .utf8)
        try (yaml + "personal_key: keys/other.key\n").write(toFile: file, atomically: true, encoding: .utf8)
        try reopened().encryptPersonal(true)
        try federation.sql("shanghai", "UPDATE agency SET contact_phone = '13911111111'")
        #expect(try daemon.seal().changes == 1)
        #expect(try phone(daemon) == .text("13911111111"))
    }

    @Test func `a reader in the way is said, and the next time it is done`() throws {
        let reader = try ForeignClient(shanghai.directory.replica)
        try reader.run("BEGIN")
        _ = try reader.rows("SELECT count(*) FROM agency")
        let node = try reopened()
        try node.encryptPersonal(true)
        #expect(try !node.personalEncryption().isWiped)
        try reader.run("COMMIT")
        try node.encryptPersonal(true)
        #expect(try node.personalEncryption().isWiped)
    }

    @Test func `what cannot be sealed is encrypted all the same`() throws {
        try shanghai.encryptPersonal(true)
        try federation.sql(
            "shanghai",
            "UPDATE agency SET contact_phone = '13911111111'; UPDATE yrd_record SET state = zeroblob(40)")
        #expect(throws: ReplicaDamage.self) { try shanghai.seal() }
        #expect(try federation.value("shanghai", "SELECT contact_phone FROM agency").hasPrefix("yrdenc:"))
    }

    @Test func `a value that some program cut is named before anything goes back into the clear`() throws {
        try shanghai.encryptPersonal(true)
        try federation.sql("shanghai", "UPDATE agency SET contact_phone = substr(contact_phone, 1, 40)")
        #expect(code { try shanghai.encryptPersonal(false) } == "personal_value_unreadable")
        #expect(try shanghai.personalEncryption().isOn)
        try federation.sql("shanghai", "UPDATE agency SET contact_phone = '13911111111'")
        try shanghai.encryptPersonal(false)
        #expect(try phone(reopened()) == .text("13911111111"))
    }
}
