// What local writers must keep: refused at their own statement, with a message that says what to write.

import MarketCatalog
import SyncCore

/// Why a guard refused a statement, for those who report it row by row.
struct GuardRefusal: Hashable {
    /// A stable slug.
    let code: String
    let column: String?
    let reason: LocalizedText
}

/// Guards of one synced table for one market. They look at what a statement changes, never at what it leaves alone: a
/// value that arrived from elsewhere may break them, and its row must stay writable.
struct GuardTriggers {
    let type: RecordType
    let typeID: Int64
    let market: Market
    /// Short lists are written out, which costs a statement a third of looking them up. None where only messages matter.
    var codeLists: [String: CodeList] = [:]
    /// Whether personal columns are encrypted in this file: then a client may put back, or copy, a ciphertext that it read.
    var isEncrypted = false

    /// Longer lists are looked up in `yrd_code`.
    private static let codesWrittenOutMax = 40
    private static let codesComparedMax = 3

    private var table: String { type.name }
    private var key: String { type.keyColumn.name }

    /// A condition under which a statement is refused, and the message.
    private struct Refusal {
        let condition: String
        let guardRefusal: GuardRefusal

        init(if condition: String, code: String, column: String? = nil, _ zh: String, _ en: String) {
            self.condition = condition
            guardRefusal = GuardRefusal(code: code, column: column, reason: LocalizedText(zh: zh, en: en))
        }

        var message: String { "yrdsync: \(guardRefusal.reason.zh) / \(guardRefusal.reason.en)" }

        var raise: String { "RAISE(ABORT, \(quoted(message)))" }

        var clause: String { "WHEN \(condition) THEN \(raise)" }
    }

    var statements: [String] {
        [
            trigger("guard_insert", "BEFORE INSERT", insertRefusals),
            trigger("guard_update", "BEFORE UPDATE", updateRefusals),
            trigger("guard_delete", "BEFORE DELETE", deleteRefusals),
        ]
    }

    /// -1, or a refusal unless the row `new` may be inserted here: for the trigger that captures it.
    var maskOfInserted: String {
        let foreign = foreignHomes.map { (prefix: $0.prefix, refusal: homeRefusal(of: $0.market, doing: .insert)) }
        let own = ownPrefixes.map { "WHEN \(quoted($0)) THEN -1" }
        return byHome("new.\(key)", own + foreign.map(Self.clause), otherwise: ownerlessRefusal.raise)
    }

    /// The same for a row of the table that makes way for another: OR REPLACE deletes the one that has the same rowid,
    /// without firing a delete trigger.
    var maskOfEvicted: String {
        byHome(
            key, foreignHomes.map { Self.clause((prefix: $0.prefix, refusal: evictionRefusal(of: $0.market))) },
            otherwise: "-1")
    }

    private static func clause(_ home: (prefix: String, refusal: Refusal)) -> String {
        "WHEN \(quoted(home.prefix)) THEN \(home.refusal.raise)"
    }

    private func byHome(_ key: String, _ clauses: [String], otherwise: String) -> String {
        guard !clauses.isEmpty else { return otherwise }
        let prefix = "substr(\(key), \(type.home.offset + 1), \(type.home.length))"
        return "CASE \(prefix) \(clauses.joined(separator: " ")) ELSE \(otherwise) END"
    }

    /// Every refusal by the message that SQLite gives with it.
    var refusalsByMessage: [String: GuardRefusal] {
        Dictionary(
            (insertRefusals + updateRefusals + deleteRefusals + foreignHomes.map { evictionRefusal(of: $0.market) })
                .map { ($0.message, $0.guardRefusal) },
            uniquingKeysWith: { first, _ in first })
    }

    private var insertRefusals: [Refusal] {
        keyRefusals + values(on: .insert)
    }

    private var updateRefusals: [Refusal] { rightsRefusals + values(on: .update) }

    private var deleteRefusals: [Refusal] { deletionRefusals + [crowded("old", mask: "-1")] }

