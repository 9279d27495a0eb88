// Histories of several origins with groups and contexts, and the slow rules of who may apply and who may send what.

@testable import SyncCore

enum RandomLogs {
    /// A history in one replica's order of application.
    static func history(_ chance: inout SeededGenerator) -> [VerifiedEntry] {
        var logs = ["shanghai", "jiangsu", "zhejiang", "anhui"].prefix(2 + chance.below(3)).map { OriginLog($0) }
        var history: [VerifiedEntry] = []
        for _ in 0..<(3 + chance.below(12)) {
            let index = chance.below(logs.count)
            // Never less than this origin's context before; never the middle of a group.
            let before = logs[index].entries.last.map { context($0).frontier } ?? .empty
            let rows = logs.filter { $0.origin != logs[index].origin && !$0.entries.isEmpty }.compactMap {
                log -> Row? in
                let floor = Int(before.sequence(of: log.origin))
                let ends = (max(floor, 1)...log.entries.count).filter { !log[$0].header.groupContinues }
                return floor == 0 && chance.oneIn(2) ? nil : log.row(chance.pick(ends))
            }
            let length = chance.oneIn(3) ? 2 + chance.below(2) : 1
            for part in 1...length { history.append(logs[index].append(seeing: rows, continues: part < length)) }
        }
        return history
    }

    static func context(_ entry: VerifiedEntry) -> Context { try! Context(decoding: entry.entry.context) }

    /// Groups one after the other: a whole group in sequence, with predecessor and context applied, is applied.
    static func slowlyAdmitted(_ batch: [VerifiedEntry], onto applied: AppliedLog) -> [VerifiedEntry] {
        var here = applied.order
        func has(_ row: Row) -> Bool {
            here.contains { $0.header.origin == row.origin && $0.header.sequence == row.sequence }
        }
        var admitted: [VerifiedEntry] = []
        var rest = batch[...]
        while let first = rest.first {
            let run = rest.prefix { $0.header.origin == first.header.origin && $0.header.groupContinues }
            let group = Array(rest.prefix(run.count + 1))
            let isWhole = group.last!.header.origin == first.header.origin && !group.last!.header.groupContinues
            rest = rest.dropFirst(isWhole ? group.count : run.count)
            let isNew = group.allSatisfy { entry in !here.contains { $0.id == entry.id } }
            guard isWhole, isNew else { continue }
            var previous = here.last { $0.header.origin == first.header.origin }?.id ?? .zero
            let isChained = group.allSatisfy { entry in
                defer { previous = entry.id }
                return entry.header.previous == previous
            }
            guard isChained, context(first).frontier.rows.allSatisfy(has) else { continue }
            here += group
            admitted += group
        }
        return admitted
    }

    /// What a peer with `frontier` is sent: everything it lacks, but nothing of what it holds back or of what needs that.
    static func slowlySent(
        _ history: [VerifiedEntry], to frontier: Frontier, holding held: Set<Origin>
    ) -> [VerifiedEntry] {
        var withheld: [VerifiedEntry] = []
        var sent: [VerifiedEntry] = []
        for entry in history where entry.header.sequence > frontier.sequence(of: entry.header.origin) {
            let origin = entry.header.origin
            let needsWithheld = withheld.contains { other in
                other.header.origin == origin
                    || context(entry).frontier.sequence(of: other.header.origin) >= other.header.sequence
            }
            if held.contains(origin) || needsWithheld { withheld.append(entry) } else { sent.append(entry) }
        }
        return sent
    }
}
