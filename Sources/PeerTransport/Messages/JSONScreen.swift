// What Foundation's JSON decoder must never see. It reads by recursion, and where it refuses the 513th level it traps, if
// the body ends there: 513 brackets from a peer would end the process. And it hashes every field's name, which takes Swift
// the square of its length where combining marks stand in the wrong order: one name of 16 MB would keep a thread for hours.

import SyncCore

/// Looks at a body as JSON's grammar cuts it up to the first error, where the decoder stops too.
enum JSONScreen {
    /// No message of the protocol needs more than three; the rest is for fields that a later version adds.
    static let depthMax = 16
    /// As written, of strings that are not ASCII through and through. The longest that a node sends is an error's detail.
    static let stringBytesMax = 2_048

    /// Refuses deep nesting, long strings that are not ASCII, and NUL: with it UTF-16 and UTF-32, which the decoder would
    /// take and in which brackets and quotes look different.
    static func check(_ body: [UInt8], _ name: String) throws(DecodeError) {
        var depth = 0
        var stringStart: Int?
        var isASCII = true
        var isEscaped = false
        for (index, byte) in body.enumerated() {
            guard byte != 0 else { throw .malformed("\(name): not JSON", at: index) }
            if let start = stringStart {
                if byte >= 0x80 || isEscaped && byte == UInt8(ascii: "u") { isASCII = false }
                guard isASCII || index - start <= stringBytesMax else {
                    throw .overLimit("\(name): string", at: start)
                }
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    stringStart = nil
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): (stringStart, isASCII) = (index + 1, true)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                guard depth <= depthMax else { throw .malformed("\(name): nested too deeply", at: index) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
    }
}