    private func trigger(_ name: String, _ event: String, _ refusals: [Refusal]) -> String {
        """
        CREATE TRIGGER yrd_\(table)_\(name) \(event) ON \(table) BEGIN
            SELECT CASE
                \(refusals.map(\.clause).joined(separator: "\n        "))
            END;
        END
        """
    }

    // MARK: Key and home

    private var keyRefusals: [Refusal] {
        [
            Refusal(
                if: isNoNumberOfKeys
                    + "(new.\(key) NOT GLOB \(quoted(type.keyColumn.glob)) OR instr(new.\(key), char(0)))",
                code: "wrong_key_form", column: key,
                "\(type.keyColumn.label.zh)的格式应如 \(type.keyColumn.example)",
                "\(key) must look like \(type.keyColumn.example)")
        ]
    }

    /// Where keys are numbers, to read one costs a third of matching it.
    private var isNoNumberOfKeys: String {
        guard let numbers = type.keyColumn.numbers else { return "" }
        let number = "CAST(new.\(key) AS INTEGER)"
        return "(\(number) NOT BETWEEN \(numbers.lowerBound) AND \(numbers.upperBound) "
            + "OR CAST(\(number) AS TEXT) IS NOT new.\(key)) AND "
    }

    private enum Doing {
        case insert
        case delete

        var zh: String { self == .insert ? "新增" : "删除" }
        var en: String { self == .insert ? "insert" : "delete" }
    }

    private func homePrefix(_ row: String) -> String {
        "substr(\(row).\(key), \(type.home.offset + 1), \(type.home.length))"
    }

    /// Prefixes of other markets, by market.
    private var foreignHomes: [(prefix: String, market: Market)] {
        type.home.markets.filter { $0.value != market }.sorted { $0.key < $1.key }
            .map { (prefix: $0.key, market: $0.value) }
    }

    private var ownPrefixes: [String] { type.home.markets.filter { $0.value == market }.keys.sorted() }

    private func homeRefusal(of market: Market, doing: Doing, if condition: String = "") -> Refusal {
        Refusal(
            if: condition, code: "foreign_home", column: key,
            "只有\(market)可以\(doing.zh)此记录", "only \(market) may \(doing.en) this record")
    }

    private var ownerlessRefusal: Refusal {
        Refusal(
            if: "\(homePrefix("old")) NOT IN (\(ownPrefixes.map(quoted).joined(separator: ", ")))",
            code: "foreign_home", column: key,
            "没有市场拥有这样的\(type.keyColumn.label.zh)", "no market owns a record with such a \(key)")
    }

    private var deletionRefusals: [Refusal] {
        foreignHomes.map { home in
            homeRefusal(of: home.market, doing: .delete, if: "\(homePrefix("old")) = \(quoted(home.prefix))")
        } + [ownerlessRefusal]
    }

    private func evictionRefusal(of market: Market) -> Refusal {
        Refusal(
            if: "", code: "foreign_home",
            "此 rowid 属于另一记录,只有\(market)可以删除它", "this rowid is another record's, which only \(market) may delete")
    }

    private var rightsRefusals: [Refusal] {
        let homeColumns = type.rule.units.filter { $0.write == .home }.flatMap(\.columns).map(\.name)
        let changesHomeUnit = homeColumns.map { "new.\($0) IS NOT old.\($0)" }.joined(separator: " OR ")
        let names = homeColumns.joined(separator: ", ")
        return [
            Refusal(
                if: "new.\(key) IS NOT old.\(key)", code: "key_changed", column: key,
                "\(type.keyColumn.label.zh)不可更改;请删除后新增", "\(key) never changes: delete the record and insert another")
        ]
            + foreignHomes.map { home in
                Refusal(
                    if: "\(homePrefix("old")) = \(quoted(home.prefix)) AND (\(changesHomeUnit))",
                    code: "foreign_home",
                    "只有\(home.market)可以修改此记录的登记内容(\(names))",
                    "only \(home.market) may change these columns of this record: \(names)")
            }
            + type.rule.units.map { unit in
                let changed = unit.columns.map { "new.\($0.name) IS NOT old.\($0.name)" }.joined(separator: " OR ")
                return crowded("old", mask: "\(Int64(1) << Int64(unit.number))", and: changed)
            }
    }

