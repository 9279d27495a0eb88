// Transcripts a newcomer can read: a few nodes, one record whose home is Shanghai, one sentence a line.

import Testing

@testable import SyncCore

/// Runs a script against real replicas. Every line is a deed or a statement that must be true:
///
///     shanghai creates name=Lixin website=a         a plain INSERT
///     jiangsu sets website=b remark=NULL            a plain UPDATE
///     shanghai deletes                              a plain DELETE
///     anhui resolves website to shanghai            --take SHANGHAI
///     anhui resolves website to =c                  --value
///     shanghai resolves existence to keep           --keep, or: to delete
///     jiangsu hears shanghai                        receives all that Shanghai has
///     shanghai2 clones shanghai                     the machine is copied; both go on under one origin
///     everyone syncs
///     everyone shows name=Lixin website=a           the whole row; or: shows nothing
///     everyone has website: shanghai=a jiangsu=b    an open conflict and its sides; or: has no conflict
///
/// A node `shanghai2` is another incarnation of Shanghai; a node named with `(older)` runs the older catalog.
/// Every deed happens a second after the one before, so that "the latest" is the one told last.
struct Story {
    private var names: [String] = []
    private var nodes: [String: TestReplica] = [:]
    private var wall: Int64 = 1_700_000_000_000
    private var incarnations = 0
    let record = TestCatalog.record("SH-1")

    init(_ cast: String, sourceLocation: SourceLocation = #_sourceLocation) {
        for (index, word) in cast.split(separator: " ").enumerated() {
            let isOlder = word.hasSuffix("(older)")
            let name = String(isOlder ? word.dropLast("(older)".count) : word)
            let market = Market(name.filter(\.isLetter))!
            names.append(name)
            nodes[name] = TestReplica(
                market: market, incarnation: UInt8(index), rule: isOlder ? TestCatalog.older : TestCatalog.current)
        }
    }

    subscript(_ name: String) -> TestReplica { nodes[name]! }

    mutating func tell(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for line in script.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2 else { continue }
            wall += 1_000
            for name in words[0] == "everyone" ? names : [words[0]] {
                try act(name, words[1], Array(words.dropFirst(2)), line: String(line), sourceLocation)
            }
        }
    }

    private mutating func act(
        _ name: String, _ verb: String, _ rest: [String], line: String, _ location: SourceLocation
    ) throws {
        let node = try #require(nodes[name], "nobody is called \(name)", sourceLocation: location)
        switch verb {
        case "creates", "sets": try write(name, try assignments(rest, location), location)
        case "deletes": try edit(name, .absent, location)
        case "clones": nodes[name] = nodes[rest[0]]!
        case "resolves": try resolve(name, rest[0], to: rest[2], location)
        case "hears": hear(name, from: rest)
        case "syncs": hear(name, from: names)
        case "shows":
            let expected = rest == ["nothing"] ? rest : rest.sorted()
            #expect(shown(node) == expected, "\(name): \(line)", sourceLocation: location)
        case "has":
            let expected =
                rest == ["no", "conflict"] ? [] : [rest[0] + " " + rest.dropFirst().sorted().joined(separator: " ")]
            let open = conflicts(node)
            if expected.isEmpty {
                #expect(open.isEmpty, "\(name): \(line)", sourceLocation: location)
            } else {
                #expect(expected.allSatisfy(open.contains), "\(name): \(line); has \(open)", sourceLocation: location)
            }
        default: Issue.record("unknown verb: \(line)", sourceLocation: location)
        }
    }

    // MARK: Deeds

    private func assignments(_ words: [String], _ location: SourceLocation) throws -> [(UnitRule, FieldValue)] {
        try words.map { word in
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let unit = try #require(
                TestCatalog.current.units.first { $0.name == parts[0] }, "no unit \(parts[0])",
                sourceLocation: location)
            return (unit, parts[1] == "NULL" ? .null : .text(Text(parts[1])))
        }
    }

    private mutating func write(_ name: String, _ values: [(UnitRule, FieldValue)], _ location: SourceLocation) throws {
        let view = nodes[name]!.view(record)
        var row = view.isShown ? view.shown.mapValues(\.values) : [:]
        for (unit, value) in values {
            row[unit.number] = [value] + Array(repeating: .null, count: unit.columns.count - 1)
        }
        try edit(name, .present(row), location)
    }

    private mutating func edit(_ name: String, _ content: RowContent, _ location: SourceLocation) throws {
        let node = nodes[name]!
        let draft = try #require(
            LocalEdit.draft(
                record: record, rule: node.rule, view: node.view(record), content: content),
            "nothing changed", sourceLocation: location)
        _ = nodes[name]!.seal([draft], wall: wall)
    }

    private mutating func resolve(
        _ name: String, _ unitName: String, to choice: String, _ location: SourceLocation
    ) throws {
        let node = nodes[name]!
        let unit = unitName == "existence" ? 0 : node.rule.units.first { $0.name == unitName }!.number
        let conflict = try #require(
            node.view(record).conflict(of: unit), "\(name) has no such conflict", sourceLocation: location)
        let request: ResolutionRequest =
            switch choice {
            case "keep": .keep
            case "delete": .delete
            case _ where choice.hasPrefix("="): .value([.text(Text(String(choice.dropFirst())))])
            default: .take(conflict.sides.first { $0.stamp.market.name == choice }!.stamp.id)
            }
        let draft = try Resolution.draft(request, of: conflict, rule: node.rule, by: node.market)
        _ = nodes[name]!.seal([draft], isResolution: true, wall: wall)
    }

    private mutating func hear(_ name: String, from others: [String]) {
        let known = others.flatMap { nodes[$0]!.sets.values }
        while let next = known.sorted(by: { $0.dot < $1.dot }).first(where: { nodes[name]!.canApply($0) }) {
            if nodes[name]!.isShownItself(by: next) {
                incarnations += 1
                nodes[name]!.begin(incarnation: UInt8(100 + incarnations))
            }
            nodes[name]!.apply(next, wall: wall)
        }
    }

    // MARK: What is shown

    private func shown(_ node: TestReplica) -> [String] {
        let view = node.view(record)
        guard view.isShown else { return ["nothing"] }
        return node.rule.units.compactMap { unit in
            guard let value = view.shown[unit.number]?.values.first, value != .null else { return nil }
            return "\(unit.name)=\(Self.word(value))"
        }.sorted()
    }

    private func conflicts(_ node: TestReplica) -> [String] {
        node.view(record).conflicts.map { conflict in
            let unit = node.rule.unit(conflict.unit)?.name ?? "existence"
            let sides = conflict.sides.map { side in
                switch side.value {
                case .present: "\(side.stamp.market)=present"
                case .absent: "\(side.stamp.market)=absent"
                case .unit(let values): "\(side.stamp.market)=\(Self.word(values[0]))"
                }
            }
            return "\(unit): \(sides.sorted().joined(separator: " "))"
        }
    }

    private static func word(_ value: FieldValue) -> String {
        if case .text(let text) = value { text.string } else { "NULL" }
    }
}
