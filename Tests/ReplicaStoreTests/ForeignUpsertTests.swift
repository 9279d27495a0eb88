// Writes to another market's record that SQL spells as inserts: what they become decides, not how they begin.

import ForeignSQL
import ReplicaStore
import SyncCore
import Testing

@Suite("Upserts of another market's record")
struct ForeignUpsertTests {
    private static func federation() throws -> TestFederation {
        let federation = try TestFederation()
        try federation["shanghai"].sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', 'n');")
        try federation.settle()
        return federation
    }

    @Test func `an upsert that updates a unit any market may write is taken`() throws {
        let federation = try Self.federation()
        let jiangsu = federation["jiangsu"]
        try jiangsu.sql(
            """
            INSERT INTO agency (agency_id, remark) VALUES ('31-TTA-000001', 'r')
            ON CONFLICT (agency_id) DO UPDATE SET remark = excluded.remark;
            """)
        #expect(try jiangsu.seal().changes == 1)
        try federation.settle()
        #expect(try federation["shanghai"].sql("SELECT name, remark FROM agency") == "n|r")
    }

    @Test func `an insert that is ignored is nothing`() throws {
        let federation = try Self.federation()
        try federation["jiangsu"].sql("INSERT OR IGNORE INTO agency (agency_id, name) VALUES ('31-TTA-000001', 'x');")
        #expect(try federation["jiangsu"].seal().changes == 0)
    }

    @Test(arguments: [
        "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', 'x');",
        "INSERT OR REPLACE INTO agency (agency_id, name) VALUES ('31-TTA-000001', 'x');",
        "INSERT INTO agency (agency_id) VALUES ('31-TTA-000001') ON CONFLICT (agency_id) DO UPDATE SET name = 'x';",
    ])
    func `what would write the register of another market is refused, naming it`(_ sql: String) throws {
        let federation = try Self.federation()
        let complaint = #expect(throws: SQLComplaint.self) { try federation["jiangsu"].sql(sql) }
        #expect(complaint?.description.contains("shanghai") == true)
        #expect(try federation["jiangsu"].sql("SELECT agency_id, name FROM agency") == "31-TTA-000001|n")
    }

    @Test func `a key that hides a NUL is refused`() throws {
        let federation = try Self.federation()
        #expect(throws: SQLComplaint.self) {
            try federation["shanghai"].sql(
                "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000003' || char(0) || 'x', 'n');")
        }
    }
}
