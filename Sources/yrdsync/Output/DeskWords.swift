// What the desk refuses, in words: what happened, to which record, and what to do.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

extension Failure {
    init(_ refusal: DeskRefusal) {
        let (status, code) = Self.outcome(of: refusal)
        self.init(
            status: status, code: code, message: Self.words(for: refusal), peer: Self.peer(of: refusal)?.name,
            record: Self.record(of: refusal).map { "\($0.type) \($0.key)" })
    }

    private static func outcome(of refusal: DeskRefusal) -> (ExitStatus, String) {
        switch refusal {
        case .unknownType: (.usage, "unknown_type")
        case .noSuchRecord: (.failed, "no_such_record")
        case .unknownColumn: (.usage, "unknown_column")
        case .badCondition, .badConditionValue: (.usage, "bad_condition")
        case .badConflictID: (.usage, "bad_conflict_id")
        case .noSuchConflict: (.failed, "no_such_conflict")
        case .ambiguousConflict: (.failed, "ambiguous_conflict")
        case .conflictClosed: (.failed, "conflict_closed")
        case .badSide: (.usage, "bad_side")
        case .noSuchSide: (.usage, "no_such_side")
        case .severalSides: (.usage, "several_sides")
        case .wrongChoice: (.usage, "wrong_choice")
        case .otherUnit: (.usage, "other_unit")
        case .badValue: (.usage, "bad_value")
        case .valueRefused(let refusal, _): (.failed, refusal.code)
        case .notAllowed: (.refusedForTrust, "not_allowed")
        case .siblingsChanged: (.failed, "siblings_changed")
        case .notResolved: (.failed, "not_resolved")
        case .writtenSince: (.failed, "written_since")
        case .badDot: (.usage, "bad_dot")
        case .noSuchEntry: (.failed, "no_such_entry")
        case .ambiguousDot: (.failed, "ambiguous_dot")
        case .fileUnreadable: (.failed, "file_unreadable")
        case .fileTooLarge: (.failed, "file_too_large")
        case .fileRefused(_, let error): (.failed, error.code)
        }
    }

    private static func record(of refusal: DeskRefusal) -> RecordID? {
        switch refusal {
        case .noSuchRecord(let record), .valueRefused(_, let record), .notAllowed(let record, _, _),
            .siblingsChanged(let record, _), .notResolved(_, let record), .writtenSince(_, let record):
            record
        case .conflictClosed(_, let closure): closure.record
        default: nil
        }
    }

    private static func peer(of refusal: DeskRefusal) -> Market? {
        if case .notAllowed(_, _, let home) = refusal { home } else { nil }
    }

    private static func words(for refusal: DeskRefusal) -> String {
        switch refusal {
        case .unknownType(let name, let known):
            say("没有记录类型 \(name);现有:\(list(known))", "there is no record type \(name); there are \(list(known))")
        case .noSuchRecord(let record):
            say(
                "没有 \(record.type) \(record.key);若曾有过,可看 yrdsync records history \(record.type) \(record.key)",
                "there is no \(record.type) \(record.key); if there was one, yrdsync records history \(record.type) \(record.key) tells of it"
            )
        case .unknownColumn(let name, let type, let known):
            say("\(type) 没有列 \(name);现有:\(list(known))", "\(type) has no column \(name); it has \(list(known))")
        case .badCondition(let text, let known):
            say(
                "--where \(text):应写作 名称=值,名称为 \(list(known)) 之一",
                "--where \(text): write name=value, the name being one of \(list(known))")
        case .badConditionValue(let text, let expected):
            say("--where \(text):应为 \(expected)", "--where \(text): expected \(expected)")
        case .badConflictID(let text):
            say(
                "\(text) 不是冲突编号:应为 8 至 64 位十六进制数字(yrdsync conflicts list 列出)",
                "\(text) is not a conflict's id: 8 to 64 hexadecimal digits, as yrdsync conflicts list shows them")
        case .noSuchConflict(let text):
            say(
                "本节点没有以 \(text) 开头的冲突:请看 yrdsync conflicts list",
                "no conflict known here begins with \(text): see yrdsync conflicts list")
        case .ambiguousConflict(let text, let ids):
            say(
                "以 \(text) 开头的冲突不止一个,请多写几位:\(list(ids.map { String($0.hex.prefix(16)) }))",
                "several conflicts begin with \(text), give more digits: \(list(ids.map { String($0.hex.prefix(16)) }))"
            )
        case .conflictClosed(let id, let closure):
            closed(id, closure)
        case .badSide(let text):
            say(
                "--take \(text):应为市场名称,或 市场.<8 位以上十六进制>:序号(conflicts show 列出)",
                "--take \(text): give a market, or market.<8 or more hex digits>:seq as conflicts show prints it")
        case .noSuchSide(let text, let sides):
            say(
                "此冲突中没有 \(text) 的值;各方为:\(list(sides.map(DotPrefix.short)))",
                "\(text) is no side of this conflict; its sides are \(list(sides.map(DotPrefix.short)))")
        case .severalSides(let text, let sides):
            say(
                "\(text) 在此冲突中有几个不同的值,请用 --take 指明其一:\(list(sides.map(DotPrefix.short)))",
                "\(text) has several different values in this conflict: name one with --take, of \(list(sides.map(DotPrefix.short)))"
            )
        case .wrongChoice(let unit):
            unit == UnitRule.existenceName
                ? say(
                    "这是记录存废之争:请用 --keep、--delete 或 --take",
                    "this conflict is about whether the record exists: use --keep, --delete or --take")
                : say(
                    "这是单元 \(unit) 的冲突:请用 --take 或 --value '\(unit)={…}'",
                    "this is a conflict of the unit \(unit): use --take or --value '\(unit)={…}'")
        case .otherUnit(let asked, let unit):
            say("此冲突的单元是 \(unit),不是 \(asked)", "the conflict's unit is \(unit), not \(asked)")
        case .badValue(let fault):
            words(for: fault)
        case .valueRefused(let refusal, let record):
            "\(record.type) \(record.key): \(refusal.reason[Language.current])"
        case .notAllowed(let record, let unit, let home):
            notAllowed(record, unit, home: home?.name)
        case .siblingsChanged(let record, let now):
            say(
                "\(record.type) \(record.key) 的并存值已经变化,未作裁定。现有冲突:\(list(now.map(shortID)))",
                "the values of \(record.type) \(record.key) have changed since; nothing was resolved. Open now: \(list(now.map(shortID)))"
            )
        case .notResolved(let id, let record):
            say(
                "冲突 \(shortID(id))(\(record.type) \(record.key))没有可撤销的裁定",
                "conflict \(shortID(id)) of \(record.type) \(record.key) has no resolution to undo")
        case .writtenSince(let id, let record):
            say(
                "\(record.type) \(record.key) 在冲突 \(shortID(id)) 裁定之后又有改动,未撤销:请直接修改记录",
                "\(record.type) \(record.key) was written since conflict \(shortID(id)) was resolved; nothing was undone: change the record itself"
            )
        case .badDot(let text):
            say(
                "\(text) 不是变更集的编号:应为 市场.<8 位以上十六进制>:序号",
                "\(text) does not name a change set: write market.<8 or more hex digits>:seq")
        case .noSuchEntry(let text):
            say("本节点没有变更集 \(text):请看 yrdsync log list", "no change set \(text) here: see yrdsync log list")
        case .ambiguousDot(let text, let dots):
            say(
                "\(text) 可指几个变更集,请多写几位:\(list(dots.map(\.description)))",
                "several change sets fit \(text), give more digits: \(list(dots.map(\.description)))")
        case .fileUnreadable(let path):
            say("无法读取 \(path)", "\(path) cannot be read")
        case .fileTooLarge(let path, let max):
            say("\(path) 超过 \(max >> 20) MiB:请分成几个文件", "\(path) is larger than \(max >> 20) MiB; split it")
        case .fileRefused(let path, let error):
            say("\(path) 未导入:\(error.reason.zh)", "\(path) was not imported: \(error.reason.en)")
        }
    }

