// The tests' own SHA-256 (FIPS 180-4): the transport is handed its hashes, and these tests need no key library.

import SyncCore

enum SHA256 {
    static let hashing = Hashing(sha256: digest, sm3: { _ in preconditionFailure("no test here hashes with SM3") })

    @Sendable static func digest(_ message: [UInt8]) -> Digest {
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        bytes += UInt64(message.count * 8).bigEndianBytes
        var state: [UInt32] = initial
        for start in stride(from: 0, to: bytes.count, by: 64) { compress(bytes[start..<(start + 64)], into: &state) }
        return Digest(state.flatMap(\.bigEndianBytes))!
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = (0..<16).map { UInt32(bigEndianBytes: block.dropFirst($0 * 4).prefix(4)) }
        for index in 16..<64 {
            let low = words[index - 15]
            let high = words[index - 2]
            let s0 = rotated(low, 7) ^ rotated(low, 18) ^ (low >> 3)
            let s1 = rotated(high, 17) ^ rotated(high, 19) ^ (high >> 10)
            words.append(words[index - 16] &+ s0 &+ words[index - 7] &+ s1)
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[index] &+ words[index]
            let s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let second = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static let primes: [Double] = {
        var primes: [Int] = []
        var candidate = 2
        while primes.count < 64 {
            if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map(Double.init)
    }()

    /// The first 32 bits of the fractional parts of square and cube roots of primes.
    private static let initial: [UInt32] = primes.prefix(8).map { fraction($0.squareRoot()) }
    private static let constants: [UInt32] = primes.map { prime in
        var root = 1.0
        for _ in 0..<100 { root -= (root * root * root - prime) / (3 * root * root) }
        return fraction(root)
    }

    private static func fraction(_ value: Double) -> UInt32 { UInt32((value - value.rounded(.down)) * 4_294_967_296) }
}
