// Rules across columns are few and named by kind: an expression language would be one more thing to get wrong.

import SyncCore

/// Reads the `rules` of a record type.
struct CrossColumnRuleLoader {
    let columns: [Column]
    let lists: [String: CodeList]

    func load(_ item: YAMLReading?) throws(CatalogError) -> [CrossColumnRule] {
        var rules: [CrossColumnRule] = []
        for element in try item?.sequence() ?? [] {
            let fields = try element.mapping(required: ["name", "message"], optional: ["ordered", "child_of"])
            let name = try fields["name"]!.identifier()
            guard !rules.contains(where: { $0.name == name }) else {
                throw element.refusal("规则 \(name) 重复", "the rule \(name) is given twice")
            }
            let kind =
                switch (fields["ordered"], fields["child_of"]) {
                case (let ordered?, nil): try readOrdered(ordered)
                case (nil, let childOf?): try readChildOf(childOf)
                default:
                    throw element.refusal(
                        "应恰有 ordered 或 child_of", "exactly one of ordered and child_of is expected")
                }
            rules.append(CrossColumnRule(name: name, kind: kind, message: try fields["message"]!.label()))
        }
        return rules
    }

    private func column(_ item: YAMLReading) throws(CatalogError) -> Column {
        let name = try item.identifier()
        guard let column = columns.first(where: { $0.name == name }) else {
            throw item.refusal("没有列 \(name)", "there is no column \(name)")
        }
        return column
    }

    private func readOrdered(_ item: YAMLReading) throws(CatalogError) -> CrossColumnRule.Kind {
        var ordered: [Column] = []
        for element in try item.sequence() { ordered.append(try column(element)) }
        guard ordered.count >= 2, let type = ordered.first?.type, ordered.allSatisfy({ $0.type == type }),
            [.integer, .money, .date].contains(type), Set(ordered.map(\.name)).count == ordered.count
        else {
            throw item.refusal(
                "应为至少两个同类型的不同列（整数、金额或日期）",
                "two or more different columns of one type (integer, money or date) are expected here")
        }
        return .ordered(ordered.map(\.name))
    }

    private func readChildOf(_ item: YAMLReading) throws(CatalogError) -> CrossColumnRule.Kind {
        let fields = try item.mapping(required: ["column", "parent"])
        let child = try column(fields["column"]!)
        let parent = try column(fields["parent"]!)
        guard case .code(let list) = child.type, case .code(let parentList) = parent.type,
            lists[list]?.parentList == parentList
        else {
            throw item.refusal(
                "两列都应为代码列，且前者代码表的 parents 为后者的代码表",
                "both must be code columns, and the list of the first must name the list of the second as `parents`")
        }
        return .childOf(column: child.name, parentColumn: parent.name, list: list)
    }
}
