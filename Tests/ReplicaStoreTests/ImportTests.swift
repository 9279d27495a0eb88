// Import writes as a local client does, and only what the source itself has changed.

import ForeignSQL
import Foundation
import MarketCatalog
import ReplicaStore
import SyncCore
import Testing

@Suite("Import into the replica")
struct ImportTests {
    private let federation: TestFederation
    private var shanghai: TestNode { federation["shanghai"] }
    private var jiangsu: TestNode { federation["jiangsu"] }

    init() throws { federation = try TestFederation() }

    private static let header = "机构编号,机构名称,级别,服务类型,技术经理人数,联系人,网址,备注\n"

    private func agencies(_ rows: String...) -> String { Self.header + rows.map { $0 + "\n" }.joined() }

    @discardableResult
    private func importing(
        _ csv: String, into node: TestNode? = nil, type: String = "agency", source: String = "agencies.csv",
        isStrict: Bool = false, isDryRun: Bool = false
    ) throws -> (totals: RegisterImport.Totals, refusals: [RowRefusal]) {
        let node = node ?? shanghai
        let recordType = federation.catalog.recordType(named: type)!
        let reader = try RegisterReader(
            bytes: Array(csv.utf8), recordType: recordType, catalog: federation.catalog, market: node.market)
        let register = try RegisterImport(
            path: node.path, source: source, type: recordType, catalogVersion: federation.catalog.version,
            environment: node.clock.environment,
            isStrict: isStrict, isDryRun: isDryRun)
        var refusals: [RowRefusal] = []
        for row in reader {
            switch row {
            case .refused(let refusal):
                refusals.append(refusal)
                register.countRefusal()
            case .row(let row):
                if case .refused(let refusal) = try register.take(row) { refusals.append(refusal) }
            }
        }
        return (try register.finish(), refusals)
    }

    @Test func `an imported register is captured, sealed and travels`() throws {
        let csv = agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,", "31-TTA-000002,乙,,,,,,")
        #expect(try importing(csv).totals == .init(created: 2))
        #expect(try shanghai.seal().changes == 2)
        try federation.settle()
        #expect(try jiangsu.sql("SELECT name, brokers FROM agency ORDER BY 1") == "乙|\n甲|12")
    }

    @Test func `the same file again changes nothing and seals nothing`() throws {
        let csv = agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,")
        try importing(csv)
        try shanghai.seal()
        #expect(try importing(csv).totals == .init(unchanged: 1))
        #expect(try shanghai.seal() == SealReport())
    }

