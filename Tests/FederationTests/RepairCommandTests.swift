// An insider with `sqlite3`: found, named, and put back by one command.

import ForeignPrograms
import Foundation
import Testing

@Suite("Tampering with the file", .serialized)  // Each test runs several processes; the machine has two cores.
struct RepairCommandTests {
    @Test func `what an insider altered is named and restored, and what the peers hold is the same again`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        for node in federation.nodes { try node.start() }
        try shanghai.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', 'a'), ('31-TTA-000002', 'b');")
        try federation.settle()
        // A daemon would seal what follows as a write of this market.
        let busy = try shanghai.yrdsync("verify", "--repair", "--json", "--lang", "en")
        #expect(busy.status == 1 && busy.error?["code"] as? String == "serving")
        shanghai.stop()
        try shanghai.sql(
            """
            DROP TRIGGER yrd_agency_update; UPDATE agency SET name = 'forged' WHERE agency_id = '31-TTA-000002';
            CREATE TRIGGER backdoor AFTER INSERT ON agency BEGIN DELETE FROM yrd_pending; END;
            """)
        let found = try shanghai.yrdsync("verify", "--json")
        #expect(found.status == 3)
        #expect(found.lines.map { $0["code"] as? String } == ["trigger_altered", "schema_altered", "row_altered"])
        #expect(found.lines.last?["type"] as? String == "agency")
        #expect(found.lines.last?["key"] as? String == "31-TTA-000002")
        let repaired = try shanghai.yrdsync("verify", "--repair", "--json")
        #expect(repaired.status == 0, "\(repaired.errors)")
        #expect(repaired.lines.map { $0["repaired"] as? Bool } == [true, true, true])
        #expect(try shanghai.yrdsync("verify", "--deep").status == 0)
        #expect(try shanghai.sql("SELECT name FROM agency ORDER BY agency_id") == "a\nb")
        #expect(try shanghai.sql("SELECT detail FROM yrd_finding WHERE key = '31-TTA-000002'").contains("666F72676564"))
        try shanghai.start()
        try shanghai.sql("UPDATE agency SET name = 'honest' WHERE agency_id = '31-TTA-000001';")
        try federation.settle()
        #expect(try jiangsu.sql("SELECT name FROM agency ORDER BY agency_id") == "honest\nb")
        #expect(try shanghai.digest() == jiangsu.digest())
        // A log that was cut is no ground to stand on.
        shanghai.stop()
        try shanghai.sql("DELETE FROM yrd_entry WHERE number = (SELECT max(number) FROM yrd_entry);")
        let refused = try shanghai.yrdsync("verify", "--repair", "--json")
        #expect(refused.status == 1 && refused.error?["code"] as? String == "log_damaged")
    }
}
