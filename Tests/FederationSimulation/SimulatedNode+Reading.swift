// A simulated node as others see it: a reader between two transactions, and the checks.

import ForeignSQL
import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

extension SimulatedNode {
    // MARK: As a reader between transactions

    /// Two rows that are only ever written together, by one market.
    static let pairKeys = ["31-0001", "31-9999"]

    func checkPair() throws {
        guard looksAtPair else { return }
        let keys = Self.pairKeys.map { "'\($0)'" }.joined(separator: ", ")
        let remarks = try client.rows("SELECT remark FROM place WHERE place_no IN (\(keys))")
        guard remarks.isEmpty || (remarks.count == 2 && remarks[0] == remarks[1]) else {
            throw Violation("\(market) shows half of a transaction: \(remarks)")
        }
    }

    // MARK: For the checks

    func export() throws -> ExportedLog {
        var log = ExportedLog()
        try replica.forEachLogItem { item in
            log.append(
                ExportedEntry(
                    entry: item.stored.entry, id: item.stored.id, market: item.stored.dot.origin.market!,
                    fault: item.stored.fault))
        }
        return log
    }

    /// As any client reads them.
    func tables() throws -> [String] {
        try replica.catalog.recordTypes.flatMap { type in
            let columns = type.columns.filter { $0.unit != nil }.map { "quote(\($0.name))" }.joined(separator: ", ")
            return try client.rows("SELECT \(type.keyColumn.name), \(columns) FROM \(type.name) ORDER BY 1")
                .map(restKeys.clear(quoted:))
        }
    }

    /// The same by record and unit, in the transaction that the client has open.
    func clientRows() throws -> RegisterRows {
        var rows: RegisterRows = [:]
        for rule in replica.catalog.recordTypes.map(\.rule) {
            let columns = [rule.keyColumn] + rule.units.flatMap { $0.columns.map(\.name) }
            for values in try client.values("SELECT \(columns.joined(separator: ", ")) FROM \(rule.type)") {
                guard case .text(let key) = values[0] else { continue }
                var (row, next): ([UnitNumber: [FieldValue]], Int) = ([:], 1)
                for unit in rule.units {
                    row[unit.number] = values[next..<next + unit.columns.count].map(restKeys.clear)
                    next += unit.columns.count
                }
                rows[RecordID(type: Text(rule.type), key: key)] = row
            }
        }
        return rows
    }

    func openConflicts() throws -> [DeclaredConflict] {
        try replica.openConflicts().map {
            DeclaredConflict(
                record: $0.conflict.record, unit: $0.conflict.unit, entries: $0.conflict.coveredEntries)
        }.sorted()
    }

    func findings(isDeep: Bool) throws -> [Finding] {
        try replica.verify(
            isDeep: isDeep,
            fault: { [membership] entry in
                if case .verified = membership.verify(entry) { nil } else { "not authentic" }
            }, progress: { _ in })
    }

    /// Personal values that lie in the clear though the file is under a key.
    func clearValues() throws -> [String] {
        guard try replica.restKeyID() != nil else { return [] }
        return try replica.columnsAtRest.flatMap { type, column in
            try client.rows("SELECT \(column) FROM \(type) WHERE \(column) NOT GLOB '\(SimulatedRestKeys.textPrefix)*'")
        }
    }
}
