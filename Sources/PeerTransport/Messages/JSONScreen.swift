// What Foundation's JSON decoder must never see. It reads by recursion, and where it refuses the 513th level it traps, if
// the body ends there: 513 brackets from a peer would end the process.

import SyncCore

/// Looks at a body as JSON's grammar cuts it up to the first error, where the decoder stops too.
enum JSONScreen {
    /// No message of the protocol needs more than three; the rest is for fields that a later version adds.
    static let depthMax = 16

    /// Refuses deep nesting, and NUL: with it UTF-16 and UTF-32, which the decoder would take and in which brackets and
    /// quotes look different.
    static func check(_ body: [UInt8], _ name: String) throws(DecodeError) {
        var depth = 0
        var isString = false
        var isEscaped = false
        for (index, byte) in body.enumerated() {
            guard byte != 0 else { throw .malformed("\(name): not JSON", at: index) }
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                guard depth <= depthMax else { throw .overLimit("\(name): depth", at: index) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
    }
}
