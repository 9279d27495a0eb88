// A hello between nodes that are level says the same twice; the answer may leave that out, if the caller said so.

import Foundation
import SyncCore
import Synchronization
import Testing

@testable import PeerTransport

@Suite("Brief hello") struct BriefHelloTests {
    private static let mine = Samples.hello(Samples.jiangsu)

    /// Answers that differ from `mine` in the market and in one thing more.
    private static let answers: [Hello] = {
        let change: [(inout Hello) -> Void] = [
            { _ in }, { $0.protocols = [1, 2] }, { $0.federation = "other" }, { $0.incarnation = .zero },
            { $0.rootVersion = 4 }, { $0.rootHash = Samples.digest(8) }, { $0.catalogHash = Samples.digest(8) },
            { $0.frontierHash = Samples.digest(8) }, { $0.stateDigest = Samples.digest(8) }, { $0.software = "else" },
        ]
        return change.map { change in
            var answer = Samples.hello(Samples.shanghai)
            change(&answer)
            return answer
        }
    }()

    @Test(arguments: answers.indices)
    func `whatever the answer leaves out, the caller reads the whole of it`(_ index: Int) throws {
        let answer = Self.answers[index]
        let body = ExchangeJSON.encode(answer, brieflyTo: Self.mine)
        #expect(try ExchangeJSON.hello(body, answering: Self.mine) == answer)
        #expect(try ExchangeJSON.hello(ExchangeJSON.encode(answer), answering: Self.mine) == answer)
        #expect(body.count < ExchangeJSON.encode(answer).count)
    }

    @Test func `between level nodes only market and incarnation are left, and a round stays under a kilobyte`() {
        let answer = Samples.hello(Samples.shanghai)
        let body = String(decoding: ExchangeJSON.encode(answer, brieflyTo: Self.mine), as: UTF8.self)
        #expect(body == #"{"incarnation":"\#(answer.incarnation.hex)","market":"shanghai"}"#)
        #expect(ExchangeJSON.encodeAskingBriefly(Self.mine).count + body.utf8.count < 600)
    }

    @Test func `who answers is never taken from the question`() {
        for body in [#"{}"#, #"{"incarnation":"\#(Samples.incarnation.hex)"}"#, #"{"market":"shanghai"}"#] {
            #expect(throws: DecodeError.self) { try ExchangeJSON.hello(Array(body.utf8), answering: Self.mine) }
        }
    }

    @Test func `a question leaves out nothing`() throws {
        let brief = ExchangeJSON.encode(Samples.hello(Samples.shanghai), brieflyTo: Self.mine)
        #expect(throws: DecodeError.self) { try ExchangeJSON.hello(brief) }
        #expect(throws: DecodeError.self) { try ExchangeJSON.helloRequest(brief) }
        #expect(try ExchangeJSON.helloRequest(ExchangeJSON.encodeAskingBriefly(Self.mine)).takesBriefAnswer)
        #expect(try !ExchangeJSON.helloRequest(ExchangeJSON.encode(Self.mine)).takesBriefAnswer)
        #expect(try ExchangeJSON.helloRequest(ExchangeJSON.encodeAskingBriefly(Self.mine)).hello == Self.mine)
    }

    @Test func `a caller that does not ask for it gets a whole answer, one that does gets the rest`() async throws {
        let mine = Self.mine
        try await TestServer.run { server in
            func ask(_ body: [UInt8]) async throws -> (status: Int, body: String) {
                try await server.curl(
                    "/v1/hello", ["--header", "Content-Type: application/json", "--data-binary", "@-"], input: body)
            }
            let whole = try await ask(ExchangeJSON.encode(mine))
            #expect(whole.status == 200)
            #expect(try ExchangeJSON.hello(Array(whole.body.utf8)) == Samples.hello(Samples.shanghai))
            let brief = try await ask(ExchangeJSON.encodeAskingBriefly(mine))
            #expect(brief.status == 200 && brief.body.utf8.count < 100)
            let answer = try await server.client().hello(mine)
            #expect(answer == Samples.hello(Samples.shanghai))
        }
    }

    @Test func `a peer that answers as ourselves is refused`() async throws {
        let service = RecordingService(onHello: { hello, _ in hello })
        try await TestServer.run(service) { server in
            let error = try await peerError { try await server.client().hello(Self.mine) }
            #expect(error.kind == .refused && error.code == "other_market")
        }
    }
}
