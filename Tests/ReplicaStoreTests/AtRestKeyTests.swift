// The key that a file names: followed by whoever has it open, missed, damaged.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore
import Testing

@testable import PeerTrust
@testable import ReplicaStore

@Suite("Key of an encrypted replica")
struct AtRestKeyTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }

    init() throws {
        federation = try TestFederation.ofTwoItems()
    }

    @Test func `whoever has the file open follows`() throws {
        let daemon = try SQLiteReplica(path: shanghai.path, environment: federation.clock.environment)
        _ = try daemon.seal(shanghai.signer)
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE item SET note = 'secret-meanwhile' WHERE item_no = '31-0001'")
        #expect(try daemon.seal(shanghai.signer).changes == 1)
        #expect(try daemon.record(RecordID(type: "item", key: "31-0001"))?.values["note"] == .text("secret-meanwhile"))
        try shanghai.expectHidden(["secret-meanwhile"])
        try shanghai.replica.changeRestKey(to: nil)
        #expect(try daemon.record(RecordID(type: "item", key: "31-0001"))?.values["note"] == .text("secret-meanwhile"))
        #expect(try daemon.seal(shanghai.signer) == SealReport())
    }

    /// Nothing is read as something else, and nothing is written.
    @Test func `without the key nothing goes`() throws {
        try shanghai.encryptAtRest()
        let keyless = ReplicaEnvironment(
            hashing: OpenSSLHashing.hashing, wallMilliseconds: { 1 }, enrolledKeyID: KeyProof.enrolledKeyID)
        #expect(throws: RestKeyUnknown(id: federation.clock.cipher.keyID)) {
            try SQLiteReplica(path: shanghai.path, environment: keyless)
        }
        let glance = try SQLiteReplica(path: shanghai.path, environment: keyless, isGlance: true)
        #expect(try glance.frontier() == shanghai.replica.frontier())
        #expect(throws: RestKeyUnknown(id: federation.clock.cipher.keyID)) { try glance.seal(shanghai.signer) }
    }

    /// Software from before knows of no key: what it has signed and left in the clear is still the entry's.
    @Test func `a payload in the clear among encrypted ones is read, and encrypted with the rest`() throws {
        let payload = try shanghai.client.value("SELECT hex(payload) FROM yrd_entry WHERE number = 1")
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE yrd_entry SET payload = x'\(payload)' WHERE number = 1")
        try federation.expectAgreement()
        try shanghai.replica.changeRestKey(to: nil)
        #expect(try shanghai.client.value("SELECT hex(payload) FROM yrd_entry WHERE number = 1") == payload)
    }

    @Test func `a key that the file names in no known form stops everything`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE yrd_meta SET value = x'00' WHERE name = 'rest_key'")
        #expect(throws: ReplicaDamage.unreadable(table: "yrd_meta", row: "rest_key")) { try shanghai.seal() }
    }

    @Test func `an index that somebody dropped is made again`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run("DROP INDEX yrd_clear_item")
        try shanghai.seal()
        #expect(try shanghai.client.value("SELECT count(*) FROM sqlite_schema WHERE name = 'yrd_clear_item'") == "1")
        #expect(try shanghai.replica.findings() == [])
    }

    @Test func `an altered entry cannot be decrypted, and is named`() throws {
        try shanghai.encryptAtRest()
        try shanghai.client.run("UPDATE yrd_entry SET payload = zeroblob(100) WHERE number = 1")
        #expect(try shanghai.findings(in: federation).map(\.code).contains("entry_unreadable"))
        #expect(throws: (any Error).self) { try shanghai.replica.changeRestKey(to: nil) }
        #expect(try shanghai.replica.restKeyID() == federation.clock.cipher.keyID)
    }
}
