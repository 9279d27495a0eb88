// What we sign, others verify, and what they sign, we do. `make interop` installs them; without them this is skipped.

import ForeignPrograms
import Foundation
import SyncCore
import Testing

@testable import PeerTrust

@Suite("Other implementations", .enabled(if: OtherImplementations.python != nil, "run by `make interop`"))
struct InteropTests {
    private static let rounds = 50

    /// Of every length around a block of either hash.
    private static func body(_ round: Int) -> [UInt8] { (0..<round * 3).map { _ in UInt8.random(in: 0...255) } }

    private static func flipped(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes[.random(in: bytes.indices)] ^= 1 << Int.random(in: 0..<8)
        return bytes
    }

    @Test(arguments: SyncCore.Suite.allCases)
    func `what they sign verifies here, and nothing else`(_ suite: SyncCore.Suite) throws {
        let others = try OtherImplementations()
        for round in 0..<Self.rounds {
            let body = Self.body(round)
            let (spki, signature) = try others.make(suite, preAuthenticationEncoding(.receipt, body))
            let key = try VerificationKey(suite: suite, spki: spki)
            func verifies(_ type: StatementType, _ body: [UInt8], _ signature: [UInt8]) -> Bool {
                key.verifies(type, body, SignatureRecord(suite: suite, keyID: key.keyID, signature: signature))
            }
            #expect(verifies(.receipt, body, signature), "\(round): \(spki.hex) \(body.hex) \(signature.hex)")
            #expect(!verifies(.changeSet, body, signature))
            #expect(!verifies(.receipt, body + [0], signature))
            #expect(!verifies(.receipt, body, Self.flipped(signature)))
        }
    }

    @Test(arguments: SyncCore.Suite.allCases)
    func `what we sign verifies there, and nothing else`(_ suite: SyncCore.Suite) throws {
        let others = try OtherImplementations()
        for round in 0..<Self.rounds {
            let key = try SigningKey.generate(suite)
            let body = Self.body(round)
            let message = preAuthenticationEncoding(.changeSet, body)
            let signature = try key.sign(.changeSet, body).signature
            #expect(try others.verifies(suite, key.spki, message, signature), "\(round)")
            #expect(try !others.verifies(suite, key.spki, message + [0], signature))
            #expect(try !others.verifies(suite, key.spki, message, Self.flipped(signature)))
            let other = try SigningKey.generate(suite)
            #expect(try !others.verifies(suite, other.spki, message, signature))
        }
    }
}

/// The Python program beside this file, in a process of its own.
private final class OtherImplementations {
    /// A Python with `cryptography` and `gmssl`.
    static var python: String? { ProcessInfo.processInfo.environment["YRD_INTEROP_PYTHON"] }

    private let process: ChildProcess
    private let (requests, answers) = (Pipe(), Pipe())
    private var unread: [UInt8] = []

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        process = try ChildProcess(
            try #require(Self.python), [folder.appendingPathComponent("others.py").path],
            input: requests.fileHandleForReading.fileDescriptor, output: answers.fileHandleForWriting.fileDescriptor,
            errors: STDERR_FILENO)
        try requests.fileHandleForReading.close()
        try answers.fileHandleForWriting.close()
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        _ = process.wait()
    }

    func make(_ suite: SyncCore.Suite, _ message: [UInt8]) throws -> (spki: [UInt8], signature: [UInt8]) {
        let answer = try ask(["do": "make", "suite": Int(suite.rawValue), "message": message.hex])
        func bytes(_ name: String) throws -> [UInt8] {
            try #require((answer[name] as? String).flatMap { [UInt8](hex: $0) })
        }
        return (try bytes("spki"), try bytes("signature"))
    }

    func verifies(
        _ suite: SyncCore.Suite, _ spki: [UInt8], _ message: [UInt8], _ signature: [UInt8]
    ) throws -> Bool {
        let answer = try ask([
            "do": "verify", "suite": Int(suite.rawValue), "spki": spki.hex, "message": message.hex,
            "signature": signature.hex,
        ])
        return try #require(answer["valid"] as? Bool)
    }

    private func ask(_ request: [String: Any]) throws -> [String: Any] {
        try requests.fileHandleForWriting.write(
            contentsOf: JSONSerialization.data(withJSONObject: request) + Data("\n".utf8))
        while !unread.contains(UInt8(ascii: "\n")) {
            let more = answers.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the other implementations ended")
            unread += more
        }
        let end = try #require(unread.firstIndex(of: UInt8(ascii: "\n")))
        defer { unread.removeFirst(end + 1) }
        return try #require(try JSONSerialization.jsonObject(with: Data(unread[..<end])) as? [String: Any])
    }
}
