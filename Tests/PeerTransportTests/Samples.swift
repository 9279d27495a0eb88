// Plausible messages for the tests. Nothing here is signed: the transport carries bytes and judges none.

import PeerTransport
import SyncCore

enum Samples {
    static let shanghai = Market("shanghai")!
    static let jiangsu = Market("jiangsu")!
    static let zhejiang = Market("zhejiang")!
    static let incarnation = ID16(Array(1...16))!
    static let origin = Origin(market: shanghai, incarnation: incarnation)

    static func digest(_ byte: UInt8) -> Digest { Digest(Array(repeating: byte, count: 32))! }

    static func hello(_ market: Market) -> Hello {
        Hello(
            federation: "yrd", market: market, incarnation: incarnation, rootVersion: 3, rootHash: digest(1),
            catalogHash: digest(2), frontierHash: digest(3), stateDigest: digest(4), software: "tests")
    }

    static let frontier = Frontier(rows: [
        Row(origin: origin, sequence: 17, idPrefix: ID16(Array(repeating: 7, count: 16))!)
    ])

    static let pullRequest = PullRequest(frontier: frontier, held: [origin])

    static let signature = SignatureRecord(
        suite: .ed25519SHA256, keyID: digest(9), signature: Array(repeating: 5, count: 64))

    static let receipt = SignedStatement(body: Array("a receipt".utf8), signatures: [signature])

    static func entry(_ sequence: UInt64, opBytes: Int = 20) -> Entry {
        let op = Array(repeating: UInt8(truncatingIfNeeded: sequence), count: opBytes)
        var ops = ByteWriter()
        ops.framed(op)
        let header = EnvelopeHeader(
            suite: .ed25519SHA256, groupContinues: false, federation: .zero, origin: origin, sequence: sequence,
            trustRootVersion: 0, timeMilliseconds: 1, opCount: 1, payloadBytes: UInt64(op.count),
            previous: sequence == 1 ? .zero : digest(1), opsRoot: digest(2), contextHash: digest(3), keyID: digest(4))
        return Entry(header: header, signatures: [signature], context: [1, 2, 3], ops: ops.bytes)
    }

    static func batch(_ sequences: ClosedRange<UInt64>) -> Batch { Batch(entries: sequences.map { entry($0) }) }

    static let megabyte = noise(1 << 20)

    /// Bytes that no compression shortens, the same for the same seed.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }
}
