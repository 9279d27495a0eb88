// A register file on its way in, on a connection of its own.

import MarketCatalog

@testable import ReplicaStore

extension CrashNode {
    func importRegister(_ text: String, isStrict: Bool) throws {
        let type = try replica.catalog.recordType(named: "item")!
        let reader = try RegisterReader(
            bytes: Array(text.utf8), recordType: type, catalog: try replica.catalog, market: market)
        let register = try RegisterImport(
            path: path, source: "items.csv", type: type, catalogVersion: try replica.catalog.version,
            environment: CrashNode.environment,
            isStrict: isStrict, isDryRun: false)
        for row in reader {
            switch row {
            case .refused: register.countRefusal()
            case .row(let row): _ = try register.take(row)
            }
        }
        _ = try register.finish()
    }
}

extension Operation {
    private static let header = "item_no,title,width,clerk\n"

    static func importing() throws -> Operation {
        let first = header + "31-0001,one,1,Li\n31-0004,four,4,Wang\n31-0005,five,5,\n"
        let second = header + "31-0001,one,9,Zhao\n99-0001,refused,1,\n31-0004,four,4,Wang\n31-0005,5,5,Sun\n"
        return Operation(
            name: "importing", image: try Stage().image(),
            steps: [
                Step("a strict import") { try $0.importRegister(first, isStrict: true) },
                .seal,
                Step("an import with a refused row") { try $0.importRegister(second, isStrict: false) },
                .seal,
            ])
    }

    /// A transaction every so many rows: a crash may fall between two, and the next import goes on from there.
    static func importingManyRows() throws -> Operation {
        let rows = (1...RegisterImport.rowsPerTransaction + 1).map { "31-\(1_000 + $0),title \($0),\($0),\n" }
        let committed = header + rows.prefix(RegisterImport.rowsPerTransaction).joined()
        let all = header + rows.joined()
        return Operation(
            name: "importing in several transactions", image: try Stage().image(),
            steps: [
                Step("import", milestones: [{ try $0.importRegister(committed, isStrict: false) }]) {
                    try $0.importRegister(all, isStrict: false)
                }
            ], checkpointEvery: 1_000, stride: 37)
    }
}
