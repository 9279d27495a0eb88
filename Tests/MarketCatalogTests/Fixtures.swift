// What several suites of this target share.

import SyncCore

@testable import MarketCatalog

/// Not SHA-256 (that is PeerTrust's), yet different bytes nearly always give different digests: enough to see whether
/// the right bytes were hashed.
func checksum(_ bytes: [UInt8]) -> Digest {
    var words: [UInt64] = [0xCBF2_9CE4_8422_2325, 0x84222325, 0x9CE48422, 1]
    for byte in bytes {
        for index in words.indices { words[index] = (words[index] ^ UInt64(byte)) &* (0x100_0000_01B3 + UInt64(index)) }
    }
    return Digest(words: (words[0], words[1], words[2], words[3]))
}

func builtInCatalog() -> Catalog {
    do {
        return try Catalog.builtIn(sha256: checksum)
    } catch {
        preconditionFailure("the built-in catalog does not load: \(error)")
    }
}

let shanghai = Market("shanghai")!
let jiangsu = Market("jiangsu")!
