// JSON from a peer, read by Foundation's decoder, which has its own ways to fail.

import SyncCore
import Testing

@testable import PeerTransport

@Suite("The exchange's JSON") struct ExchangeJSONTests {
    private func nested(_ depth: Int, _ open: String = "[", _ close: String = "") -> [UInt8] {
        Array((String(repeating: open, count: depth) + String(repeating: close, count: depth)).utf8)
    }

    /// Foundation refuses the 513th level, and traps while it says so if the body ends there.
    @Test(arguments: [16, 17, 511, 512, 513, 514, 4_096])
    func `nesting is refused, however deep`(_ depth: Int) {
        for body in [nested(depth), nested(depth, "{\"\":", "}"), nested(depth, "[", "]")] {
            #expect(throws: DecodeError.self) { try ExchangeJSON.hello(body) }
            #expect(throws: DecodeError.self) { try ExchangeJSON.compareRequest(body) }
            #expect(throws: DecodeError.self) { try ExchangeJSON.pushReply(body) }
            #expect(ExchangeJSON.error(body) == nil)
        }
    }

    @Test func `fields that a later version adds may be nested themselves`() throws {
        let hash = String(repeating: "ab", count: 32)
        let later = #""later":[{"a":["]]]]]]]]]]]]]]]]]]]]]","\"[[[[[[[[[[[[[[[[[[[[[[[[["]}]"#
        let body = #"{"prefix":"00","frontier_hash":"\#(hash)",\#(later)}"#
        #expect(try ExchangeJSON.compareRequest(Array(body.utf8)).prefix == [0])
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func `a string that is not ASCII has at most 2,048 bytes, be it a value or the name of a field`(
        _ over: Int, _ isTaken: Bool
    ) {
        let letters = String(repeating: "a", count: JSONScreen.stringBytesMax + over)
        for text in [letters.dropLast(6) + "\\u0301", "\\u0301" + letters.dropLast(6), letters.dropLast(2) + "é"] {
            for body in [#"{"error":{"code":"busy","detail":"\#(text)"}}"#, #"{"error":{"code":"busy"},"\#(text)":1}"#]
            {
                #expect((ExchangeJSON.error(Array(body.utf8)) != nil) == isTaken)
            }
        }
        let plain = #"{"error":{"code":"busy"},"a":"\#(letters)\#(letters)\n"}"#
        #expect(ExchangeJSON.error(Array(plain.utf8))?.code == "busy")
    }

    @Test func `only UTF-8 is taken`() throws {
        let body = ExchangeJSON.encode(errorCode: "busy", detail: "")
        #expect(ExchangeJSON.error(body)?.code == "busy")
        #expect(ExchangeJSON.error(body.flatMap { [$0, 0] }) == nil)
        #expect(ExchangeJSON.error(body.flatMap { [0, 0, 0, $0] }) == nil)
        #expect(ExchangeJSON.error([0xFF, 0xFE] + body.flatMap { [$0, 0] }) == nil)
    }
}
