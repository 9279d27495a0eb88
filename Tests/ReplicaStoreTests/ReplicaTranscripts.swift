// What a newcomer should read first: two replicas, plain SQL on both sides, and what each shows at the end.

import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@Suite("Replica transcripts")
struct ReplicaTranscripts {
    private static let agency =
        "INSERT INTO agency (agency_id, name, level, contact_person) "
        + "VALUES ('31-TTA-000001', '上海技术转移中心', 'national', '王伟');"

    @Test func `a row written by the sqlite3 shell reaches the other replica`() throws {
        let federation = try TestFederation()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.sql(Self.agency)
        #expect(try shanghai.seal().changes == 1)
        try federation.settle()
        #expect(
            try jiangsu.sql("SELECT name, level, contact_person FROM agency") == "上海技术转移中心|national|王伟")
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `edits of different units made apart both stay`() throws {
        let federation = try TestFederation()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        try shanghai.sql(Self.agency)
        try federation.settle()
        try shanghai.sql("UPDATE agency SET level = 'provincial'")
        try jiangsu.sql("UPDATE agency SET website = 'https://tt.example.cn'")
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.sql("SELECT level, website FROM agency") == "provincial|https://tt.example.cn")
        }
        #expect(try shanghai.digest() == jiangsu.digest())
    }

    @Test func `edits of one unit made apart become one conflict that a third closes`() throws {
        let federation = try TestFederation(["shanghai", "jiangsu", "zhejiang"])
        let (shanghai, jiangsu, zhejiang) = (federation["shanghai"], federation["jiangsu"], federation["zhejiang"])
        try shanghai.sql(Self.agency)
        try federation.settle()
        try shanghai.sql("UPDATE agency SET website = 'https://a.example.cn'")
        try jiangsu.sql("UPDATE agency SET website = 'https://b.example.cn'")
        try federation.settle()
        let conflicts = try federation.nodes.map { try $0.replica.openConflicts() }
        #expect(Set(conflicts.map { $0.map(\.id) }).count == 1)
        let report = try #require(conflicts[2].first)
        #expect(conflicts[2].count == 1)
        #expect(report.conflict.sides.count == 2)
        // The home's value is shown while the conflict is open, everywhere.
        for node in federation.nodes { #expect(try node.sql("SELECT website FROM agency") == "https://a.example.cn") }

        let jiangsuSide = try #require(report.conflict.sides.first { $0.stamp.market == jiangsu.market })
        try zhejiang.replica.resolve(
            conflict: report.id, of: report.conflict.record, .take(jiangsuSide.stamp.id), reason: "电话核实",
            author: "李敏", zhejiang.signer)
        try federation.settle()
        for node in federation.nodes {
            #expect(try node.replica.openConflicts().isEmpty)
            #expect(try node.sql("SELECT website FROM agency") == "https://b.example.cn")
        }
        #expect(Set(try federation.nodes.map { try $0.digest() }).count == 1)
    }
}
