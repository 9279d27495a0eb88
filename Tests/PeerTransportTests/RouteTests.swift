// Every request of PROTOCOL.md section 6, from our client to our server over real TLS.

import PeerTransport
import SyncCore
import Testing

@Suite("Every request of the exchange", .timeLimit(.minutes(30))) struct RouteTests {
    @Test func `hello carries every field both ways`() async throws {
        let asked = Box<[Hello]>([])
        let plain = Samples.hello(Samples.shanghai)
        let answer = Hello(
            federation: plain.federation, market: plain.market, incarnation: plain.incarnation,
            rootVersion: Limits.counterMax, rootHash: plain.rootHash, catalogHash: plain.catalogHash,
            frontierHash: plain.frontierHash, stateDigest: plain.stateDigest,
            software: "yrdsync 1.0 \u{4E0A}\u{6D77}")
        let service = RecordingService(onHello: { hello, _ in
            asked.update { $0.append(hello) }
            return answer
        })
        try await TestServer.run(service) { server in
            let reply = try await server.client().hello(Samples.hello(Samples.jiangsu))
            #expect(reply == answer)
            #expect(asked.value == [Samples.hello(Samples.jiangsu)])
        }
    }

    @Test func `heads carries a frontier there, and heads back`() async throws {
        let head = EntryHead(header: Samples.entry(18).header, signatures: [Samples.signature])
        let service = RecordingService(onHeads: { frontier, market in
            #expect(frontier == Samples.frontier && market == Samples.jiangsu)
            return HeadsReply(frontier: .empty, heads: [head])
        })
        try await TestServer.run(service) { server in
            let reply = try await server.client().heads(Samples.frontier)
            #expect(reply == HeadsReply(frontier: .empty, heads: [head]))
        }
    }

    @Test func `pull streams batches, fork proofs and an end`() async throws {
        let frames = [
            BatchCoding.frame(Samples.batch(1...3)), .forkProof(Samples.noise(300)),
            BatchCoding.frame(Samples.batch(4...400)),
        ]
        let service = RecordingService(onPull: { request, _, wait in
            #expect(request == Samples.pullRequest && wait == 7)
            return PullStream(frames + [.end(more: true, frontier: Samples.frontier)])
        })
        try await TestServer.run(service) { server in
            var received: [ExchangeFrame] = []
            let end = try await server.client().pull(Samples.pullRequest, waitSeconds: 7) { frame in
                received.append(frame)
                return true
            }
            #expect(received == frames)
            #expect(end == .ended(more: true, frontier: Samples.frontier))
            #expect(try BatchCoding.batch(from: received[2]) == Samples.batch(4...400))
        }
    }

    @Test func `pull with nothing to send is 204`() async throws {
        try await TestServer.run { server in
            let end = try await server.client().pull(Samples.pullRequest) { _ in true }
            #expect(end == .nothing)
        }
    }

    @Test func `push carries a batch there, and refusals back`() async throws {
        let refusals = [
            EntryRefusal(origin: Samples.origin, sequence: 5, id: Samples.digest(5), class: .faulty, code: "op_order"),
            EntryRefusal(origin: Samples.origin, sequence: 6, id: nil, class: .notAuthentic, code: "signature"),
        ]
        let reply = PushReply(frontierHash: Samples.digest(1), applied: 4, refused: refusals)
        let service = RecordingService(onPush: { batch, market in
            #expect(batch == Samples.batch(1...6) && market == Samples.jiangsu)
            return reply
        })
        try await TestServer.run(service) { server in
            let received = try await server.client().push(Samples.batch(1...6))
            #expect(received == reply)
        }
    }

    @Test func `a push of megabytes arrives whole`() async throws {
        let noise = Samples.noise(2 << 20)
        var ops = ByteWriter()
        ops.framed(noise)
        let sample = Samples.entry(1, opBytes: noise.count)
        let entry = Entry(header: sample.header, signatures: sample.signatures, context: [], ops: ops.bytes)
        let batch = Batch(entries: Array(repeating: entry, count: 4))
        let service = RecordingService(onPush: { received, _ in
            #expect(received == batch)
            return PushReply(frontierHash: .zero, applied: 4, refused: [])
        })
        try await TestServer.run(service) { server in
            let reply = try await server.client().push(batch)
            #expect(reply.applied == 4)
        }
    }

    @Test func `receipts, compare, descriptors, root and entry answer`() async throws {
        let reply = CompareReply(digest: Samples.digest(1), children: (0...255).map { Samples.digest($0) })
        let service = RecordingService(
            onCompare: { request, _ in
                #expect(request == CompareRequest(prefix: [0xAB, 0xCD], frontierHash: Samples.digest(3)))
                return reply
            },
            onDescriptors: { offered, _ in Array("mine\n".utf8) + (offered ?? Array("none".utf8)) })
        try await TestServer.run(service) { server in
            let client = try server.client()
            let answer1 = try await client.receipts(Samples.receipt)
            #expect(answer1 == Samples.receipt)
            let request = CompareRequest(prefix: [0xAB, 0xCD], frontierHash: Samples.digest(3))
            let answer2 = try await client.compare(request)
            #expect(answer2 == reply)
            let answer3 = try await client.descriptors()
            #expect(answer3 == Array("mine\nnone".utf8))
            let answer4 = try await client.descriptors(offering: Array("yours".utf8))
            #expect(answer4 == Array("mine\nyours".utf8))
            let answer5 = try await client.descriptors(offering: [])
            #expect(answer5 == Array("mine\n".utf8))
            let answer6 = try await client.root(12)
            #expect(answer6 == Array("root 12".utf8))
            let dot = Dot(origin: Samples.origin, sequence: 17)
            let answer7 = try await client.entry(dot)
            #expect(answer7 == Array("\(dot) -".utf8))
            let answer8 = try await client.entry(dot, id: Samples.incarnation)
            #expect(answer8 == Array("\(dot) \(Samples.incarnation.hex)".utf8))
        }
    }

    @Test func `requests share one connection`() async throws {
        var limits = ServerLimits()
        limits.connectionsPerMarket = 1
        try await TestServer.run(limits: limits) { server in
            let client = try server.client()
            for version in 0..<300 { _ = try await client.root(UInt64(version)) }
            let second = try await peerError { try await server.client().root(1) }
            #expect(second.kind == .unreachable && second.code == "too_many_connections")
            #expect(second.retryAfterSeconds == 1)
            let answer9 = try await client.root(1)
            #expect(answer9 == Array("root 1".utf8))
        }
    }

    @Test func `requests made at once are answered each`() async throws {
        try await TestServer.run { server in
            let client = try server.client()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for version in UInt64(0)..<40 {
                    group.addTask {
                        let root = try await client.root(version)
                        #expect(root == Array("root \(version)".utf8))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
