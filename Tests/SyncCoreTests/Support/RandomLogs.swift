// Histories of several origins with groups and contexts, and the slow rules of who may apply and who may send what.

@testable import SyncCore

enum RandomLogs {
    /// A history in one replica's order of application. Some origins fork, inside groups and at their first entry too.
    static func history(_ chance: inout SeededGenerator) -> [VerifiedEntry] {
        var logs = ["shanghai", "jiangsu", "zhejiang", "anhui"].prefix(2 + chance.below(3)).map { OriginLog($0) }
        var history: [VerifiedEntry] = []
        let forks = chance.oneIn(2)
        for step in 0..<(3 + chance.below(12)) {
            let index = chance.below(logs.count)
            if forks, chance.oneIn(4), logs.count < 8 {
                logs.append(logs[index].branch(after: chance.below(logs[index].entries.count + 1)))
                // What another log ends with is no branch, until it goes on.
                guard logs.last!.entries.count < logs[index].entries.count else {
                    logs.removeLast()
                    continue
                }
                let rows = logs.last!.entries.last.map { context($0).frontier.rows } ?? []
                history.append(logs[logs.count - 1].append(seeing: rows, website: "branch \(step)"))
                continue
            }
            // Never less than this origin's context before; never the middle of a group.
            let before = logs[index].entries.last.map { context($0).frontier } ?? .empty
            let rows = logs.filter { $0.origin != logs[index].origin && !$0.entries.isEmpty }.compactMap {
                log -> Row? in
                let named = before.rows(of: log.origin).filter { row in log.entries.contains { $0.row == row } }
                let floor = Int(named.map(\.sequence).max() ?? 0)
                let ends = (max(floor, 1)...log.entries.count).filter { !log[$0].header.groupContinues }
                return floor == 0 && chance.oneIn(2) ? nil : log.row(chance.pick(ends))
            }
            let length = chance.oneIn(3) ? 2 + chance.below(2) : 1
            for part in 1...length {
                history.append(
                    logs[index].append(
                        seeing: Array(Set(rows)), continues: part < length, website: "log \(index) step \(step)"))
            }
        }
        return history
    }

    static func context(_ entry: VerifiedEntry) -> Context { try! Context(decoding: entry.entry.context) }

    /// Groups one after the other: a whole chain, with predecessor and context applied, is applied.
    static func slowlyAdmitted(_ batch: [VerifiedEntry], onto applied: AppliedLog) -> [VerifiedEntry] {
        var here = applied.order
        func has(_ row: Row) -> Bool { here.contains { $0.row == row } }
        var admitted: [VerifiedEntry] = []
        var rest = batch[...]
        while let first = rest.first {
            let run = rest.prefix { $0.header.origin == first.header.origin && $0.header.groupContinues }
            let group = Array(rest.prefix(run.count + 1))
            let isWhole = group.last!.header.origin == first.header.origin && !group.last!.header.groupContinues
            rest = rest.dropFirst(isWhole ? group.count : run.count)
            let isChain = zip(group, group.dropFirst()).allSatisfy { $0.id == $1.header.previous }
            let new = group.filter { entry in !here.contains { $0.id == entry.id } }
            guard isWhole, isChain, let start = new.first else { continue }
            let follows = start.header.sequence == 1 || here.contains { $0.id == start.header.previous }
            guard follows, context(start).frontier.rows.allSatisfy(has) else { continue }
            here += new
            admitted += new
        }
        return admitted
    }

    /// What a peer is sent: everything it lacks, but nothing of what it holds back or of what needs that.
    static func slowlySent(
        _ history: [VerifiedEntry], to peer: AppliedLog, holding held: Set<Origin>
    ) -> [VerifiedEntry] {
        func ancestry(_ entry: VerifiedEntry) -> Set<Digest> {
            var (ids, next): (Set<Digest>, VerifiedEntry?) = ([], entry)
            while let one = next {
                ids.insert(one.id)
                next = history.first { $0.id == one.header.previous }
            }
            return ids
        }
        let here = Set(peer.order.map(\.id))
        var withheld: Set<Digest> = []
        var sent: [VerifiedEntry] = []
        for entry in history where !here.contains(entry.id) {
            var seen = ancestry(entry)
            for row in context(entry).frontier.rows { seen.formUnion(ancestry(history.first { $0.row == row }!)) }
            let mustWait = held.contains(entry.header.origin) || !withheld.isDisjoint(with: seen)
            if mustWait { withheld.insert(entry.id) } else { sent.append(entry) }
        }
        return sent
    }
}
