// A hash for tests: deterministic, fast in debug builds, and without collisions that a test would ever meet. The real
// SHA-256 and SM3 are tested where they live, in PeerTrust.

import SyncCore

extension Hashing {
    /// Four mixed lanes over eight-byte words. The two suites differ by their start, as SHA-256 and SM3 differ.
    static let forTests = Hashing(
        sha256: { TestHash.digest($0, start: 0x5348_4132_3536_0001) },
        sm3: { TestHash.digest($0, start: 0x0000_0000_0053_4D33) })
}

enum TestHash {
    static func digest(_ bytes: [UInt8], start: UInt64) -> Digest {
        var lanes: (UInt64, UInt64, UInt64, UInt64) = (start, ~start, start &* 3, UInt64(bytes.count))
        bytes.withUnsafeBytes { buffer in
            var index = 0
            while index < buffer.count {
                var word: UInt64 = 0
                if index + 8 <= buffer.count {
                    word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self).bigEndian
                } else {
                    for offset in index..<buffer.count { word = word << 8 | UInt64(buffer[offset]) }
                }
                lanes.0 = SeededGenerator.mixed(lanes.0 ^ word)
                lanes.1 = (lanes.1 ^ lanes.0) &* 0x100_0000_01B3 &+ word
                lanes.2 = SeededGenerator.mixed(lanes.2 &+ lanes.1)
                lanes.3 = (lanes.3 ^ lanes.2) &* 0x9E37_79B9_7F4A_7C15 &+ lanes.0
                index += 8
            }
        }
        let end = SeededGenerator.mixed(lanes.3 ^ UInt64(bytes.count))
        return Digest(
            words: (
                SeededGenerator.mixed(lanes.0 ^ end), SeededGenerator.mixed(lanes.1 &+ end),
                SeededGenerator.mixed(lanes.2 ^ (end << 1)), end
            ))
    }
}