    private func crowded(_ row: String, mask: String, and condition: String = "1") -> Refusal {
        Refusal(
            if: "(\(condition)) AND EXISTS (SELECT 1 FROM yrd_crowded WHERE type = \(typeID) AND key = \(row).\(key) "
                + "AND mask & \(mask))",
            code: "too_many_siblings",
            "此处并存的值过多,请先用 yrdsync conflicts resolve 解决冲突",
            "too many concurrent values here: resolve the conflict first (yrdsync conflicts list)")
    }

    // MARK: Values

    private enum Event {
        case insert
        case update
    }

    private func values(on event: Event) -> [Refusal] {
        let columns = SyncedTableSQL(type: type).unitColumns
        let atRest = Set(type.columnsAtRest.map(\.name))
        return columns.flatMap { column in
            var changed = event == .insert ? "" : "new.\(column.name) IS NOT old.\(column.name) AND "
            let isCiphertext = "new.\(column.name) GLOB '\(RestCipher.textPrefix)*'"
            var faults = refusals(of: column, on: event)
            switch (isEncrypted, atRest.contains(column.name)) {
            case (true, true): changed += "\(isCiphertext) IS NOT 1 AND "
            case (false, true): faults.insert(ciphertextFault(of: column, if: isCiphertext), at: 0)
            case (true, false) where SyncedTableSQL.storageClass(of: column.type) == "TEXT":
                // Copied there, it would be sealed as it is.
                let holdsOne = "instr(new.\(column.name), '\(RestCipher.textPrefix)')"
                faults.insert(ciphertextFault(of: column, if: holdsOne), at: 0)
            default: break
            }
            return faults.map {
                Refusal(if: changed + "(\($0.condition))", code: $0.code, column: column.name, $0.zh, $0.en)
            }
        } + type.rules.map { rule($0, on: event) }
    }

    private struct Fault {
        let condition: String
        let code: String
        let zh: String
        let en: String
    }

    /// What was copied out of an encrypted column, or remained of one, is no value.
    private func ciphertextFault(of column: Column, if condition: String) -> Fault {
        Fault(
            condition: condition, code: "ciphertext", zh: "\(column.label.zh)不能存放密文:请写明文",
            en: "\(column.name) cannot hold a ciphertext here: write the value itself")
    }

