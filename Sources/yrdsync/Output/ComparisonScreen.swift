// How a comparison is told: to people in a few lines, to programs a line a difference and one a peer.

import ReplicaStore
import SyncCore
import SyncNode

struct ComparisonScreen {
    let own: Market
    let asJSON: Bool

    func show(_ report: ComparisonReport) {
        if asJSON {
            for difference in report.differences { Screen.print(Self.json(difference, report.market).line) }
            for sum in report.falseSums { Screen.print(Self.json(sum, report.market).line) }
            Screen.print(Self.json(report).line)
        } else {
            lines(of: report).forEach(Screen.print)
            if report.pending > 0 {
                Screen.remark(
                    say(
                        "本节点另有 \(report.pending) 条记录的写入尚未封存,未参与比对",
                        "here, writes to \(report.pending) more records are not sealed yet, and were not compared"))
            }
        }
    }

    static func words(_ step: ComparisonProgress) -> String {
        switch step {
        case .records(let count, let bucket):
            say(
                "核对第 \(Int(bucket) + 1)/256 组:\(count) 条记录",
                "looking at bucket \(Int(bucket) + 1)/256: \(count) records")
        case .changeSets(let count): say("翻查日志:\(count) 个变更集", "searching the log: \(count) change sets")
        }
    }

    // MARK: How it ends

    static func status(of report: ComparisonReport) -> ExitStatus {
        switch report.verdict {
        case .equal: .done
        case .differs: .waitsForPerson
        case .otherFrontier, .otherRoot, .otherCatalog, .moving: .failed
        case .failed(let visit):
            switch visit.result {
            case .ok: .done
            case .unreachable: .unreachable
            case .refused: .refusedForTrust
            case .failed: .failed
            }
        }
    }

    /// Nil if the two were compared.
    static func failure(of report: ComparisonReport) -> Failure? {
        guard let code = code(of: report) else { return nil }
        return Failure(
            status: status(of: report), code: code, message: "\(report.market): \(sentence(of: report))",
            peer: report.market.name)
    }

    private static func code(of report: ComparisonReport) -> String? {
        switch report.verdict {
        case .equal, .differs: nil
        case .failed(let visit): visit.code ?? visit.result.rawValue
        case .otherFrontier, .otherRoot, .otherCatalog, .moving: result(of: report)
        }
    }

    private static func result(of report: ComparisonReport) -> String {
        switch report.verdict {
        case .equal: "equal"
        case .differs: "differs"
        case .otherFrontier: "other_frontier"
        case .otherRoot: "other_root"
        case .otherCatalog: "other_catalog"
        case .moving: "moving"
        case .failed(let visit): visit.result.rawValue
        }
    }

    // MARK: For people

    private func lines(of report: ComparisonReport) -> [String] {
        var lines = ["\(report.market)  \(Screen.safe(Self.sentence(of: report)))"]
        lines += Screen.table(report.differences.map(row)).map { "  " + $0 }
        lines += report.falseSums.map { "  " + sentence(of: $0, report.market) }
        guard report.verdict == .differs else { return lines }
        if report.isCutShort {
            lines.append(
                "  "
                    + say("至此为止;可能还有(--limit 另定)", "stopped here, there may be more: --limit says how many to look for")
            )
        }
        let suspects = Set(report.differences.map(\.suspect) + report.falseSums.map(\.side))
        if suspects.contains(.here) || suspects.contains(nil) {
            lines.append("  " + say("请在本节点运行 yrdsync verify --deep", "here, run yrdsync verify --deep"))
        }
        if suspects.contains(.there) || suspects.contains(nil) {
            lines.append(
                "  "
                    + say(
                        "请 \(report.market) 运行 yrdsync verify --deep",
                        "ask \(report.market) to run yrdsync verify --deep"
                    ))
        }
        return lines
    }

    private static func sentence(of report: ComparisonReport) -> String {
        switch report.verdict {
        case .equal where report.pending > 0: say("已封存的部分两边一致", "what is sealed is equal on both sides")
        case .equal: say("两边一致", "both sides are equal")
        case .differs where report.differences.isEmpty:
            say("记录一致,摘要之和不符", "the records are equal, a digest's sum is not")
        case .differs: say("不同的记录:\(report.differences.count) 条", "records that differ: \(report.differences.count)")
        case .otherFrontier(let here, let there):
            say(
                "尚不可比,请先 yrdsync sync:本节点缺 \(here) 个变更集,对方缺 \(there) 个",
                "not comparable yet, run yrdsync sync first: \(here) change sets are missing here, \(there) there")
        case .otherRoot:
            say(
                "不可比:两边信任的描述文件不同(yrdsync peers list)",
                "not comparable: other descriptors are trusted there (yrdsync peers list)")
        case .otherCatalog: say("不可比:两边的目录版本不同", "not comparable: the catalogs differ")
        case .moving: say("两边都在变动,未能比对:请稍后再试", "both sides kept changing: try again later")
        case .failed(let visit): "\(words(visit.result)): \(visit.detail ?? "") (\(visit.code ?? ""))"
        }
    }

