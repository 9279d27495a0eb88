// A record's values as people read them: names of codes, yuan instead of fen, personal columns masked.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

struct ValueText {
    let catalog: Catalog
    let type: RecordType?
    private let reveals: Bool

    /// - Parameter reveals: whether personal columns are shown in full, for which somebody has answered.
    init(_ catalog: Catalog, type: Text, reveals: Bool = false) {
        self.catalog = catalog
        self.reveals = reveals
        self.type = catalog.recordType(named: type.string)
    }

    /// What stands for NULL.
    static let nothing = "–"

    func text(_ value: FieldValue, column name: String) -> String {
        guard let column = type?.column(named: name) else { return Self.plain(value) }
        if column.isPersonal, !reveals { return Self.masked(Self.plain(value)) }
        switch (value, column.type) {
        case (.integer(let fen), .money): return Self.yuan(fen)
        case (.text(let code), .code(let list)): return Self.code(code, in: catalog.codeLists[list])
        case (.text(let code), .region): return Self.code(code, in: catalog.codeLists[RegionCode.listName])
        case (.set(let codes), .codeSet(let list)):
            return codes.isEmpty
                ? Self.nothing
                : codes.map { Self.code($0, in: catalog.codeLists[list]) }.joined(separator: say("、", ", "))
        default: return Self.plain(value)
        }
    }

    /// In a table of many records: codes by their names alone.
    func short(_ value: FieldValue, column name: String) -> String {
        guard let list = type?.column(named: name)?.type.codeList.flatMap({ catalog.codeLists[$0] }) else {
            return text(value, column: name)
        }
        switch value {
        case .text(let slug): return list.code(slug.string)?.label[Language.current] ?? slug.string
        case .set(let slugs):
            return slugs.map { list.code($0.string)?.label[Language.current] ?? $0.string }
                .joined(separator: say("、", ", "))
        case .null, .integer: return text(value, column: name)
        }
    }

    /// `合同成交金额 total_amount_fen`: the name is what commands take, and says enough in English.
    func label(ofColumn name: String) -> String {
        guard let type, Language.current == .zh else { return name }
        let label = name == type.keyColumn.name ? type.keyColumn.label.zh : type.column(named: name)?.label.zh
        return label.map { "\($0) \(name)" } ?? name
    }

    /// The first character stays, so that two people can tell one from another by telephone.
    static func masked(_ text: String) -> String {
        guard text != nothing, let first = text.first else { return text }
        return String(first) + String(repeating: "＊", count: text.count - 1)
    }

    static func plain(_ value: FieldValue) -> String {
        switch value {
        case .null: nothing
        case .integer(let integer): "\(integer)"
        case .text(let text): text.string
        case .set(let elements): elements.map(\.string).joined(separator: say("、", ", "))
        }
    }

    private static func code(_ slug: Text, in list: CodeList?) -> String {
        guard let label = list?.code(slug.string)?.label[Language.current], label != slug.string else {
            return slug.string
        }
        return "\(label) (\(slug))"
    }

    private static func yuan(_ fen: Int64) -> String {
        var digits = String(fen.magnitude)
        while digits.count < 3 { digits = "0" + digits }
        var whole = ""
        for (index, digit) in digits.dropLast(2).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { whole = "," + whole }
            whole = String(digit) + whole
        }
        return (fen < 0 ? "-" : "") + say("\(whole).\(digits.suffix(2)) 元", "CNY \(whole).\(digits.suffix(2))")
    }
}

extension Catalog {
    /// `买方 buyer`.
    func label(ofUnit unit: UnitNumber, in type: Text) -> String {
        if unit == UnitRule.existence { return say("记录存废", "existence") }
        let name = name(ofUnit: unit, in: type)
        guard Language.current == .zh, let label = recordType(named: type.string)?.unit(unit)?.label.zh else {
            return name
        }
        return "\(label) \(name)"
    }

    /// What people call a record: its first column that must not be empty.
    func title(of record: RecordID, in row: RecordRow?) -> String {
        guard let column = recordType(named: record.type.string)?.columns.first(where: \.isRequired),
            case .text(let title) = row?.values[column.name], !column.isPersonal
        else { return "\(record.type) \(record.key)" }
        return "\(record.type) \(record.key)  \(title)"
    }
}
