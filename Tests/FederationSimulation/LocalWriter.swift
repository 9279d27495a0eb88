// What local programs write: every kind of statement, alone and in transactions, kept or rolled back.

import ForeignSQL
import SyncCore
import SyncSimulation

struct LocalWriter {
    private var generator: SeededGenerator
    let itemKeys: [String]
    let placeKeys: [String]
    private var transactions = 0
    private var tokens = 0
    /// Transactions that clients have left open, by node.
    private var open: [Int: OpenTransaction] = [:]

    private struct OpenTransaction {
        let number: Int
        let before: RegisterRows
    }

    init(nodes: Int, _ seed: SeededGenerator) {
        generator = seed
        // Few records, so that writers meet.
        let homes = SimulatedCatalog.homes.prefix(min(nodes, 3)).map(\.prefix)
        itemKeys = homes.flatMap { ["\($0)-0001", "\($0)-0002"] }
        placeKeys = homes.prefix(2).map { "\($0)-0009" }
    }

    mutating func token() -> String {
        tokens += 1
        return "t\(tokens)"
    }

    /// The registers are not empty when the history begins: homes have most of their records.
    mutating func begin(at node: SimulatedNode, _ ledger: inout Ledger, _ tally: inout Tally) throws {
        let transaction = try begin(at: node)
        let prefix = SimulatedCatalog.homes[node.index].prefix
        for key in itemKeys where key.hasPrefix(prefix) && generator.chance(percent: 80) {
            try node.client.run("INSERT INTO item (item_no, title, width) VALUES ('\(key)', 'begun', 1)")
        }
        for key in placeKeys where key.hasPrefix(prefix) {
            try node.client.run("INSERT INTO place (place_no, name) VALUES ('\(key)', 'begun')")
        }
        if node.index == 0 { try writePair(at: node) }
        try end(transaction, at: node, isRolledBack: false, &ledger, &tally)
    }

    /// Runs one transaction, or goes on with the open one. A statement that is refused has no effect; the others go on.
    mutating func write(
        at node: SimulatedNode, leavesOpen: Bool = false, _ ledger: inout Ledger, _ tally: inout Tally
    ) throws -> String {
        let count = [1, 1, 2, 4][generator.pick(4)]
        let isRolledBack = generator.chance(percent: 10)
        let transaction = try open[node.index] ?? begin(at: node)
        var refused = 0
        if node.index == 0, generator.chance(percent: 20) { try writePair(at: node) }
        for _ in 0..<count {
            do { try node.client.run(statement(for: node)) } catch let complaint as SQLComplaint {
                tally.count("statement refused \(try Self.reason(of: complaint))")
                refused += 1
            }
        }
        tally.count("statement", count)
        if leavesOpen {
            open[node.index] = transaction
            tally.count("transaction left open")
            return "\(count) statements, \(refused) refused, left open"
        }
        try end(transaction, at: node, isRolledBack: isRolledBack, &ledger, &tally)
        return "\(count) statements, \(refused) refused\(isRolledBack ? ", rolled back" : "")"
    }

    private mutating func begin(at node: SimulatedNode) throws -> OpenTransaction {
        transactions += 1
        try node.client.run("BEGIN IMMEDIATE")
        return OpenTransaction(number: transactions, before: try node.clientRows())
    }

    private mutating func end(
        _ transaction: OpenTransaction, at node: SimulatedNode, isRolledBack: Bool, _ ledger: inout Ledger,
        _ tally: inout Tally
    ) throws {
        open[node.index] = nil
        let after = try node.clientRows()
        try node.client.run(isRolledBack ? "ROLLBACK" : "COMMIT")
        tally.count(isRolledBack ? "transaction rolled back" : "transaction committed")
        guard !isRolledBack else { return }
        try ledger.committed(transaction.number, from: transaction.before, to: after, isCaptured: true, at: node)
    }

    /// Only our own refusals, and a key that is there already, are what a client must expect.
    private static func reason(of complaint: SQLComplaint) throws -> String {
        if complaint.description.hasPrefix("yrdsync: ") { return "by a guard" }
        guard complaint.description.hasPrefix("UNIQUE constraint failed: ") else {
            throw Violation("a client's statement failed: \(complaint)")
        }
        return "since its key is there"
    }

    private mutating func writePair(at node: SimulatedNode) throws {
        let text = token()
        for key in SimulatedNode.pairKeys {
            try node.client.run(
                "INSERT INTO place (place_no, remark) VALUES ('\(key)', '\(text)') "
                    + "ON CONFLICT DO UPDATE SET remark = excluded.remark")
        }
    }

    // MARK: Open transactions

    var hasOpenTransaction: Bool { !open.isEmpty }

    func hasOpen(at node: SimulatedNode) -> Bool { open[node.index] != nil }

    /// Its connection is gone.
    mutating func forgetOpen(at node: SimulatedNode) { open[node.index] = nil }

    mutating func commitOpen(at node: SimulatedNode, _ ledger: inout Ledger, _ tally: inout Tally) throws {
        guard let transaction = open[node.index] else { return }
        try end(transaction, at: node, isRolledBack: false, &ledger, &tally)
    }