    private static func notAllowed(_ record: RecordID, _ unit: String, home: String?) -> String {
        let what =
            unit == UnitRule.existenceName
            ? say("\(record.type) \(record.key) 的存废", "whether \(record.type) \(record.key) exists")
            : say("\(record.type) \(record.key) 的 \(unit)", "\(unit) of \(record.type) \(record.key)")
        return say(
            "本市场无权决定 \(what):请由 \(home ?? "其所属市场") 裁定",
            "this market may not decide \(what); \(home ?? "its home market") can resolve it")
    }

    private static func words(for fault: DeskRefusal.BadValue) -> String {
        switch fault {
        case .notAnAssignment:
            say("--value 应写作 单元={\"列\": 值, …}", "--value is written UNIT={\"column\": value, …}")
        case .notAnObject:
            say(
                "--value 等号之后应为 JSON 对象:{\"列\": 值, …}",
                "after the = of --value comes a JSON object: {\"column\": value, …}")
        case .missing(let columns):
            say(
                "--value 须给出单元的全部列(没有值的写 null);缺:\(list(columns))",
                "--value names every column of the unit (null where there is no value); missing: \(list(columns))")
        case .unknown(let names, let unit, let columns):
            say(
                "单元 \(unit) 没有列 \(list(names));它的列是:\(list(columns))",
                "the unit \(unit) has no column \(list(names)); its columns are \(list(columns))")
        case .otherKind(let column, let type):
            say("\(column) 应为\(form(of: type))", "\(column) must be \(form(of: type))")
        }
    }

    /// What a type's values look like in JSON.
    private static func form(of type: ColumnType) -> String {
        switch type {
        case .integer: say("整数或 null", "an integer or null")
        case .money: say("以分计的整数或 null", "an integer number of fen, or null")
        case .codeSet: say("代码数组或 null", "an array of codes, or null")
        case .date: say("\"YYYY-MM-DD\" 或 null", "\"YYYY-MM-DD\" or null")
        case .text, .code, .uscc, .region: say("字符串或 null", "a string or null")
        }
    }

    private static func closed(_ id: Digest, _ closure: ConflictClosure) -> String {
        let who = [closure.dot.origin.market?.name, closure.note?.author?.string].compactMap(\.self).joined(
            separator: " · ")
        let when = Instant.local(closure.timeMilliseconds)
        let reason = closure.note?.reason.map { say(":\($0)", ": \($0)") } ?? ""
        return closure.isResolution(of: id)
            ? say(
                "冲突 \(shortID(id)) 已于 \(when) 由 \(who) 裁定\(reason)",
                "conflict \(shortID(id)) was resolved by \(who) on \(when)\(reason)")
            : say(
                "冲突 \(shortID(id)) 已于 \(when) 随 \(DotPrefix.short(closure.dot)) 消失",
                "conflict \(shortID(id)) ended with \(DotPrefix.short(closure.dot)) on \(when)")
    }

    static func shortID(_ id: Digest) -> String { String(id.hex.prefix(12)) }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? say("无", "none") : names.joined(separator: say("、", ", "))
    }
}
