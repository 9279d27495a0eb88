// Real keys and certificates for the tests, made by the `openssl` command when they are first needed.

import ForeignPrograms
import Foundation
import PeerTransport
import SyncCore

/// A self-signed certificate and its key.
struct TestIdentity {
    let certificatePEM: [UInt8]
    let privateKeyPEM: [UInt8]
    let certificatePath: String
    let keyPath: String
    let pin: Digest

    static let shanghai = make("shanghai")
    static let shanghaiNext = make("shanghai-next")
    static let jiangsu = make("jiangsu")
    static let zhejiang = make("zhejiang")
    static let stranger = make("stranger")

    var server: ServerIdentity { ServerIdentity(certificatePEM: certificatePEM, privateKeyPEM: privateKeyPEM) }

    private static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("peer-transport-tests-\(UUID())")
        try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()

    static func make(_ name: String, algorithm: String = "EC") -> TestIdentity {
        let key = folder.appendingPathComponent("\(name).pem").path
        let certificate = folder.appendingPathComponent("\(name).crt").path
        let spki = folder.appendingPathComponent("\(name).spki").path
        let options = algorithm == "EC" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : []
        run(["openssl", "genpkey", "-algorithm", algorithm, "-out", key] + options)
        run(["openssl", "req", "-x509", "-new", "-key", key, "-subj", "/CN=\(name)", "-days", "2", "-out", certificate])
        run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", spki])
        return TestIdentity(
            certificatePEM: bytes(certificate), privateKeyPEM: bytes(key), certificatePath: certificate, keyPath: key,
            pin: SHA256.digest(bytes(spki)))
    }

    private static func bytes(_ path: String) -> [UInt8] {
        Array(FileManager.default.contents(atPath: path)!)
    }

    private static func run(_ arguments: [String]) {
        // Identities are static: without `openssl` there is nobody to throw to.
        let outcome = try! Command.run(arguments)
        precondition(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
}

extension Command {
    /// Off the cooperative pool: the server under test needs it.
    static func runAside(_ words: [String], input: [UInt8] = []) async throws -> CommandResult {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try run(words, input: input) }) }
        }
    }
}