    private static func words(_ result: VisitReport.Result) -> String {
        switch result {
        case .ok: ""
        case .unreachable: say("不可达", "cannot be reached")
        case .refused: say("因信任原因拒绝", "refused for trust reasons")
        case .failed: say("未成功", "did not work")
        }
    }

    private func row(_ difference: RecordDifference) -> [String] {
        let name =
            difference.record.map { "\($0.type) \($0.key)" }
            ?? say(
                "散列以 \(difference.hashPrefix.hex) 开头的记录", "a record whose hash begins with \(difference.hashPrefix.hex)"
            )
        return [
            name, difference.isOneOfSeveral ? say("其中之一", "one of these") : "",
            "\(own) \(Self.digest(difference.digest))", Self.theirs(difference), Self.blame(difference),
            Self.writers(difference),
        ]
    }

    private static func digest(_ digest: Digest?) -> String {
        digest.map { String($0.hex.prefix(8)) } ?? say("无", "none")
    }

    private static func theirs(_ difference: RecordDifference) -> String {
        guard let digest = difference.peerDigest else { return say("对方 ?", "there ?") }
        return say("对方 ", "there ") + (digest == .zero ? say("无", "none") : String(digest.hex.prefix(8)))
    }

    private static func blame(_ difference: RecordDifference) -> String {
        switch difference.suspect {
        case .here: say("本节点与日志不符", "here it is not what the log makes of it")
        case .there: say("本节点与日志相符", "here it is what the log makes of it")
        case nil: say("无法判断", "cannot be told")
        }
    }

    /// Everyone who wrote to it: both sides have applied the same change sets.
    private static func writers(_ difference: RecordDifference) -> String {
        difference.history.map { item in
            ([item.note?.author?.string].compactMap(\.self) + [DotPrefix.short(item.dot)]).joined(separator: " ")
        }.joined(separator: ", ")
    }

    private func sentence(of sum: DigestWalk.FalseSum, _ peer: Market) -> String {
        let market = sum.side == .here ? own : peer
        return say(
            "\(market) 保存的第 \(sum.prefix.hex) 组摘要不是其记录之和",
            "\(market) keeps a sum for bucket \(sum.prefix.hex) that is not its records'")
    }

    // MARK: For programs

    private static func json(_ difference: RecordDifference, _ peer: Market) -> JSON {
        .object([
            ("market", .string(peer.name)),
            ("type", .optional(difference.record?.type.string)),
            ("key", .optional(difference.record?.key.string)),
            ("hash_prefix", .string(difference.hashPrefix.hex)),
            ("digest", .optional(difference.digest?.hex)),
            ("peer_digest", .optional(difference.peerDigest?.hex)),
            ("log_digest", .optional(difference.logDigest?.hex)),
            ("suspect", .optional(difference.suspect?.rawValue)),
            ("one_of_several", .bool(difference.isOneOfSeveral)),
            ("written_by", .array(difference.history.map(json))),
        ])
    }

    private static func json(_ item: HistoryItem) -> JSON {
        .object([
            ("market", .string(item.market.name)), ("origin", .string(item.dot.originText)),
            ("seq", .number(item.dot.sequence)), ("id", .string(item.id.hex)),
            ("time", .integer(item.timeMilliseconds)),
            ("author", .optional(item.note?.author?.string)),
        ])
    }

    private static func json(_ sum: DigestWalk.FalseSum, _ peer: Market) -> JSON {
        .object([
            ("market", .string(peer.name)), ("bucket", .string(sum.prefix.hex)),
            ("suspect", .string(sum.side.rawValue)),
        ])
    }

    private static func json(_ report: ComparisonReport) -> JSON {
        var missing: (here: UInt64, there: UInt64)?
        if case .otherFrontier(let here, let there) = report.verdict { missing = (here, there) }
        return .object([
            ("market", .string(report.market.name)),
            ("result", .string(result(of: report))),
            ("code", .optional(code(of: report))),
            ("digest", .optional(report.digest?.hex)),
            ("peer_digest", .optional(report.peerDigest?.hex)),
            ("differing", .number(report.differences.count)),
            ("cut_short", .bool(report.isCutShort)),
            ("missing_here", missing.map { .number($0.here) } ?? .null),
            ("missing_there", missing.map { .number($0.there) } ?? .null),
            ("pending", .number(report.pending)),
        ])
    }
}