    @Test func `another market's edit survives a nightly import that did not touch that column`() throws {
        try importing(agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,"))
        try federation.settle()
        try jiangsu.sql("UPDATE agency SET website = 'https://b.cn', brokers = 20")
        try federation.settle()
        #expect(try importing(agencies("31-TTA-000001,甲,provincial,,12,王伟,https://a.cn,")).totals == .init(updated: 1))
        #expect(try shanghai.sql("SELECT level, website, brokers FROM agency") == "provincial|https://b.cn|20")
    }

    @Test func `what the source changes is written even over another market's edit`() throws {
        try importing(agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,"))
        try federation.settle()
        try jiangsu.sql("UPDATE agency SET website = 'https://b.cn'")
        try federation.settle()
        try importing(agencies("31-TTA-000001,甲,national,,12,王伟,https://c.cn,"))
        #expect(try shanghai.sql("SELECT website FROM agency") == "https://c.cn")
    }

    @Test func `a record deleted here stays deleted until the source says something new of it`() throws {
        let csv = agencies("31-TTA-000001,甲,national,,12,王伟,,")
        try importing(csv)
        try shanghai.seal()
        try shanghai.sql("DELETE FROM agency")
        #expect(try importing(csv).totals == .init(unchanged: 1))
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "0")
        #expect(try importing(agencies("31-TTA-000001,甲,provincial,,12,王伟,,")).totals == .init(created: 1))
        #expect(try shanghai.sql("SELECT name, level FROM agency") == "甲|provincial")
    }

    @Test func `two sources keep their own images`() throws {
        try importing(agencies("31-TTA-000001,甲,national,,12,王伟,,"))
        let other = agencies("31-TTA-000001,甲,provincial,,12,王伟,,")
        #expect(try importing(other, source: "other.csv").totals == .init(updated: 1))
        #expect(try importing(other, source: "other.csv").totals == .init(unchanged: 1))
        #expect(try importing(agencies("31-TTA-000001,甲,national,,12,王伟,,")).totals == .init(unchanged: 1))
        #expect(try shanghai.sql("SELECT level FROM agency") == "provincial")
    }

    @Test func `a file with fewer columns changes only those`() throws {
        try importing(agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,备注一"))
        #expect(try importing("机构编号,机构名称\n31-TTA-000001,甲二\n").totals == .init(updated: 1))
        #expect(try shanghai.sql("SELECT name, level, remark FROM agency") == "甲二|national|备注一")
        // And the columns it left out are remembered: the full file changes only the name back.
        let full = agencies("31-TTA-000001,甲,national,,12,王伟,https://a.cn,备注一")
        try shanghai.sql("UPDATE agency SET level = 'provincial'")
        #expect(try importing(full).totals == .init(updated: 1))
        #expect(try shanghai.sql("SELECT name, level FROM agency") == "甲|provincial")
    }

    @Test func `sets are compared as sets`() throws {
        try importing(agencies("31-TTA-000001,甲,,技术咨询,,,,"))
        let first = try shanghai.sql("SELECT services FROM agency")
        #expect(first.hasPrefix("[\""))
        try shanghai.sql("UPDATE agency SET services = ' ' || services || ' '")
        #expect(try importing(agencies("31-TTA-000001,甲,,技术咨询,,,,"), source: "b.csv").totals == .init(unchanged: 1))
    }

    @Test func `a guard's refusal names line, column and reason, and the others go in`() throws {
        try importing("合同登记编号,项目名称,技术交易额(元)\n2023310115000042,甲,90\n", type: "contract")
        // The reader sees one amount only; the guard sees both.
        let result = try importing(
            "合同登记编号,项目名称,合同成交金额(元)\n2023310115000042,甲,50\n2023310115000043,乙,50\n",
            type: "contract", source: "totals.csv")
        #expect(result.totals == .init(created: 1, refused: 1))
        let refusal = try #require(result.refusals.first)
        #expect(refusal.line == 2)
        #expect(refusal.code == "amounts_out_of_order")
        #expect(refusal.reason.zh.hasPrefix("技术交易额不能大于"))
        #expect(refusal.reason.en.hasPrefix("the technology amount"))
        #expect(try shanghai.sql("SELECT total_amount_fen FROM contract WHERE project_name = '甲'") == "")
    }

    @Test func `a foreign trigger's refusal is reported in its own words`() throws {
        try shanghai.sql(
            "CREATE TRIGGER registry_rule BEFORE INSERT ON agency BEGIN SELECT RAISE(ABORT, 'not on Sundays'); END")
        let result = try importing(agencies("31-TTA-000001,甲,,,,,,"))
        #expect(result.refusals.map(\.code) == ["refused_by_rule"])
        #expect(result.refusals.map(\.reason.en) == ["not on Sundays"])
    }

    @Test func `a refused row is tried again by the next run`() throws {
        try shanghai.sql(
            "CREATE TRIGGER registry_rule BEFORE INSERT ON agency BEGIN SELECT RAISE(ABORT, 'not on Sundays'); END")
        let csv = agencies("31-TTA-000001,甲,,,,,,")
        #expect(try importing(csv).totals == .init(refused: 1))
        try shanghai.sql("DROP TRIGGER registry_rule")
        #expect(try importing(csv).totals == .init(created: 1))
    }

    @Test func `a strict import with one refused row writes nothing at all`() throws {
        let rows = (1...1_500).map { "31-TTA-\(String(1_000_000 + $0).dropFirst()),甲\($0),,,,,," }
        let csv = Self.header + rows.joined(separator: "\n") + "\n31-TTA-999999,,,,,,,\n"
        let result = try importing(csv, isStrict: true)
        #expect(result.totals == .init(refused: 1))
        #expect(try shanghai.sql("SELECT (SELECT count(*) FROM agency), (SELECT count(*) FROM yrd_import)") == "0|0")
        #expect(
            try importing(Self.header + rows.joined(separator: "\n"), isStrict: true).totals == .init(created: 1_500))
    }

    @Test func `a dry run says what would be and keeps nothing`() throws {
        let csv = agencies("31-TTA-000001,甲,,,,,,", "31-TTA-000002,乙,,,,,,")
        #expect(try importing(csv, isDryRun: true).totals == .init(created: 2))
        #expect(
            try shanghai.sql(
                "SELECT (SELECT count(*) FROM agency), (SELECT count(*) FROM yrd_import), (SELECT count(*) FROM yrd_pending)"
            )
                == "0|0|0")
    }

