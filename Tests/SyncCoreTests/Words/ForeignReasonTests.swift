// What others say of a failure, as it stands in a sentence of ours.

import SyncCore
import Testing

@Suite("Reasons that others give")
struct ForeignReasonTests {
    @Test(arguments: [
        ("", ""), (":", ""), ("bad", "bad"), ("bad.", "bad"), ("line 3: bad:\n  x: [\n  ^", "line 3: bad"),
        ("\n", ""), ("bad\r\nworse", "bad"), ("a.b: c", "a.b: c"), ("无法解析:\n…", "无法解析"),
        (String(repeating: "x", count: 500), String(repeating: "x", count: 160)),
    ])
    func `a reason is one line without its stop, and short`(_ text: String, _ reason: String) {
        #expect(text.asReason == reason)
    }
}
