// glibc's iconv knows GB18030 whole, with its four-byte characters, and refuses what is not valid.

import Glibc

/// GB18030 to UTF-8, strictly.
enum GB18030 {
    enum Failure: Error, Hashable {
        /// The first byte that belongs to no character.
        case invalid(offset: Int)
        /// glibc keeps its encodings in modules, and this system has not got this one.
        case unavailable
    }

    static func decode(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let converter = iconv_open("UTF-8", "GB18030"), converter != iconv_t(bitPattern: -1) else {
            throw .unavailable
        }
        defer { iconv_close(converter) }
        // Two bytes become at most three, four at most four, one stays one.
        let capacity = bytes.count + bytes.count / 2 + 4
        var consumed = 0
        var failed = false
        let decoded = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            bytes.withUnsafeBytes { input in
                var from: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(
                    mutating: input.bindMemory(to: CChar.self).baseAddress!)
                var fromLeft = input.count
                var toLeft = capacity
                output.withMemoryRebound(to: CChar.self) { target in
                    var to = target.baseAddress
                    failed = iconv(converter, &from, &fromLeft, &to, &toLeft) == Int(bitPattern: UInt.max)
                }
                consumed = input.count - fromLeft
                count = capacity - toLeft
            }
        }
        guard !failed else { throw .invalid(offset: consumed) }
        return decoded
    }
}
