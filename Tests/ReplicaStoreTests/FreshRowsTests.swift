// An import writes rows of new records past the guards. So it must write what a guarded one writes, and no row may go in
// that the guards would refuse.

import ForeignSQL
import MarketCatalog
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("Fresh rows")
struct FreshRowsTests {
    private static let header = "机构编号,机构名称,级别,服务类型,技术经理人数,联系人,网址,备注\n"
    /// Two of its columns lie beside the record and never leave.
    private static let columns = ["project_name", "category", "total_amount_fen", "remark", "clerk", "contact_phone"]

    private struct Intake {
        var totals: RegisterImport.Totals
        /// By the store, not by the reader.
        var refusals: [RowRefusal]
    }

    /// - Parameter encoded: comes between the encoding of the rows and the first that is taken.
    private func run(
        _ csv: String, type: String, into node: TestNode, of federation: TestFederation, source: String = "a.csv",
        catalogVersion: Int? = nil, isStrict: Bool = false, encoded: () throws -> Void = {}
    ) throws -> Intake {
        let catalog = federation.catalog
        let recordType = catalog.recordType(named: type)!
        let reader = try RegisterReader(
            bytes: Array(csv.utf8), recordType: recordType, catalog: catalog, market: node.market)
        let register = try RegisterImport(
            path: node.path, source: source, type: recordType, catalogVersion: catalogVersion ?? catalog.version,
            environment: node.clock.environment, isStrict: isStrict, isDryRun: false)
        let encoding = try register.encoding(of: reader.columns)
        let rows = reader.compactMap { row in if case .row(let row) = row { encoding.encode(row) } else { nil } }
        try encoded()
        var refusals: [RowRefusal] = []
        try register.take(rows) { if case .refused(let refusal) = $0 { refusals.append(refusal) } }
        return Intake(totals: try register.finish(), refusals: refusals)
    }

    /// Everything that an import writes.
    private func written(in node: TestNode) throws -> String {
        try node.sql(
            """
            SELECT * FROM contract ORDER BY 1;
            SELECT * FROM contract_home ORDER BY 1;
            SELECT type, key, op, mask FROM yrd_pending ORDER BY id;
            SELECT source, type, key, hex(image) FROM yrd_import ORDER BY 1, 2, 3;
            """)
    }

    /// A trigger of a program's own keeps every import on the guarded way.
    private func guardEverything(in node: TestNode, _ table: String) throws {
        try node.sql("CREATE TRIGGER own AFTER INSERT ON \(table) BEGIN SELECT 1; END;")
    }

    // MARK: The same effect

    @Test(arguments: 0..<12)
    func `what is imported the short way is what the guarded way imports`(_ seed: UInt64) throws {
        let (federation, other) = (try TestFederation(["shanghai"]), try TestFederation(["shanghai"]))
        let (short, guarded) = (federation["shanghai"], other["shanghai"])
        try guardEverything(in: guarded, "contract")
        let type = federation.catalog.recordType(named: "contract")!
        let names = [type.keyColumn.headers[0]] + Self.columns.map { type.column(named: $0)!.headers[0] }
        let header = names.map(\.name).joined(separator: ",") + "\n"
        var random = SeededGenerator(seed: seed)
        for turn in 0..<4 {
            let csv = header + (0..<60).map { _ in contract(&random) }.joined()
            let source = Bool.random(using: &random) ? "a.csv" : "b.csv"
            let isStrict = Int.random(in: 0..<4, using: &random) == 0
            let results = try [short, guarded].map {
                try run(csv, type: "contract", into: $0, of: federation, source: source, isStrict: isStrict)
            }
            #expect(results[0].totals == results[1].totals, "turn \(turn)")
            #expect(results[0].refusals == results[1].refusals, "turn \(turn)")
            #expect(try written(in: short) == written(in: guarded), "turn \(turn)")
            let edited = Self.key(&random)
            let edit =
                Bool.random(using: &random)
                ? "DELETE FROM contract WHERE registration_no = '\(edited)'"
                : "UPDATE contract SET remark = 'edited' WHERE registration_no = '\(edited)'"
            for node in [short, guarded] {
                try node.sql(edit)
                if turn == 1 { try node.seal() }
            }
        }
        #expect(try short.seal().changes == guarded.seal().changes)
    }

    private static func key(_ random: inout SeededGenerator) -> String {
        "2023310101\(100_000 + Int.random(in: 0..<80, using: &random))"
    }

    private func contract(_ random: inout SeededGenerator) -> String {
        func one(_ words: [String]) -> String { words.randomElement(using: &random)! }
        let cells = [
            Self.key(&random), one(["甲", "乙", ""]), one(["技术开发", "技术服务", ""]), one(["1", "12.5", "-3", ""]),
            one(["注", ""]), one(["李敏", ""]), one(["021-62000000", ""]),
        ]
        return cells.joined(separator: ",") + "\n"
    }

