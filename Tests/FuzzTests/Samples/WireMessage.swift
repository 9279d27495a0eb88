// The smaller binary messages, under one roof: each with a sample, and with what decoding and encoding again makes of it.

import PeerTrust
import SyncCore
import SyncSimulation

enum WireMessage: CaseIterable {
    case context
    case frontier
    case pullRequest
    case headsReply
    case head
    case framePayload
    case signedStatement
    case receipt
    case checkpoint

    func recoded(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
        switch self {
        case .context: try Context(decoding: bytes).encoded()
        case .frontier: try Frontier(decoding: bytes).encoded()
        case .pullRequest: try PullRequest(decoding: bytes).encoded()
        case .headsReply: try HeadsReply(decoding: bytes).encoded()
        case .head:
            try ByteReader.decode(bytes) { reader throws(DecodeError) in
                var writer = ByteWriter()
                try EntryHead(from: &reader).encode(to: &writer)
                return writer.bytes
            }
        case .framePayload: Array(try ExchangeFrame(decodingPayload: bytes).encoded().dropFirst(4))
        case .signedStatement: try SignedStatement(decoding: bytes).encoded()
        case .receipt: try FrontierStatement(decoding: bytes, as: .receipt).encoded()
        case .checkpoint: try FrontierStatement(decoding: bytes, as: .checkpoint).encoded()
        }
    }

    func sample(_ chance: inout SeededGenerator) -> [UInt8] {
        switch self {
        case .context: chance.context().encoded()
        case .frontier: chance.frontier().encoded()
        case .pullRequest:
            PullRequest(frontier: chance.frontier(), held: (0..<chance.pick(3)).map { _ in chance.origin() }).encoded()
        case .headsReply:
            HeadsReply(frontier: chance.frontier(), heads: (0..<chance.pick(3)).map { _ in chance.head() }).encoded()
        case .head:
            {
                var writer = ByteWriter()
                chance.head().encode(to: &writer)
                return writer.bytes
            }()
        case .framePayload: Array(Self.frame(&chance).encoded().dropFirst(4))
        case .signedStatement:
            SignedStatement(body: Self.statement(.receipt, &chance).encoded(), signatures: chance.signatures())
                .encoded()
        case .receipt: Self.statement(.receipt, &chance).encoded()
        case .checkpoint: Self.statement(.checkpoint, &chance).encoded()
        }
    }

    static func frame(_ chance: inout SeededGenerator) -> ExchangeFrame {
        switch chance.pick(3) {
        case 0: .batch(rawLength: chance.pick(5_000), zstd: chance.bytes(chance.pick(60)))
        case 1: .end(more: chance.pick(2) == 0, frontier: chance.frontier())
        default: .forkProof(chance.bytes(chance.pick(60)))
        }
    }

    private static func statement(
        _ kind: FrontierStatement.Kind, _ chance: inout SeededGenerator
    ) -> FrontierStatement {
        let (frontier, origin, counter) = (chance.frontier(), chance.origin(), chance.sequence())
        return switch kind {
        case .receipt:
            FrontierStatement(
                receiptOf: frontier, federation: chance.id(), origin: origin, trustRootVersion: 0, counter: counter,
                timeMilliseconds: 1_700_000_000_000)
        case .checkpoint:
            FrontierStatement(
                checkpointOf: frontier, digest: chance.digest(), federation: chance.id(), origin: origin,
                trustRootVersion: 3, counter: counter, timeMilliseconds: 0)
        }
    }
}
