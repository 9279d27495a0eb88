// Bytes cost their sender little; what they cost us must not grow faster than their number.

import AllocationMeter
import Foundation
import Glibc
import SyncCore
import Testing

@Suite(
    "Time to decode", .enabled(if: allocation_meter_is_sanitized() == 0, "a sanitizer costs more time than any square"))
struct LinearTimeTests {
    /// Whatever may open, pile up, split or repeat without end in one of the formats.
    private static let pieces: [[UInt8]] =
        [
            "[", "{", "[a: ", "{\"a\":", "- ", "-  ", "a: ", "a: {", "\"", "\"\"", "\\", "\\u0000", "'", "=\"", ",",
            "\n", "\r\n",
            "\n  ", "#\n", "a\n", "\"\n", ";", "/", "?", "&", "1", "0.", "-", "、", "，", " ", "\u{3000}",
            "\u{301}\u{327}",
            "\u{FDFA}", "\u{1100}\u{1161}", "x\",y,\"z\n",
        ].map { Array($0.utf8) } + [[0], [0, 0], [0, 0, 0, 1], [0x80], [1], [0xFF]]

    /// Of this thread alone: the machine may be as busy as it likes.
    private func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    /// What a fixed piece of work costs this thread, here and now.
    private func floorSeconds() -> Double {
        var state: UInt64 = 1
        return cpuSeconds {
            for _ in 0..<Self.floorTurns { state = state &* 6_364_136_223_846_793_005 &+ 1 }
            precondition(state != 0)
        }
    }

    private static let floorTurns = 20_000_000

    /// A sample cut in two, with a flood in between.
    private func flooded(_ sample: [UInt8], at place: Int, _ piece: [UInt8], _ count: Int) -> [UInt8] {
        sample[..<place] + (0..<count / piece.count).flatMap { _ in piece } + sample[place...]
    }

