// Somebody carries a disk away: what he reads of personal columns in a replica's file, with a daemon at work beside it.

import ForeignPrograms
import Foundation
import Testing

@Suite("A stolen disk", .serialized)  // Each test runs several processes; the machine has two cores.
struct StolenDiskTests {
    private let federation: Federation
    private var shanghai: NodeProcess { federation["shanghai"] }
    private var jiangsu: NodeProcess { federation["jiangsu"] }
    private static let phones = (1...4).map { "1380000000\($0)" }

    init() throws {
        federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
    }

    private func insert(_ number: Int) -> String {
        "INSERT INTO agency (agency_id, name, contact_phone) "
            + "VALUES ('31-TTA-00000\(number)', 'a', '\(Self.phones[number - 1])')"
    }

    /// Which of the numbers stand anywhere in the node's folder but in its backups and keys.
    private func legible() throws -> [String] {
        try shanghai.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        let bytes = ["", "-wal"].map {
            FileManager.default.contents(atPath: shanghai.replica + $0) ?? Data()
        }.reduce(Data(), +)
        return Self.phones.filter { bytes.range(of: Data($0.utf8)) != nil }
    }

    @Test func `without the key he reads no telephone number, whatever was written before and since`() throws {
        try shanghai.start()
        try jiangsu.start()
        try shanghai.sql(insert(1) + ";" + insert(2))
        try federation.settle()
        #expect(try legible() == Array(Self.phones.prefix(2)))
        let on = try shanghai.yrdsync("keys", "personal", "on", "--json")
        #expect(on.status == 0, "\(on.errors)")
        #expect(on.lines.first?["encrypted"] as? Bool == true)
        #expect(try legible() == [])
        // The daemon follows by itself.
        try shanghai.sql(insert(3))
        try jiangsu.sql("UPDATE agency SET contact_phone = '\(Self.phones[3])' WHERE agency_id = '31-TTA-000001'")
        try federation.settle()
        #expect(try legible() == [])
        #expect(
            try jiangsu.sql("SELECT contact_phone FROM agency ORDER BY agency_id")
                == "13800000004\n13800000002\n13800000003")
        #expect(try shanghai.sql("SELECT min(contact_phone GLOB 'yrdenc:*') FROM agency") == "1")
        #expect(try shanghai.digest() == jiangsu.digest())
        #expect(try shanghai.yrdsync("verify", "--deep").status == 0)
        let acts = try shanghai.yrdsync("audit", "list", "--json").lines.compactMap { $0["command"] as? String }
        #expect(acts.contains("keys personal"))
        let shown = try shanghai.yrdsync("records", "get", "agency", "31-TTA-000001", "--reveal", "test").output
        #expect(shown.contains("13800000004"))

        // With the key on another disk, nothing starts here.
        shanghai.stop()
        try FileManager.default.moveItem(
            atPath: shanghai.path + "/keys/personal.key", toPath: federation.folder + "/key")
        let refused = try shanghai.yrdsync("records", "list", "agency", "--json")
        #expect(refused.error?["code"] as? String == "personal_key_missing")
        #expect(try shanghai.yrdsync("status", "--json").error?["code"] as? String == "personal_key_missing")
        try FileManager.default.moveItem(
            atPath: federation.folder + "/key", toPath: shanghai.path + "/keys/personal.key")
        #expect(try shanghai.yrdsync("keys", "personal", "off").output.contains("13800") == false)
        #expect(try legible().count == 3)
    }

    /// As README types it.
    @Test func `a node's folder may be given from where one stands`() throws {
        let on = try Programs.run(
            "/bin/sh", ["-c", "cd '\(federation.folder)' && '\(Programs.yrdsync)' -C shanghai keys personal on"])
        #expect(on.status == 0, "\(on.errors)")
        #expect(FileManager.default.fileExists(atPath: shanghai.path + "/keys/personal.key"))
        #expect(try shanghai.yrdsync("verify").status == 0)
    }
}
