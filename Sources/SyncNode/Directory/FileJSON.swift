// How this node writes JSON into files of their own: for people who compare two, and for programs that read them.

import Foundation

extension Encodable {
    /// Its keys in order, a field a line, and a line end.
    func fileJSON() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
