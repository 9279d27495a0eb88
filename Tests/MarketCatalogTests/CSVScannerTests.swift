// The structure of CSV, without any meaning.

import Testing

@testable import MarketCatalog

@Suite("CSV structure")
struct CSVScannerTests {
    private struct Scanned: Equatable {
        let line: Int
        var cells: [String] = []
        var fault: CSVScanner.Fault?
    }

    private func scan(_ text: String) -> [Scanned] {
        var scanner = CSVScanner(Array(text.utf8))
        var rows: [Scanned] = []
        while let row = scanner.next() {
            rows.append(
                Scanned(line: row.line, cells: scanner.fields.indices.map { scanner.text($0) }, fault: row.fault))
        }
        return rows
    }

    @Test(arguments: [
        "a,b\nc,d", "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\rc,d\r", "\"a\",\"b\"\n\"c\",\"d\"", "a,b\r\nc,d\n",
    ])
    func `rows end in LF, CRLF or CR, the last one in anything`(_ text: String) {
        #expect(scan(text) == [Scanned(line: 1, cells: ["a", "b"]), Scanned(line: 2, cells: ["c", "d"])])
    }

    @Test func `quoted cells hold commas, line breaks and doubled quotes`() {
        #expect(
            scan("\"a,1\",\"say \"\"hi\"\"\"\n\"x\ny\r\nz\",w\nlast,1") == [
                Scanned(line: 1, cells: ["a,1", "say \"hi\""]),
                Scanned(line: 2, cells: ["x\ny\r\nz", "w"]),
                Scanned(line: 5, cells: ["last", "1"]),
            ])
    }

    @Test func `empty cells are cells and empty lines are no rows`() {
        #expect(
            scan("\n\na,,\n,\n\n\"\",b") == [
                Scanned(line: 3, cells: ["a", "", ""]), Scanned(line: 4, cells: ["", ""]),
                Scanned(line: 6, cells: ["", "b"]),
            ])
        #expect(scan("") == [])
        #expect(scan("\n\r\n\r") == [])
        #expect(scan("a,") == [Scanned(line: 1, cells: ["a", ""])])
        #expect(scan("\"\"\"\"") == [Scanned(line: 1, cells: ["\""])])
    }

    @Test func `space around cells is trimmed, also the ideographic`() {
        #expect(
            scan(" a ,\t\"b \",\u{3000}中 文\u{3000},\u{A0}\u{FEFF}c\u{200B}")[0].cells == ["a", "\"b \"", "中 文", "c"])
    }

    @Test func `quotes inside a plain cell are part of it`() {
        #expect(scan("5\" pipe,a\"b\"") == [Scanned(line: 1, cells: ["5\" pipe", "a\"b\""])])
    }

    @Test func `a stray quote costs its row only`() {
        #expect(
            scan("a,b\n\"x\"y,z\nc,d") == [
                Scanned(line: 1, cells: ["a", "b"]), Scanned(line: 2, fault: .strayQuote),
                Scanned(line: 3, cells: ["c", "d"]),
            ])
    }

    @Test func `a quote that never ends costs its row only`() {
        #expect(
            scan("a,\"b\nc,d\ne,f") == [
                Scanned(line: 1, fault: .unterminatedQuote), Scanned(line: 2, cells: ["c", "d"]),
                Scanned(line: 3, cells: ["e", "f"]),
            ])
        #expect(scan("\"") == [Scanned(line: 1, fault: .unterminatedQuote)])
    }

    @Test func `a row may have 512 fields`() {
        #expect(scan(Array(repeating: "a", count: 511).joined(separator: ","))[0].cells.count == 511)
        #expect(scan(Array(repeating: "a", count: 512).joined(separator: ","))[0].cells.count == 512)
        #expect(
            scan(Array(repeating: "a", count: 513).joined(separator: ",") + "\nb") == [
                Scanned(line: 1, fault: .tooManyFields), Scanned(line: 2, cells: ["b"]),
            ])
    }

    @Test(arguments: [-1, 0, 1])
    func `a row may have 256 KiB`(over: Int) {
        let count = CSVScanner.rowBytesMax + over
        for text in [String(repeating: "a", count: count), "\"" + String(repeating: "a", count: count - 2) + "\""] {
            // The line's end does not count.
            let rows = scan(text + "\nb")
            #expect((rows[0].fault == .rowTooLong) == (over >= 0))
            #expect(rows.last == Scanned(line: 2, cells: ["b"]))
        }
    }

    @Test(arguments: UInt64(0)..<256)
    func `any bytes are rows or faults, each line is accounted for, and nothing traps`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("ab,\"\n\r \u{3000}'=中".utf8)
        let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
            alphabet.randomElement(using: &generator)!
        }
        var scanner = CSVScanner(bytes)
        var last = 0
        while let row = scanner.next() {
            #expect(row.line > last)
            last = row.line
            for index in scanner.fields.indices { _ = scanner.text(index) }
        }
        #expect(scanner.position == bytes.count)
    }
}
