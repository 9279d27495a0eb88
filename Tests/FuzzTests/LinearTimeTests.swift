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

    /// A sample cut in two, with a flood in between.
    private func flooded(_ sample: [UInt8], at place: Int, _ piece: [UInt8], _ count: Int) -> [UInt8] {
        sample[..<place] + (0..<count / piece.count).flatMap { _ in piece } + sample[place...]
    }

    /// Four times as many bytes may cost four times as much, and what is slow by itself is looked at: sixteen times as much
    /// is a square.
    private func holdLinear(
        _ target: FuzzTarget, _ what: String, bytes: Int = 32 << 10, _ make: (_ count: Int) -> [UInt8]
    ) throws {
        let (small, large) = (make(bytes / 4), make(bytes))
        let seconds = try cpuSeconds { try target.run(large) }
        guard seconds > 0.05 else { return }
        let fewer = try cpuSeconds { try target.run(small) }
        #expect(
            seconds < 8 * fewer,
            "\(target.name): \(what): \(fewer) s for a quarter of \(bytes) bytes, \(seconds) s for all")
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

    /// The worst that was thought of, as large as the protocol lets it be.
    private static let worst: [(what: String, target: FuzzTarget, input: [UInt8])] = [
        ("a context of 1,024 rows", .changes, contextOfManyRows),
        (
            "a field's name in JSON", .json,
            [1] + Array(#"{"prefix":"","frontier_hash":"\#(hash)","\#(marks(60 << 10))":1}"#.utf8)
        ),
        ("a long field's name in JSON", .json, [3] + Array(#"{"\#(marks(256 << 10))":1}"#.utf8)),
        ("a value in JSON", .json, [1] + Array(#"{"prefix":"\#(marks(60 << 10))","frontier_hash":"\#(hash)"}"#.utf8)),
        ("a path", .route, Array("GET\n/v1/\(marks(60 << 10))\n".utf8)),
        ("a query", .route, Array("POST\n/v1/pull?\(marks(60 << 10))=1&wait=3\n".utf8)),
        ("a content type", .route, Array("POST\n/v1/hello\napplication/json\(marks(60 << 10));".utf8)),
        ("a descriptor of many fields", .descriptor, descriptor((0..<1_700).map { "\(1_000 + $0): 1\n" }.joined())),
        (
            "a descriptor of brackets", .descriptor,
            descriptor("a: " + String(repeating: "[a: [a: [a: [a: \n ", count: 240))
        ),
        ("a descriptor's comment", .descriptor, descriptor("# " + marks(15_000))),
        (
            "a descriptor's market", .descriptor,
            descriptor("yrd_descriptor: 1\nfederation: test\nmarket: " + marks(15_000))
        ),
        ("a descriptor's field name", .descriptor, descriptor(marks(15_000) + ": 1\na: 1")),
        ("a register's header", .register, [1] + Array("机构编号,机构名称,\(marks(200 << 10))\n31-TTA-000001,a,b\n".utf8)),
        ("a register's text", .register, [1] + Array("机构编号,机构名称,备注\n31-TTA-000001,a,\(marks(200 << 10))\n".utf8)),
        ("a register's number", .register, [1] + Array("机构编号,机构名称,备案号\n31-TTA-000001,a,\(marks(200 << 10))\n".utf8)),
        ("a register's set", .register, [1] + Array("机构编号,机构名称,服务类型\n31-TTA-000001,a,\(marks(200 << 10))\n".utf8)),
        ("a register's key", .register, [1] + Array("机构编号,机构名称\n\(marks(200 << 10)),a\n".utf8)),
    ]

    @Test(arguments: worst.indices)
    func `the worst inputs cost next to nothing`(_ index: Int) throws {
        let (what, target, input) = Self.worst[index]
        try target.warmUp()
        let seconds = try cpuSeconds { try target.run(input) }
        #expect(seconds < 0.15, "\(what): \(seconds) s")
    }

    /// A trust root may be sixteen times as long as a descriptor.
    @Test func `the worst trust roots cost no more than their length`() throws {
        try FuzzTarget.root.warmUp()
        let head = "yrd_trust_root: 1\nfederation: test\nversion: 1\nmembers:\n"
        let shapes: [(String, (Int) -> String)] = [
            ("a market", { head + "  - market: " + Self.marks($0) }),
            ("a field's name", { Self.marks($0) + ": 1\na: 1" }),
            ("brackets", { "a: " + String(repeating: "[a: [a: [a: [a: \n ", count: $0 / 18) }),
            ("fields", { (0..<$0 / 9).map { "\(10_000 + $0): 1\n" }.joined() }),
            ("members", { head + (0..<$0 / 22).map { "  - market: m\(10_000 + $0)\n" }.joined() }),
            ("members that are none", { head + String(repeating: "  - 1\n", count: $0 / 6) }),
        ]
        for (what, make) in shapes {
            try holdLinear(.root, what, bytes: 240 << 10) { [0] + Array((make($0) + "\nsignatures: []\n").utf8) }
        }
    }

    private static func descriptor(_ fields: String) -> [UInt8] {
        [0] + Array((fields + "\nsignatures:\n  - suite: 1\n").utf8)
    }

    /// In a change set that deletes one record.
    private static let contextOfManyRows: [UInt8] = {
        let rows = (1...Limits.contextRows).map { index in
            let incarnation = ID16(UInt64(index).bigEndianBytes + UInt64(0).bigEndianBytes)!
            return Row(
                origin: Origin(market: Market("jiangsu")!, incarnation: incarnation), sequence: 5, idPrefix: .zero)
        }
        let context = Context(catalogHash: .zero, frontier: Frontier(rows: rows)).encoded()
        var ops = ByteWriter()
        ops.framed(Change(kind: .delete, record: RecordID(type: "agency", key: "AG-1"), units: []).encoded())
        return [1] + UInt16(context.count).bigEndianBytes + context + ops.bytes
    }()
}
