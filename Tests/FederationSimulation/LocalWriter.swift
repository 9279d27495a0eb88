// What local programs write: every kind of statement, alone and in transactions, kept or rolled back.

import SyncCore
import SyncSimulation

struct LocalWriter {
    private var generator: SeededGenerator
    let itemKeys: [String]
    let placeKeys: [String]
    private var transactions = 0
    private var tokens = 0

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
    mutating func begin(at node: SimulatedNode) throws {
        let prefix = SimulatedCatalog.homes[node.index].prefix
        for key in itemKeys where key.hasPrefix(prefix) && generator.chance(percent: 80) {
            try node.client.run("INSERT INTO item (item_no, title, width) VALUES ('\(key)', 'begun', 1)")
        }
        for key in placeKeys where key.hasPrefix(prefix) {
            try node.client.run("INSERT INTO place (place_no, name) VALUES ('\(key)', 'begun')")
        }
    }

    /// Runs one transaction. A statement that a guard refuses has no effect; the others go on.
    mutating func write(at node: SimulatedNode, _ ledger: inout Ledger, _ tally: inout Tally) throws -> String {
        transactions += 1
        var tokens: [Token] = []
        let count = [1, 1, 2, 4][generator.pick(4)]
        let isRolledBack = generator.chance(percent: 10)
        try node.client.run("BEGIN IMMEDIATE")
        var refused = 0
        for _ in 0..<count {
            let (statement, token) = statement(for: node)
            do {
                try node.client.run(statement)
                if let token { tokens.append(token) }
            } catch is SQLComplaint {
                refused += 1
            }
        }
        try node.client.run(isRolledBack ? "ROLLBACK" : "COMMIT")
        tally.count(isRolledBack ? "transaction rolled back" : "transaction committed")
        tally.count("statement", count)
        tally.count("statement refused by a guard", refused)
        if !isRolledBack { try ledger.committed(tokens, at: node) }
        return "\(count) statements, \(refused) refused\(isRolledBack ? ", rolled back" : "")"
    }

    /// A write that no trigger sees. It is no less accepted.
    mutating func escape(at node: SimulatedNode, _ ledger: inout Ledger, _ tally: inout Tally) throws -> String {
        transactions += 1
        let key = generator.pick(from: itemKeys)
        let token = Token(transaction: transactions, table: "item", key: key, text: token())
        try node.client.runPastTriggers("UPDATE item SET note = '\(token.text)' WHERE item_no = '\(key)'")
        tally.count("write with triggers off")
        try ledger.escaped(token, at: node)
        return token.text
    }

    private mutating func small() -> String { ["NULL", "'a'", "'b'", "''"][generator.pick(4)] }

    private mutating func number() -> String { ["NULL", "1", "2", "3"][generator.pick(4)] }

    private mutating func statement(for node: SimulatedNode) -> (String, Token?) {
        let prefix = SimulatedCatalog.homes[node.index].prefix
        let own = itemKeys.filter { $0.hasPrefix(prefix) }
        if generator.chance(percent: 15) { return remarked("place", prefix) }
        if node.isUpgraded, generator.chance(percent: 25) { return newer(prefix) }
        let isHome = !own.isEmpty && generator.chance(percent: 60)
        let key = generator.pick(from: isHome ? own : itemKeys)
        let text = token()
        let token = Token(transaction: transactions, table: "item", key: key, text: text)
        switch isHome ? generator.pick(14) : 6 + generator.pick(8) {
        case 0: return ("INSERT INTO item (item_no, title, note) VALUES ('\(key)', \(small()), '\(text)')", token)
        case 1:
            let values = "'\(key)', '\(text)', \(number()), \(number()), \(small()), \(number()), \(small())"
            return (
                "INSERT OR REPLACE INTO item (item_no, title, width, height, note, amount, first) VALUES (\(values))",
                nil
            )
        case 2:
            return (
                "INSERT INTO item (item_no, title) VALUES ('\(key)', \(small())) "
                    + "ON CONFLICT DO UPDATE SET title = excluded.title, note = '\(text)'", nil
            )
        case 3:
            return generator.chance(percent: 60)
                ? ("DELETE FROM item WHERE item_no = '\(key)'", nil)
                : ("INSERT OR IGNORE INTO item (item_no, note) VALUES ('\(key)', \(small()))", nil)
        case 4: return ("UPDATE item SET title = \(small()), width = \(number()) WHERE item_no = '\(key)'", nil)
        case 5: return ("UPDATE item SET title = '\(text)' WHERE item_no = '\(key)'", nil)
        case 6: return ("UPDATE item SET amount = \(number()) WHERE item_no = '\(key)'", nil)
        case 7: return ("UPDATE item SET first = '\(text)', second = \(small()) WHERE item_no = '\(key)'", nil)
        case 8: return ("UPDATE item SET note = \(small()) WHERE item_no = '\(key)'", nil)
        case 9:
            return (
                "UPDATE OR REPLACE item SET rowid = \(1 + generator.pick(6)), note = '\(text)' WHERE item_no = '\(key)'",
                token
            )
        case 10: return ("UPDATE item SET note = '\(text)'", nil)
        default: return ("UPDATE item SET note = '\(text)' WHERE item_no = '\(key)'", token)
        }
    }

    /// What only the newer catalog knows.
    private mutating func newer(_ prefix: String) -> (String, Token?) {
        let key = generator.pick(from: itemKeys)
        switch generator.pick(4) {
        case 0: return ("UPDATE item SET colour = '\(token())' WHERE item_no = '\(key)'", nil)
        case 1: return ("UPDATE item SET rank = \(number()) WHERE item_no = '\(key)'", nil)
        case 2: return ("UPDATE item SET grade = \(number()) WHERE item_no LIKE '\(prefix)%'", nil)
        default: return remarked("crate", prefix)
        }
    }

    private mutating func remarked(_ table: String, _ prefix: String) -> (String, Token?) {
        let own = placeKeys.filter { $0.hasPrefix(prefix) }
        let key = generator.pick(from: own.isEmpty ? placeKeys : own)
        let text = token()
        let token = Token(transaction: transactions, table: table, key: key, text: text)
        switch own.isEmpty ? 2 : generator.pick(4) {
        case 0: return ("INSERT INTO \(table) (\(table)_no, name, remark) VALUES ('\(key)', 'n', '\(text)')", token)
        case 1: return ("DELETE FROM \(table) WHERE \(table)_no = '\(key)'", nil)
        default: return ("UPDATE \(table) SET remark = '\(text)' WHERE \(table)_no = '\(key)'", token)
        }
    }
}
