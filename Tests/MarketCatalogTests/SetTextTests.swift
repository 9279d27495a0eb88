// Equal sets must be equal text, whoever wrote them.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Sets as text")
struct SetTextTests {
    @Test func `a set is written ascending, distinct and with minimal escapes`() {
        #expect(SetText.encode([]) == "[]")
        #expect(SetText.encode(["b", "a", "b"]) == #"["a","b"]"#)
        #expect(SetText.encode(["中", "z", "É"]) == #"["z","É","中"]"#)
        #expect(SetText.encode(["\"\\/\n\t\r\u{8}\u{C}\u{1}\u{7F}"]) == #"["\"\\/\n\t\r\b\f\u0001"# + "\u{7F}\"]")
    }

    @Test func `equal by bytes is equal, not equal to the eye`() {
        #expect(SetText.encode(["\u{E9}", "e\u{301}"]) == "[\"e\u{301}\",\"\u{E9}\"]")
        #expect(SetText.decode("[\"\u{E9}\",\"e\u{301}\"]")?.count == 2)
    }

    @Test(arguments: [
        (#"["a","b"]"#, ["a", "b"]), (#" [ "b" , "a" ] "#, ["a", "b"]), ("[]", []), ("[ ]", []), (#"["a","a"]"#, ["a"]),
        (#"["\u4e2d\ud83d\ude00\/"]"#, ["中😀/"]), (#"["\"\\\b\f\n\r\t"]"#, ["\"\\\u{8}\u{C}\n\r\t"]),
    ])
    func `what a person writes by hand is read`(text: String, elements: [String]) {
        #expect(SetText.decode(text) == elements.map { Text($0) })
    }

    @Test(arguments: [
        "", "a", "[", "]", "[a]", #"["a""#, #"["a"]]"#, #"["a",]"#, #"[,"a"]"#, #"["a" "b"]"#, #"["a\x"]"#,
        #"["\u00g0"]"#,
        #"["\ud83d"]"#, #"["\ud83d\u0041"]"#, #"["\ude00"]"#, #"["\u0000"]"#, "[1]", "[null]", #"{"a":1}"#, #""a""#,
        #"["a"] x"#,
        #"[["a"]]"#, "[\"a\nb\"]", "[\"a\0\"]", #"["\u12"]"#, #"["\u12"#,
    ])
    func `anything else is no set`(_ text: String) {
        #expect(SetText.decode(text) == nil)
    }

    @Test func `a set has at most 256 elements`() {
        func text(_ count: Int) -> String { "[" + (0..<count).map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        #expect(SetText.decode(text(Limits.setElements - 1))?.count == Limits.setElements - 1)
        #expect(SetText.decode(text(Limits.setElements))?.count == Limits.setElements)
        #expect(SetText.decode(text(Limits.setElements + 1)) == nil)
    }

    @Test(arguments: UInt64(0)..<64)
    func `what is written is read back`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let elements = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            Text(
                String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                            Unicode.Scalar(UInt32.random(in: 1...0x2FFF, using: &generator)) ?? "?"
                        })))
        }
        #expect(SetText.decode(SetText.encode(elements)) == Set(elements).sorted())
    }
}