    /// Which number a column has in the images is known for sure only inside the transaction.
    @Test(arguments: [false, true])
    func `rows that were encoded before another import of their source are kept by the right columns`(
        _ isGuarded: Bool
    ) throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        if isGuarded { try guardEverything(in: node, "contract") }
        let names = ["合同登记编号,项目名称,备注,登记员\n", "合同登记编号,登记员,备注,项目名称\n"]
        let first = names[0] + "2023310101000001,甲,注,李敏\n"
        let second = names[1] + "2023310101000002,王伟,记,乙\n"
        let intake = try run(second, type: "contract", into: node, of: federation) {
            try #expect(run(first, type: "contract", into: node, of: federation).totals == .init(created: 1))
        }
        #expect(intake.totals == .init(created: 1))
        let rows = "SELECT registration_no, project_name, remark, clerk FROM contract_view ORDER BY 1"
        #expect(try node.sql(rows) == "2023310101000001|甲|注|李敏\n2023310101000002|乙|记|王伟")
        // In whichever order the source says the same again.
        for csv in [first, second, names[0] + "2023310101000002,乙,记,王伟\n"] {
            #expect(try run(csv, type: "contract", into: node, of: federation).totals == .init(unchanged: 1))
        }
    }

    // MARK: The guards ask no more than the reader

    /// Cells as nasty as registers have them; whatever the reader lets pass, the guards let pass.
    @Test(arguments: ["contract", "agency"])
    func `no row that the reader takes is refused by a guard`(_ type: String) throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        try guardEverything(in: node, type)
        let recordType = federation.catalog.recordType(named: type)!
        var random = SeededGenerator(seed: 7)
        let columns = recordType.columns
        let names = ([recordType.keyColumn.headers[0].name] + columns.map { $0.headers[0].name }).joined(separator: ",")
        var taken = 0
        for file in 0..<30 {
            let lines = (0..<120).map { line in
                let number = file * 1_000 + line
                let key = type == "contract" ? "2023310101\(100_000 + number)" : "31-TTA-\(100_000 + number)"
                // Mostly one strange cell a row: of many, one would refuse it.
                let strange = columns.indices.randomElement(using: &random)!
                let cells = columns.indices.map { index in
                    quotedCell(
                        index == strange || Int.random(in: 0..<12, using: &random) == 0
                            ? nasty(columns[index], federation.catalog, &random)
                            : columns[index].isRequired ? plain(columns[index], federation.catalog) : "")
                }
                return ([key] + cells).joined(separator: ",")
            }
            let intake = try run(
                names + "\n" + lines.joined(separator: "\n") + "\n", type: type, into: node, of: federation,
                source: "\(file).csv")
            #expect(intake.refusals == [])
            taken += intake.totals.created
        }
        #expect(taken > 600, "only \(taken) rows were taken: nothing is shown")
        for column in columns {
            let table = column.unit == nil ? "\(type)_home" : type
            let filled = try node.sql("SELECT count(\(column.name)) > 0 FROM \(table)")
            #expect(filled == "1", "no row that was taken has a \(column.name): nothing is shown of it")
        }
    }

    private func quotedCell(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }

    /// Those of DOMAIN.md 4.1: made up and right, as a spreadsheet spells it, a pilot's that only looks wrong; then a wrong
    /// check character, and one too few.
    private static let creditCodes = [
        "91310115MA1K3AB781", "91310115ma1k3ab781", "91350100M0001TGQXM", "91310115MA1K3AB782", "91310115MA1K3AB78",
    ]

    private func plain(_ column: Column, _ catalog: Catalog) -> String {
        switch column.type {
        case .text: "甲"
        case .integer, .money: "1"
        case .date: "2023-03-01"
        case .code(let list), .codeSet(let list): catalog.codeLists[list]!.entries[0].slug
        case .uscc: Self.creditCodes[0]
        case .region: "310115"
        }
    }

    private func nasty(_ column: Column, _ catalog: Catalog, _ random: inout SeededGenerator) -> String {
        func one(_ words: [String]) -> String { words.randomElement(using: &random)! }
        func codes(_ list: String) -> [String] {
            let codes = catalog.codeLists[list]!.entries
            return (0..<4).flatMap { _ -> [String] in
                let code = codes.randomElement(using: &random)!
                return [code.slug, code.label.zh]
            }
        }
        switch column.type {
        case .text:
            let max = column.lengthMax ?? 40
            return one([
                "甲", "a\u{0301}\u{0302}", "👩‍👩‍👧‍👦", String(repeating: "字", count: max),
                String(repeating: "x", count: max + 1),
                "\u{FEFF}b", "a\tb", "a\nb", "0", "-0.0", "1e5", "'", "x yrdenc:00", "   c  ", "\u{3000}d",
                "NULL", "\u{2028}",
                String(repeating: "👍🏽", count: max / 2), "\u{E000}", "%00", "[\"a\"]",
            ])
        case .integer:
            return one([
                "0", "-1", "12", "007", "1,234", "4611686018427387903", "4611686018427387904", "9223372036854775807",
                "-0",
            ])
        case .money:
            return one([
                "0", "0.00", "12.3", "1,234.56", "-1", "46116860184273879.03", "46116860184273879.04",
                "92233720368547758.07",
                "¥12", "1e3", "0.001",
            ])
        case .date:
            return one([
                "2023-02-28", "2023-02-29", "2024-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01",
                "2023/3/1",
                "20230301", "2023年3月1日", "45000", "1899-12-30", "2023-13-01", "2023-00-10", "-001-01-01",
            ])
        case .code(let list): return one(codes(list) + ["?", "其他"])
        case .codeSet(let list): return one([codes(list).prefix(3).joined(separator: ";"), codes(list)[0], "?", "；;"])
        case .uscc: return one(Self.creditCodes)
        case .region: return one(["310115", "320500", "999999", "310199", "上海市浦东新区", "31"])
        }
    }

    // MARK: Where it is not taken

    @Test func `a program's own trigger sees what is imported`() throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        try node.sql(
            "CREATE TABLE seen (id TEXT); CREATE TRIGGER seen AFTER INSERT ON agency BEGIN INSERT INTO seen VALUES (new.agency_id); END;"
        )
        _ = try run(Self.header + "31-TTA-000001,甲,,,,,,\n", type: "agency", into: node, of: federation)
        #expect(try node.sql("SELECT id FROM seen") == "31-TTA-000001")
    }

    /// SQLite keeps the table's name as the statement wrote it, and nothing reserves the names that ours begin with.
    @Test(arguments: ["TRIGGER mine AFTER INSERT ON AGENCY", "TRIGGER yrd_mine AFTER INSERT ON agency"])
    func `nor does its name or the table's hide a trigger`(_ trigger: String) throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        try node.sql(
            "CREATE TABLE seen (id TEXT); CREATE \(trigger) BEGIN INSERT INTO seen VALUES (new.agency_id); END;")
        _ = try run(Self.header + "31-TTA-000001,甲,,,,,,\n", type: "agency", into: node, of: federation)
        #expect(try node.sql("SELECT id FROM seen") == "31-TTA-000001")
    }

    /// In the clear too: what a client copied out of an encrypted replica is no value.
    @Test func `a row that may hold a ciphertext is guarded`() throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        let csv = Self.header + "31-TTA-000001,甲,,,,yrdenc:00,,\n31-TTA-000002,乙,,,,王伟,,\n"
        let intake = try run(csv, type: "agency", into: node, of: federation)
        #expect(intake.totals == .init(created: 1, refused: 1))
        #expect(intake.refusals.map(\.code) == ["ciphertext"])
        #expect(try node.sql("SELECT key FROM yrd_pending") == "31-TTA-000002")
    }

    /// A market may have one beside its records, which may refuse what stands there: the row alone is refused then.
    @Test func `an index of the market's own refuses a row and not the import`() throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        try node.sql("CREATE UNIQUE INDEX phones ON contract_home (contact_phone)")
        let type = federation.catalog.recordType(named: "contract")!
        let names =
            [type.keyColumn.headers[0]] + ["project_name", "contact_phone"].map { type.column(named: $0)!.headers[0] }
        let rows = ["2023310101100001,甲,1", "2023310101100002,乙,1", "2023310101100003,丙,2"]
        let csv = names.map(\.name).joined(separator: ",") + "\n" + rows.map { $0 + "\n" }.joined()
        #expect(try run(csv, type: "contract", into: node, of: federation).totals == .init(created: 2, refused: 1))
        // A refused row leaves no trace.
        #expect(try node.sql("SELECT count(*) FROM contract; SELECT count(*) FROM yrd_pending") == "2\n2")
    }

    /// Another process may have upgraded the replica since the rows were read.
    @Test func `rows that were read by another catalog are guarded`() throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        // As a newer catalog's guard might.
        try node.sql(
            """
            DROP TRIGGER yrd_agency_guard_insert;
            CREATE TRIGGER yrd_agency_guard_insert BEFORE INSERT ON agency BEGIN SELECT RAISE(ABORT, 'newer'); END;
            """)
        let csv = Self.header + "31-TTA-000001,甲,,,,,,\n"
        let version = federation.catalog.version
        #expect(
            try run(csv, type: "agency", into: node, of: federation, catalogVersion: version - 1).totals
                == .init(refused: 1))
        #expect(try node.sql("SELECT count(*) FROM yrd_import WHERE key <> ''") == "0")
        #expect(try run(csv, type: "agency", into: node, of: federation).totals == .init(created: 1))
    }

    /// A record that is there becomes an update, and what comes after it is captured by the triggers.
    @Test func `after a row that is known the guards stand again`() throws {
        let federation = try TestFederation(["shanghai"])
        let node = federation["shanghai"]
        try node.sql("INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000002', '乙')")
        let rows = ["31-TTA-000001,甲,,,,,,", "31-TTA-000002,乙,,,7,,,", "31-TTA-000003,丙,,,,,,"]
        let intake = try run(
            Self.header + rows.map { $0 + "\n" }.joined(), type: "agency", into: node, of: federation)
        #expect(intake.totals == .init(created: 2, updated: 1))
        #expect(
            try node.sql("SELECT key, op, mask <> -1 FROM yrd_pending ORDER BY id")
                == "31-TTA-000002|1|0\n31-TTA-000001|1|0\n31-TTA-000002|2|1\n31-TTA-000003|1|0")
    }
}