    private func refusals(of column: Column, on event: Event) -> [Fault] {
        let value = "new.\(column.name)"
        let label = column.label.zh
        var faults: [Fault] = []
        func refuse(_ condition: String, _ code: String, _ zh: String, _ en: String) {
            faults.append(Fault(condition: condition, code: code, zh: "\(label)\(zh)", en: "\(column.name) \(en)"))
        }
        if column.isRequired {
            // A first, partial insert is welcome; emptying what stands is not.
            let isMissing = event == .insert ? "\(value) = ''" : "\(value) IS NULL OR \(value) = ''"
            refuse(isMissing, "missing_value", "不能为空", "must not be empty")
        }
        switch column.type {
        case .text:
            if let max = column.lengthMax {
                refuse(
                    "length(\(value)) > \(max)", "too_long", "不得超过 \(max) 个字符", "must have at most \(max) characters")
            }
            // As a blob: of a text and a blob, instr() copies both.
            refuse(
                "instr(CAST(\(value) AS BLOB), x'00')", "bad_character", "不得含有空字符", "must not contain a NUL character")
        case .integer, .money:
            let minimum = max(column.minimum ?? FieldValue.integerRange.lowerBound, FieldValue.integerRange.lowerBound)
            let maximum = FieldValue.integerRange.upperBound
            refuse(
                "\(value) NOT BETWEEN \(minimum) AND \(maximum)", "number_out_of_range",
                "应在 \(minimum) 与 \(maximum) 之间",
                "must lie between \(minimum) and \(maximum)")
        case .date:
            // Without a modifier date() lets the 30th of February pass.
            refuse(
                "\(value) IS NOT date(\(value), '+0 days')", "impossible_date", "应为实际日期,写作 YYYY-MM-DD",
                "must be a real date written YYYY-MM-DD")
        case .code(let list):
            refuse(
                isNoCode(value, of: list), "unknown_code", "不在代码表 \(list) 中",
                "is not a code of the list \(list) (see table yrd_code)")
        case .codeSet(let list):
            // Only json_each: SQLite 3.40 refuses JSON's scalar functions in the trigger of a client whose
            // trusted_schema is off. What begins and ends as an array and is none, json_each itself refuses.
            refuse(
                "trim(\(value), char(9, 10, 13, 32)) NOT GLOB '[[]*]'", "bad_set", "应为 JSON 数组,如 [\"a\",\"b\"]",
                "must be a JSON array of codes, like [\"a\",\"b\"]")
            refuse(
                "EXISTS (SELECT 1 FROM json_each(\(value)) AS e WHERE e.type <> 'text' OR NOT EXISTS "
                    + "(SELECT 1 FROM yrd_code WHERE list = \(quoted(list)) AND code = e.value))",
                "unknown_code", "含有代码表 \(list) 以外的值",
                "has a value that is not a code of the list \(list) (see table yrd_code)")
        case .uscc:
            refuse(
                "length(\(value)) <> 18 OR \(value) GLOB '*[^0-9A-HJ-NP-RTUW-Y]*'", "bad_credit_code",
                "应为 18 位统一社会信用代码",
                "must be a unified social credit code of 18 characters")
        case .region:
            refuse(
                "\(value) NOT GLOB '[0-9][0-9][0-9][0-9][0-9][0-9]'", "unknown_region", "应为 6 位行政区划代码",
                "must be a region code of 6 digits")
        }
        return faults
    }

    /// No `IN (…)`: SQLite builds its table of the list anew each time a trigger fires.
    private func isNoCode(_ value: String, of list: String) -> String {
        guard let codes = codeLists[list]?.entries, codes.count <= Self.codesWrittenOutMax else {
            return "\(value) IS NOT NULL AND NOT EXISTS "
                + "(SELECT 1 FROM yrd_code WHERE list = \(quoted(list)) AND code = \(value))"
        }
        return "\(value) IS NOT NULL AND \(isNone(of: codes.map(\.slug).sorted { Text($0) < Text($1) }, value))"
    }

    /// Halves the list until few are left: a value is compared with six codes of forty, not with all.
    private func isNone(of codes: [String], _ value: String) -> String {
        guard codes.count > Self.codesComparedMax else {
            return codes.isEmpty ? "1" : codes.map { "\(value) <> \(quoted($0))" }.joined(separator: " AND ")
        }
        let upper = codes.count / 2
        let (low, high) = (Array(codes[..<upper]), Array(codes[upper...]))
        return
            "CASE WHEN \(value) < \(quoted(high[0])) THEN \(isNone(of: low, value)) ELSE \(isNone(of: high, value)) END"
    }

    private func rule(_ rule: CrossColumnRule, on event: Event) -> Refusal {
        let changed = rule.columns.map { "new.\($0) IS NOT old.\($0)" }.joined(separator: " OR ")
        let prefix = event == .insert ? "" : "(\(changed)) AND "
        switch rule.kind {
        case .ordered(let columns):
            let falls = zip(columns, columns.dropFirst()).map { "new.\($0) > new.\($1)" }.joined(separator: " OR ")
            return Refusal(if: prefix + "(\(falls))", code: rule.name, rule.message.zh, rule.message.en)
        case .childOf(let column, let parentColumn, let list):
            return Refusal(
                if: prefix + "new.\(column) IS NOT NULL AND new.\(parentColumn) IS NOT NULL AND NOT EXISTS "
                    + "(SELECT 1 FROM yrd_code WHERE list = \(quoted(list)) AND code = new.\(column) "
                    + "AND parent = new.\(parentColumn))",
                code: rule.name, rule.message.zh, rule.message.en)
        }
    }
}
