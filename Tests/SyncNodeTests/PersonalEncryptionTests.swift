// The key of personal values as a file of the node: made once, kept apart, missed in words that say what to do.

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
        #expect(try shanghai.encryptPersonal(true))
        let state = try shanghai.personalEncryption()
        #expect(state.isOn && state.keyFile == keyFile && !state.isBehind)
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

        #expect(try shanghai.encryptPersonal(false))
        #expect(try federation.value("shanghai", "SELECT contact_phone FROM agency") == "13911111111")
        // Backups made meanwhile need the key.
        #expect(try shanghai.personalEncryption().isBehind)
        #expect(try shanghai.encryptPersonal(true))
        #expect(try Data(contentsOf: URL(fileURLWithPath: keyFile)) == key)
    }

    @Test func `a key that is missing, open to others, of another replica or none at all is named`() throws {
        #expect(try shanghai.encryptPersonal(true))
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
        #expect(code { _ = try reopened().encryptPersonal(false) } == "personal_key_other")
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
        #expect(try reopened().encryptPersonal(true))
        #expect(FileManager.default.fileExists(atPath: place))
        #expect(!FileManager.default.fileExists(atPath: keyFile))
        #expect(try phone(reopened()) == .text("13800000000"))
    }

    @Test func `a backup is as encrypted as the replica, and one of earlier days says that it is in the clear`() throws
    {
        let earlier = federation.folder + "/earlier.sqlite"
        _ = try NodeBackup(shanghai).run(to: earlier, madeAt: "2026-11-27T00:00:00Z")
        #expect(try shanghai.encryptPersonal(true))
        let later = federation.folder + "/later.sqlite"
        _ = try NodeBackup(shanghai).run(to: later, madeAt: "2026-11-27T00:00:00Z")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: later))
        #expect(bytes.range(of: Data("13800000000".utf8)) == nil)

        #expect(try !NodeRestore(shanghai.directory).run(from: later, stamp: "1").isInTheClear)
        #expect(try phone(reopened()) == .text("13800000000"))
        let key = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        try FileManager.default.removeItem(atPath: keyFile)
        #expect(code { _ = try NodeRestore(shanghai.directory).run(from: later, stamp: "2") } == "personal_key_missing")
        // Without the key the replica that stands is lost, and one in the clear can take its place.
        #expect(try !NodeRestore(shanghai.directory).run(from: earlier, stamp: "3").isInTheClear)
        try key.write(to: URL(fileURLWithPath: keyFile))
        #expect(try NodeRestore(shanghai.directory).run(from: earlier, stamp: "4").isInTheClear)
        #expect(try phone(reopened()) == .text("13800000000"))
    }
}