    @Test func `an import that is dropped keeps only what was committed`() throws {
        let type = federation.catalog.recordType(named: "agency")!
        let committed = RegisterImport.rowsPerTransaction
        let csv =
            Self.header + (1...committed + 10).map { "31-TTA-\(String(1_000_000 + $0).dropFirst()),甲,,,,,,\n" }.joined()
        let reader = try RegisterReader(
            bytes: Array(csv.utf8), recordType: type, catalog: federation.catalog, market: shanghai.market)
        do {
            let register = try RegisterImport(
                path: shanghai.path, source: "a.csv", type: type, catalogVersion: federation.catalog.version,
                environment: shanghai.clock.environment,
                isStrict: false, isDryRun: false)
            for case .row(let row) in reader { _ = try register.take(row) }
        }
        #expect(try shanghai.sql("SELECT count(*) FROM agency") == "\(committed)")
        #expect(try importing(csv, source: "a.csv").totals == .init(created: 10, unchanged: committed))
    }

    /// Pages get into the file by a checkpoint alone, and this log is too short for a commit to write it back.
    @Test func `what a long import commits is written back beside it`() throws {
        let file = shanghai.path
        func bytes() throws -> Int { try #require(FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) }
        let before = try bytes()
        try importing(Self.oneTransaction(from: 1))
        let wal = try #require(FileManager.default.attributesOfItem(atPath: file + "-wal")[.size] as? Int)
        #expect(wal < 1_000 * 4_096)
        #expect(try bytes() > before)
    }

    @Test func `when an import is over, nothing of it is under way`() throws {
        let before = try shanghai.openCount()
        for turn in 0..<5 {
            try importing(Self.oneTransaction(from: turn * RegisterImport.rowsPerTransaction))
            #expect(try shanghai.openCount() == before)
        }
    }

    private static func oneTransaction(from number: Int) -> String {
        header
            + (0..<RegisterImport.rowsPerTransaction).map {
                "31-TTA-\(String(1_000_000 + number + $0).dropFirst()),甲,,,,,,\n"
            }.joined()
    }

    @Test func `columns that never leave the node go beside the record and survive it`() throws {
        let header = "合同登记编号,项目名称,登记员,联系人,联系电话\n"
        try importing(header + "2023310115000042,甲,李敏,王伟,021-1\n", type: "contract")
        #expect(try shanghai.sql("SELECT clerk, contact_phone FROM contract_home") == "李敏|021-1")
        // Only such a column changed: nothing to seal.
        try shanghai.seal()
        #expect(
            try importing(header + "2023310115000042,甲,李敏,王伟,021-2\n", type: "contract").totals
                == .init(updated: 1))
        #expect(try shanghai.seal() == SealReport())
        #expect(try shanghai.sql("SELECT contact_phone FROM contract_view") == "021-2")
        try shanghai.sql("DELETE FROM contract")
        try federation.settle()
        #expect(try shanghai.sql("SELECT contact_phone FROM contract_home") == "021-2")
        for node in federation.nodes {
            try node.replica.forEachLogItem { item in
                let bytes = String(decoding: item.stored.entry.ops, as: UTF8.self)
                #expect(!bytes.contains("李敏") && !bytes.contains("021-"))
            }
        }
    }

    @Test func `a busy database refuses the import cleanly`() throws {
        let type = federation.catalog.recordType(named: "agency")!
        let reader = try RegisterReader(
            bytes: Array(agencies("31-TTA-000001,甲,,,,,,").utf8), recordType: type, catalog: federation.catalog,
            market: shanghai.market)
        let other = try ForeignClient(shanghai.path)
        try other.run("BEGIN IMMEDIATE")
        let register = try RegisterImport(
            path: shanghai.path, source: "a.csv", type: type, catalogVersion: federation.catalog.version,
            environment: shanghai.clock.environment,
            isStrict: false, isDryRun: false, busySeconds: 0.2)
        for case .row(let row) in reader {
            let error = #expect(throws: SQLiteError.self) { try register.take(row) }
            #expect(error?.isBusy == true)
        }
        try other.run("ROLLBACK")
        // The same import goes on once the other client is done.
        for case .row(let row) in reader { #expect(try register.take(row) == .created) }
        #expect(try register.finish() == .init(created: 1))
    }
}