    /// Four times as many bytes may cost four times as much, and what is slow by itself is looked at: sixteen times as much
    /// is a square.
    private func holdLinear(
        _ target: FuzzTarget, _ what: String, count: Int = 32 << 10, _ make: (_ count: Int) -> [UInt8]
    ) throws {
        let (small, large) = (make(count / 4), make(count))
        let seconds = try cpuSeconds { try target.run(large) }
        guard seconds > 0.05 else { return }
        let fewer = try cpuSeconds { try target.run(small) }
        #expect(
            seconds < 8 * fewer,
            "\(target.name): \(what): \(fewer) s for \(small.count) bytes, \(seconds) s for \(large.count)")
    }

    /// `YRD_FLOODS=all` pours them into more places of more samples.
    @Test(arguments: FuzzTarget.all)
    func `no flood costs more than its length`(target: FuzzTarget) throws {
        try target.warmUp()
        let isWhole = ProcessInfo.processInfo.environment["YRD_FLOODS"] == "all"
        let samples = try target.samples().filter { $0.count > 1 }.sorted { $0.count > $1.count }
        for sample in samples.prefix(isWhole ? 4 : 1) {
            let places = isWhole ? (1...8).map { 1 + (sample.count - 1) * $0 / 8 } : [1, sample.count]
            for place in places {
                for piece in Self.pieces {
                    try holdLinear(target, "\(String(decoding: piece, as: UTF8.self)) at \(place)") { count in
                        flooded(sample, at: place, piece, count)
                    }
                }
            }
        }
    }

    /// Swift's own strings take a square to compare, hash or search what carries many combining marks in the wrong order.
    private static func marks(_ bytes: Int) -> String { String(repeating: "\u{301}\u{327}", count: bytes / 4) }

    private static let hash = String(repeating: "ab", count: 32)

    private struct Flood: Sendable {
        let what: String
        let target: FuzzTarget
        /// As large as the protocol lets it be.
        let count: Int
        let make: @Sendable (Int) -> [UInt8]

        init(_ what: String, _ target: FuzzTarget, _ count: Int, _ make: @escaping @Sendable (Int) -> [UInt8]) {
            (self.what, self.target, self.count, self.make) = (what, target, count, make)
        }

        /// The same, as text.
        init(_ what: String, of target: FuzzTarget, _ count: Int, _ make: @escaping @Sendable (Int) -> String) {
            self.init(what, target, count) { Array(make($0).utf8) }
        }
    }

    private static let rootHead = "yrd_trust_root: 1\nfederation: test\nversion: 1\nmembers:\n"

    private static func register(_ fields: String) -> [UInt8] { [1] + Array(fields.utf8) }

    private static func root(_ fields: String) -> [UInt8] { [0] + Array((fields + "\nsignatures: []\n").utf8) }

    /// The worst that was thought of.
    private static let worst: [Flood] = [
        Flood("a context of rows", .changes, Limits.contextRows, contextOfRows),
        Flood("a field's name in JSON", .json, 60 << 10) {
            [1] + Array(#"{"prefix":"","frontier_hash":"\#(hash)","\#(marks($0))":1}"#.utf8)
        },
        Flood("a long field's name in JSON", .json, 256 << 10) { [3] + Array(#"{"\#(marks($0))":1}"#.utf8) },
        Flood("a value in JSON", .json, 60 << 10) {
            [1] + Array(#"{"prefix":"\#(marks($0))","frontier_hash":"\#(hash)"}"#.utf8)
        },
        Flood("a path", of: .route, 60 << 10) { "GET\n/v1/\(marks($0))\n" },
        Flood("a query", of: .route, 60 << 10) { "POST\n/v1/pull?\(marks($0))=1&wait=3\n" },
        Flood("a content type", of: .route, 60 << 10) { "POST\n/v1/hello\napplication/json\(marks($0));" },
        Flood("a descriptor of many fields", .descriptor, 15_000) {
            descriptor((0..<$0 / 9).map { "\(10_000 + $0): 1\n" }.joined())
        },
        Flood("a descriptor of brackets", .descriptor, 15_000) {
            descriptor("a: " + String(repeating: "[a: [a: [a: [a: \n ", count: $0 / 18))
        },
        Flood("a descriptor's comment", .descriptor, 15_000) { descriptor("# " + marks($0)) },
        Flood("a descriptor's market", .descriptor, 15_000) {
            descriptor("yrd_descriptor: 1\nfederation: test\nmarket: " + marks($0))
        },
        Flood("a descriptor's field name", .descriptor, 15_000) { descriptor(marks($0) + ": 1\na: 1") },
        Flood("a register's header", .register, 200 << 10) {
            register("机构编号,机构名称,\(marks($0))\n31-TTA-000001,a,b\n")
        },
        Flood("a register's text", .register, 200 << 10) {
            register("机构编号,机构名称,备注\n31-TTA-000001,a,\(marks($0))\n")
        },
        Flood("a register's number", .register, 200 << 10) {
            register("机构编号,机构名称,备案号\n31-TTA-000001,a,\(marks($0))\n")
        },
        Flood("a register's set", .register, 200 << 10) {
            register("机构编号,机构名称,服务类型\n31-TTA-000001,a,\(marks($0))\n")
        },
        Flood("a register's key", .register, 200 << 10) { register("机构编号,机构名称\n\(marks($0)),a\n") },
    ]

    @Test(arguments: worst.indices)
    func `the worst inputs cost next to nothing, and no more than their length`(_ index: Int) throws {
        let flood = Self.worst[index]
        try flood.target.warmUp()
        let input = flood.make(flood.count)
        let seconds = try cpuSeconds { try flood.target.run(input) }
        let floor = floorSeconds()
        #expect(seconds < floor, "\(flood.what): \(seconds) s, beside a floor of \(floor) s")
        try holdLinear(flood.target, flood.what, count: flood.count, flood.make)
    }

    /// Of what is long by right: a trust root may be sixteen times as long as a descriptor, a stream is without end.
    private static let longest: [Flood] = [
        Flood("empty frames", .frames, 1 << 20) { count in
            [0] + Array(repeating: ExchangeFrame.forkProof([]).encoded(), count: count / 5).flatMap(\.self)
        },
        Flood("a trust root's market", .root, 240 << 10) { root(rootHead + "  - market: " + marks($0)) },
        Flood("a trust root's field name", .root, 240 << 10) { root(marks($0) + ": 1\na: 1") },
        Flood("a trust root of brackets", .root, 240 << 10) {
            root("a: " + String(repeating: "[a: [a: [a: [a: \n ", count: $0 / 18))
        },
        Flood("a trust root of many fields", .root, 240 << 10) {
            root((0..<$0 / 9).map { "\(10_000 + $0): 1\n" }.joined())
        },
        Flood("a trust root of many members", .root, 240 << 10) {
            root(rootHead + (0..<$0 / 19).map { "  - market: m\(10_000 + $0)\n" }.joined())
        },
        Flood("a trust root of members that are none", .root, 240 << 10) {
            root(rootHead + String(repeating: "  - 1\n", count: $0 / 6))
        },
    ]

    @Test(arguments: longest.indices)
    func `the worst of what is long costs no more than its length`(_ index: Int) throws {
        let flood = Self.longest[index]
        try flood.target.warmUp()
        try holdLinear(flood.target, flood.what, count: flood.count, flood.make)
    }

    /// Cutting alone: what else the target does with a frame costs several times as much.
    @Test func `a stream of empty frames is cut at a cost of its length`() throws {
        let frame = ExchangeFrame.forkProof([]).encoded()
        func seconds(frames: Int) throws -> Double {
            let stream = (0..<frames).flatMap { _ in frame }
            return try cpuSeconds {
                var splitter = FrameSplitter()
                splitter.append(stream)
                while try splitter.next() != nil {}
            }
        }
        let (fewer, more) = (try seconds(frames: 100_000), try seconds(frames: 400_000))
        #expect(more < 8 * fewer, "\(fewer) s for 100,000 frames, \(more) s for 400,000")
    }

    private static func descriptor(_ fields: String) -> [UInt8] {
        [0] + Array((fields + "\nsignatures:\n  - suite: 1\n").utf8)
    }

    /// In a change set that deletes one record.
    private static func contextOfRows(_ count: Int) -> [UInt8] {
        let rows = (1...count).map { index in
            let incarnation = ID16(UInt64(index).bigEndianBytes + UInt64(0).bigEndianBytes)!
            return Row(
                origin: Origin(market: Market("jiangsu")!, incarnation: incarnation), sequence: 5, idPrefix: .zero)
        }
        let context = Context(catalogHash: .zero, frontier: Frontier(rows: rows)).encoded()
        var ops = ByteWriter()
        ops.framed(Change(kind: .delete, record: RecordID(type: "agency", key: "AG-1"), units: []).encoded())
        return [1] + UInt16(context.count).bigEndianBytes + context + ops.bytes
    }
}
