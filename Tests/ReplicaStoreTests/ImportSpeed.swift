// How an import stands beside plain inserts of the same rows; run by hand, in release: YRD_MEASURE=250000.

import ForeignSQL
import Foundation
import ReplicaStore
import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Import speed", .enabled(if: ProcessInfo.processInfo.environment["YRD_MEASURE"] != nil))
struct ImportSpeed {
    @Test func `an import reaches three tenths of plain inserts`() throws {
        let count = Int(ProcessInfo.processInfo.environment["YRD_MEASURE"] ?? "") ?? 20_000
        let federation = try TestFederation(["shanghai"])
        let shanghai = federation["shanghai"]
        let type = federation.catalog.recordType(named: "contract")!
        let columns = [
            "project_name", "category", "seller_name", "seller_region", "buyer_name", "buyer_region",
            "total_amount_fen",
            "technology_amount_fen", "payment_mode", "signed_on", "registered_on", "technology_field", "status",
            "remark",
            "clerk", "contact_phone",
        ]
        func code(_ list: String) -> FieldValue { .text(Text(federation.catalog.codeLists[list]!.entries[0].slug)) }
        func row(_ index: Int) -> ImportedRow {
            ImportedRow(
                line: index + 2, key: Text("202331\(String(10_000_000_000 + index).dropFirst())"),
                fields: [
                    .text(Text("高精度传感器关键技术研究与系统开发 \(index)")), code("category"), .text("上海浦江科技有限公司"), .text("310115"),
                    .text("江苏恒瑞智能装备股份有限公司"), .text("320505"), .integer(Int64(index) * 100), .integer(Int64(index) * 90),
                    code("payment_mode"), .text("2023-03-01"), .text("2023-03-09"), code("technology_field"),
                    code("contract_status"), .null, .text("李敏"), .text("021-62000000"),
                ], columns: columns, warnings: [])
        }
        let rows = (0..<count).map(row)
        let clock = ContinuousClock()

        let plainPath = federation.folder + "/plain.sqlite"
        _ = FileManager.default.createFile(atPath: plainPath, contents: nil)
        let plain = try ForeignClient(plainPath)
        try plain.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        let shared = columns.filter { !["clerk", "contact_phone"].contains($0) }
        try plain.run(
            "CREATE TABLE contract (registration_no TEXT NOT NULL PRIMARY KEY, \(shared.joined(separator: ", ")))")
        let floor = try clock.measure {
            try plain.insert(
                rows.map { [.text($0.key)] + $0.fields.prefix(shared.count) }, into: "contract", each: 1_000)
        }
        func imported() throws -> (Duration, RegisterImport.Totals) {
            let register = try RegisterImport(
                path: shanghai.path, source: "a.csv", type: type, catalogVersion: federation.catalog.version,
                environment: shanghai.clock.environment,
                isStrict: false, isDryRun: false)
            var totals = RegisterImport.Totals()
            let time = try clock.measure {
                for row in rows { _ = try register.take(row) }
                totals = try register.finish()
            }
            return (time, totals)
        }
        let (first, totals) = try imported()
        #expect(totals == .init(created: count))
        let (second, again) = try imported()
        #expect(again == .init(unchanged: count))
        print("MEASURED plain \(floor) import \(first) ratio \(floor / first) again \(second) ratio \(floor / second)")
        let sealing = try clock.measure { _ = try shanghai.seal() }
        print("MEASURED sealing \(sealing) import and sealing ratio \(floor / (first + sealing))")
        #expect(floor / first >= 0.3)
    }
}