    // MARK: Past capture

    /// A write that no trigger sees. It is no less accepted.
    mutating func escape(at node: SimulatedNode, _ ledger: inout Ledger, _ tally: inout Tally) throws -> String {
        guard !hasOpen(at: node) else { return "a transaction is open" }
        transactions += 1
        let own = itemKeys.filter { $0.hasPrefix(SimulatedCatalog.homes[node.index].prefix) }
        let before = try node.clientRows()
        let absent = own.filter { before[RecordID(type: "item", key: Text($0))] == nil }
        let statement: String
        switch own.isEmpty ? 3 : generator.pick(4) {
        case 0: statement = "DELETE FROM item WHERE item_no = '\(generator.pick(from: own))'"
        case 1, 2:
            guard !absent.isEmpty else { fallthrough }
            let values = "'\(generator.pick(from: absent))', 'past', '\(token())'"
            statement = "INSERT INTO item (item_no, title, note) VALUES (\(values))"
        default:
            let key = generator.pick(from: itemKeys)
            statement = "UPDATE item SET note = '\(token())', amount = \(number()) WHERE item_no = '\(key)'"
        }
        try node.client.runPastTriggers(statement)
        let after = try node.clientRows()
        if before != after { tally.count("write with triggers off: \(statement.prefix { $0 != " " })") }
        try ledger.committed(transactions, from: before, to: after, isCaptured: false, at: node)
        return statement
    }

    // MARK: Statements

    private mutating func small() -> String { ["NULL", "'a'", "'b'", "''"][generator.pick(4)] }

    private mutating func number() -> String { ["NULL", "1", "2", "3"][generator.pick(4)] }

    private mutating func statement(for node: SimulatedNode) -> String {
        let prefix = SimulatedCatalog.homes[node.index].prefix
        let own = itemKeys.filter { $0.hasPrefix(prefix) }
        if generator.chance(percent: 15) { return remarked("place", prefix) }
        if node.isUpgraded, generator.chance(percent: 25) { return newer(prefix) }
        let isHome = !own.isEmpty && generator.chance(percent: 60)
        let key = generator.pick(from: isHome ? own : itemKeys)
        let text = token()
        switch isHome ? generator.pick(14) : 6 + generator.pick(8) {
        case 0: return "INSERT INTO item (item_no, title, note) VALUES ('\(key)', \(small()), '\(text)')"
        case 1:
            let values = "'\(key)', '\(text)', \(number()), \(number()), \(small()), \(number()), \(small())"
            return "INSERT OR REPLACE INTO item (item_no, title, width, height, note, amount, first) VALUES (\(values))"
        case 2:
            return "INSERT INTO item (item_no, title) VALUES ('\(key)', \(small())) "
                + "ON CONFLICT DO UPDATE SET title = excluded.title, note = '\(text)'"
        case 3:
            return generator.chance(percent: 60)
                ? "DELETE FROM item WHERE item_no = '\(key)'"
                : "INSERT OR IGNORE INTO item (item_no, note) VALUES ('\(key)', \(small()))"
        case 4: return "UPDATE item SET title = \(small()), width = \(number()) WHERE item_no = '\(key)'"
        case 5: return "UPDATE item SET title = '\(text)' WHERE item_no = '\(key)'"
        case 6: return "UPDATE item SET amount = \(number()) WHERE item_no = '\(key)'"
        case 7: return "UPDATE item SET first = '\(text)', second = \(small()) WHERE item_no = '\(key)'"
        case 8: return "UPDATE item SET note = \(small()) WHERE item_no = '\(key)'"
        case 9:
            let rowid = 1 + generator.pick(6)
            return "UPDATE OR REPLACE item SET rowid = \(rowid), note = '\(text)' WHERE item_no = '\(key)'"
        case 10: return "UPDATE item SET note = '\(text)'"
        default: return "UPDATE item SET note = '\(text)' WHERE item_no = '\(key)'"
        }
    }

    /// What only the newer catalog knows.
    private mutating func newer(_ prefix: String) -> String {
        let key = generator.pick(from: itemKeys)
        switch generator.pick(4) {
        case 0: return "UPDATE item SET colour = '\(token())' WHERE item_no = '\(key)'"
        case 1: return "UPDATE item SET rank = \(number()) WHERE item_no = '\(key)'"
        case 2: return "UPDATE item SET grade = \(number()) WHERE item_no LIKE '\(prefix)%'"
        default: return remarked("crate", prefix)
        }
    }

    private mutating func remarked(_ table: String, _ prefix: String) -> String {
        let own = placeKeys.filter { $0.hasPrefix(prefix) }
        let key = generator.pick(from: own.isEmpty ? placeKeys : own)
        let text = token()
        switch own.isEmpty ? 2 : generator.pick(4) {
        case 0: return "INSERT INTO \(table) (\(table)_no, name, remark) VALUES ('\(key)', 'n', '\(text)')"
        case 1: return "DELETE FROM \(table) WHERE \(table)_no = '\(key)'"
        default: return "UPDATE \(table) SET remark = '\(text)' WHERE \(table)_no = '\(key)'"
        }
    }
}
