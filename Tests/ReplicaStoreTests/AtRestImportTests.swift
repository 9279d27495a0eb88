// Columns that never leave the node, and what an import remembers.

import ForeignSQL
import Foundation
import MarketCatalog
import SyncCore
import Testing

@testable import PeerTrust
@testable import ReplicaStore

@Suite("Imports into an encrypted replica")
struct AtRestImportTests {
    private let federation: TestFederation
    private var node: TestNode { federation["shanghai"] }

    init() throws { federation = try TestFederation() }

    /// Columns that never leave the node lie in a table that nobody captures.
    @Test func `home columns and what an import remembers are encrypted, and the same file again changes nothing`()
        throws
    {
        let csv = try Self.contract(clerk: "secret-clerk", phone: "secret-phone")
        try Self.importing(csv, into: node)
        try node.seal()
        let record = RecordID(type: "contract", key: Self.key)
        let local = try node.replica.localValues(of: record)
        #expect(local["clerk"] == .text("secret-clerk"))
        #expect(try node.bytesOnDisk().range(of: Data("secret-clerk".utf8)) != nil)

        try node.replica.changeRestKey(to: federation.clock.cipher)
        #expect(try node.replica.wipeFreePages())
        try node.expectHidden(["secret-clerk", "secret-phone"])
        #expect(try node.replica.localValues(of: record) == local)
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        #expect(try node.seal() == SealReport())
        let changed = try Self.contract(clerk: "secret-other", phone: "secret-phone")
        #expect(try Self.importing(changed, into: node) == .init(updated: 1))
        #expect(try node.replica.localValues(of: record)["clerk"] == .text("secret-other"))
        // One image is altered: said, and no reason not to go on.
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = '\(Self.key)'")
        #expect(try node.findings(in: federation).map(\.code) == ["import_memory_unreadable"])
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        let third = try Self.contract(clerk: "secret-third", phone: "secret-phone")
        #expect(try Self.importing(third, into: node) == .init(updated: 1))
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = '\(Self.key)'")
        try node.client.run("UPDATE contract_home SET contact_phone = 'secret-direct'")
        try node.seal()
        #expect(try node.replica.localValues(of: record)["contact_phone"] == .text("secret-direct"))
        try node.expectHidden(["secret-other", "secret-direct"])
        try node.replica.changeRestKey(to: nil)
        #expect(try node.replica.findings().map(\.code) == ["import_memory_lost"])
        // Who has deleted the record meanwhile does not get it back; what the source says from then on counts.
        try node.client.run("DELETE FROM contract")
        try node.seal()
        #expect(try Self.importing(third, into: node) == .init(unchanged: 1))
        #expect(try node.client.value("SELECT count(*) FROM contract") == "0")
        #expect(try Self.importing(csv, into: node) == .init(updated: 1))
    }

    /// Without the names of its columns nothing that a source has said can be read.
    @Test func `a source whose columns are lost begins with what it says next`() throws {
        let csv = try Self.contract(clerk: "a", phone: "b")
        try Self.importing(csv, into: node)
        try node.seal()
        try node.client.run("UPDATE contract SET project_name = '本地更正'")
        try node.seal()
        try node.encryptAtRest()
        try node.client.run("UPDATE yrd_import SET image = zeroblob(64) WHERE key = ''")
        #expect(throws: ReplicaDamage.self) { try Self.importing(csv, into: node) }
        try node.replica.changeRestKey(to: nil)
        #expect(try Self.importing(csv, into: node) == .init(unchanged: 1))
        #expect(try node.client.value("SELECT project_name FROM contract") == "本地更正")
    }

    /// New records, which in the clear would pass the guards by.
    @Test func `into an encrypted replica new records go by the guards, and what their source said lies encrypted`()
        throws
    {
        try node.encryptAtRest()
        #expect(
            try Self.importing(Self.contract(clerk: "密甲乙丙", phone: "021-88887777"), into: node) == .init(created: 1))
        try node.replica.encryptClearValues()
        try node.seal()
        #expect(try node.replica.wipeFreePages())
        try node.expectHidden(["密甲乙丙", "021-88887777"])

        let ciphertext = try node.client.value("SELECT clerk FROM contract_home")
        let copied = "合同登记号,合同名称\n2023310115000043,\(ciphertext)\n"
        #expect(try Self.importing(copied, into: node) == .init(refused: 1))
    }

    private static let key: Text = "2023310115000042"

    private static func contract(clerk: String, phone: String) throws -> String {
        "合同登记号,合同名称,经办人,联系电话\n\(key),甲,\(clerk),\(phone)\n"
    }

    @discardableResult
    private static func importing(_ csv: String, into node: TestNode) throws -> RegisterImport.Totals {
        let type = try #require(node.replica.catalog.recordType(named: "contract"))
        let reader = try RegisterReader(
            bytes: Array(csv.utf8), recordType: type, catalog: node.replica.catalog, market: node.market)
        let register = try RegisterImport(
            path: node.path, source: "a.csv", type: type, catalogVersion: node.replica.catalog.version,
            environment: node.clock.environment, isStrict: false,
            isDryRun: false)
        for row in reader {
            guard case .row(let row) = row else {
                Issue.record("\(row)")
                continue
            }
            _ = try register.take(row)
        }
        return try register.finish()
    }
}
