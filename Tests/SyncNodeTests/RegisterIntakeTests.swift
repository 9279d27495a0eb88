// Registers on their way in: good rows are sealed, bad ones are named, a refused file leaves nothing.

import Foundation
import MarketCatalog
import ReplicaStore
import SyncNode
import Testing

@Suite("Register intake")
struct RegisterIntakeTests {
    let federation: DeskFederation

    init() throws {
        federation = try DeskFederation("shanghai")
    }

    private static let header = "机构编号,机构名称,行政区划代码"
    private static let good = ["31-TTA-000001,上海一号,310115", "31-TTA-000002,上海二号,310104"]
    private static let foreign = "32-TTA-000001,江苏一号,320100"

    private func run(
        _ rows: [String], isStrict: Bool = false, isDryRun: Bool = false
    ) throws -> (IntakeReport, [RowRefusal]) {
        let path = federation.folder + "/agencies.csv"
        try (([Self.header] + rows).joined(separator: "\r\n") + "\r\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        let node = federation["shanghai"]
        let intake = RegisterIntake(
            type: node.catalog.recordType(named: "agency")!, path: path, source: nil, encoding: .auto,
            isStrict: isStrict, isDryRun: isDryRun)
        var refused: [RowRefusal] = []
        let report = try intake.run(
            on: node,
            RegisterIntake.Listener(
                refused: { refused.append($0) }, warned: { _ in }, progress: { _, _ in }, sealing: {}))
        return (report, refused)
    }

    private var sealedSequence: UInt64 { get throws { try federation["shanghai"].replica.ownHead().sequence } }

    @Test func `good rows go in and are sealed at once, a bad one is named`() throws {
        let (report, refused) = try run(Self.good + [Self.foreign])
        #expect(report.read == 3)
        #expect(report.totals == RegisterImport.Totals(created: 2, refused: 1))
        #expect(refused.map(\.line) == [4])
        #expect(refused.map(\.code) == ["foreign_home"])
        #expect(try sealedSequence == 1)
        #expect(try federation["shanghai"].replica.summary().pending == 0)
    }

    /// More rows than are read ahead: in their order, each once, the refused ones among them by their lines.
    @Test func `a long file goes in row by row`() throws {
        let count = 5_000
        let rows = (1...count).map { number in
            let key = String(format: "%06d", number)
            return number.isMultiple(of: 7) ? "32-TTA-\(key),别家,320100" : "31-TTA-\(key),上海\(number)号,310115"
        }
        let (report, refused) = try run(rows + [rows[0]])
        #expect(report.read == count + 1)
        #expect(report.totals == RegisterImport.Totals(created: count - count / 7, refused: count / 7 + 1))
        #expect(refused.map(\.line) == (1...count / 7).map { $0 * 7 + 1 } + [count + 2])
        #expect(refused.last?.code == "duplicate_key")
        #expect(
            try federation.value("shanghai", "SELECT max(name) FROM agency WHERE agency_id = '31-TTA-004999'")
                == "上海4999号")
    }

    /// The reader is far ahead by then, and must not be waited for.
    @Test func `an import that fails ends`() throws {
        let rows = (1...20_000).map { "31-TTA-\(String(format: "%06d", $0)),上海,310115" }
        try federation.sql("shanghai", "DROP TABLE yrd_import")
        #expect(throws: (any Error).self) { try run(rows) }
    }

    @Test func `the same file again writes nothing and seals nothing`() throws {
        _ = try run(Self.good)
        let (report, _) = try run(Self.good)
        #expect(report.totals == RegisterImport.Totals(unchanged: 2))
        #expect(report.sealed == nil)
        #expect(try sealedSequence == 1)
    }

    @Test func `strict refuses the file whole`() throws {
        let (report, refused) = try run(Self.good + [Self.foreign], isStrict: true)
        #expect(report.isRefusedWhole)
        #expect(report.totals.created == 0)
        #expect(refused.count == 1)
        #expect(try sealedSequence == 0)
    }

    @Test func `a dry run says what would happen and does nothing`() throws {
        let (report, refused) = try run(Self.good + [Self.foreign], isDryRun: true)
        #expect(report.totals == RegisterImport.Totals(created: 2, refused: 1))
        #expect(refused.count == 1)
        #expect(try sealedSequence == 0)
        #expect(try run(Self.good).0.totals.created == 2)
    }

    @Test func `a file that is no register is refused with its reason`() throws {
        let path = federation.folder + "/agencies.csv"
        let node = federation["shanghai"]
        let intake = RegisterIntake(
            type: node.catalog.recordType(named: "agency")!, path: path, source: nil, encoding: .auto,
            isStrict: false, isDryRun: false)
        let listener = RegisterIntake.Listener(
            refused: { _ in }, warned: { _ in }, progress: { _, _ in }, sealing: {})
        #expect(throws: DeskRefusal.fileUnreadable(path)) { try intake.run(on: node, listener) }
        try "a,b\n1,2\n".write(toFile: path, atomically: true, encoding: .utf8)
        let refusal = #expect(throws: DeskRefusal.self) { try intake.run(on: node, listener) }
        guard case .fileRefused(path, let error) = refusal else {
            Issue.record("not refused but \(String(describing: refusal))")
            return
        }
        #expect(error.code == "missing_key_header")
    }
}
