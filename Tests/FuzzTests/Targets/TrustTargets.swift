// What trust is built on: descriptors, keys, certificates, and the operator's own node.yaml.

import SyncSimulation

@testable import PeerTrust
@testable import SyncCore
@testable import SyncNode

extension FuzzTarget {
    /// `u8 which ‖ text`: a whole file, or only what is signed; then the keys of `SampleKeys` sign it here, so that
    /// mutation comes past the signatures.
    static let descriptor = FuzzTarget(
        "descriptor", inputBytesMax: 3_072, memory: MemoryLimit(fixedBytes: 512 << 10, bytesPerInputByte: 512),
        words: [
            "yrd_descriptor: 1\n", "federation: ", "market: ", "serial: ", "endpoint: ", "none", "https://", "tls:\n",
            "signing:\n", "  - suite: ", "spki: ", "spans:\n", "      - incarnation: ", "from_seq: ", "to_seq: ",
            "to_id: ", "require: [", "signatures:\n", "key_id: ", "signature: ", "\n  ", "- ", "\"", "'", "#", "{", "}",
            "[", "]", ", ", "1, 2", "AA==",
        ],
        samples: { try descriptorSamples() },
        attack: { input in
            guard let which = input.first else { return }
            let bytes = Array(input.dropFirst())
            let file = which.isMultiple(of: 2) ? bytes : try signedByAll(bytes)
            if let (signed, fields, _) = try? DescriptorReader.read(file) {
                try hold(file.starts(with: signed), "the signed bytes are not the file's beginning")
                let again = try DescriptorReader.read(
                    DescriptorDraft.file(
                        of: Array(DescriptorDraft(fields: fields).text.utf8), signedBy: [SampleKeys.ed25519], tls: []))
                try hold(again.1 == fields, "\(fields) is written and read as \(again.1)")
            }
            guard let descriptor = try? Descriptor.parse(file) else { return }
            let succession = Succession.of(
                descriptor, trusted: try trusted(), others: [], federation: FederationName("test")!)
            if succession == .successor {
                try hold(descriptor.serial > 5, "a descriptor of serial \(descriptor.serial) succeeds one of serial 5")
            }
            _ = Membership(federation: descriptor.federation, trusted: [descriptor])
        })

    /// Keys, proofs and signatures as a peer offers them. `u8 which ‖ bytes`.
    static let key = FuzzTarget(
        "key", inputBytesMax: 2_048, memory: MemoryLimit(fixedBytes: 256 << 10, bytesPerInputByte: 256),
        words: ["-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n"],
        samples: {
            [
                [0] + SampleKeys.ed25519.spki, [0] + SampleKeys.sm2.spki, [0] + SampleKeys.tls.spki,
                [1] + [UInt8](repeating: 1, count: SignatureRecord.signatureByteCount),
                [3] + (try SampleKeys.ed25519.pem()), [3] + (try SampleKeys.tls.pem()),
                [4] + SampleKeys.ed25519.spki + [UInt8](repeating: 1, count: SignatureRecord.signatureByteCount),
            ]
        },
        attack: { input in
            guard let which = input.first else { return }
            try offer(Array(input.dropFirst()), as: which % 5)
        })

    /// The operator's file.
    static let node = FuzzTarget(
        "node", inputBytesMax: 1_024, memory: MemoryLimit(fixedBytes: 1 << 20, bytesPerInputByte: 1_024),
        words: [
            "federation: ", "market: ", "listen: ", "endpoint: ", "lang: ", "time_zone: ", "peers:\n", "  jiangsu: ",
            "{every: ", "jitter: ", "30s", "5m", "2h", "1d", "}\n", "none", "&a ", "*a", "<<: ", "|", ">", "? ",
        ],
        samples: {
            let texts = [
                "peers:\n  jiangsu: {every: 30s, jitter: 2s}\n  anhui: {every: 1d}\n",
                "peers: {jiangsu: {every: 366d}}\n",
                "lang: en\n", "",
            ]
            return texts.map { peers in
                Array(
                    """
                    federation: yrd
                    market: shanghai
                    listen: "127.0.0.1:7441"
                    endpoint: "https://shanghai.example:7441"
                    time_zone: Asia/Shanghai
                    \(peers)
                    """.utf8)
            }
        },
        attack: { bytes in
            guard let node = try? NodeConfiguration.parse(String(decoding: bytes, as: UTF8.self)) else { return }
            let listen = ListenAddress(ListenAddress.text(host: node.listenHost, port: node.listenPort))
            try hold(listen?.host == node.listenHost, "\(node.listenHost) is no host that can be written")
            for schedule in node.peers.values {
                let isBounded =
                    (1...367 * 86_400).contains(schedule.everySeconds)
                    && (0...367 * 86_400).contains(schedule.jitterSeconds)
                try hold(isBounded, "a peer is visited every \(schedule.everySeconds) + \(schedule.jitterSeconds) s")
            }
        })

    private static let incarnation = ID16(Array(1...16))!

    /// A descriptor of serial 5 that the sample keys signed.
    private static func trusted() throws -> Descriptor {
        try Descriptor.parse(signedByAll(Array(draft(serial: 5).text.utf8)))
    }

    private static func draft(serial: UInt64, suites: [Suite] = Suite.allCases) throws -> DescriptorDraft {
        let spans = [
            KeySpan(incarnation: incarnation, fromSequence: 1, closedAt: (9, .zero)),
            KeySpan(incarnation: incarnation, fromSequence: 10),
        ]
        let keys = suites.map { $0 == .ed25519SHA256 ? SampleKeys.ed25519 : SampleKeys.sm2 }
        return DescriptorDraft(
            fields: DescriptorFields(
                federation: FederationName("test")!, market: Market("shanghai")!, serial: serial,
                endpoint: serial.isMultiple(of: 2) ? nil : Endpoint("https://shanghai.example:8443"),
                tls: [try TLSPublicKey(spki: SampleKeys.tls.spki)],
                signing: try keys.map { SpannedKey(key: try $0.verificationKey, spans: spans) }, require: suites))
    }

    private static func signedByAll(_ body: [UInt8]) throws -> [UInt8] {
        try DescriptorDraft.file(of: body, signedBy: [SampleKeys.ed25519, SampleKeys.sm2], tls: [SampleKeys.tls])
    }

    private static func descriptorSamples() throws -> [[UInt8]] {
        let bodies = try [
            draft(serial: 5), draft(serial: 6), draft(serial: 7, suites: [.ed25519SHA256]),
            draft(serial: Limits.counterMax, suites: [.sm2SM3]),
        ].map { Array($0.text.utf8) }
        // Signatures of SM2 and ECDSA are never the same twice; those here are of Ed25519 alone, so that the samples are.
        let files = try bodies.map { try DescriptorDraft.file(of: $0, signedBy: [SampleKeys.ed25519], tls: []) }
        return bodies.map { [1] + $0 } + files.map { [0] + $0 }
    }

    private static func offer(_ bytes: [UInt8], as which: UInt8) throws {
        switch which {
        case 0:
            for suite in Suite.allCases {
                if let key = try? VerificationKey(suite: suite, spki: bytes) {
                    try hold(key.spki == bytes, "a key has two forms")
                }
            }
            if let key = try? TLSPublicKey(spki: bytes) { try hold(key.spki == bytes, "a TLS key has two forms") }
        case 1:
            guard bytes.count == SignatureRecord.signatureByteCount else { return }
            for key in [SampleKeys.ed25519, SampleKeys.sm2] {
                let record = SignatureRecord(suite: key.suite, keyID: key.keyID, signature: bytes)
                let verifies = try key.verificationKey.verifies(.changeSet, Array("never signed".utf8), record)
                try hold(!verifies, "a signature was forged")
            }
            let tls = try TLSPublicKey(spki: SampleKeys.tls.spki)
            try hold(!tls.verifiesDescriptor([1], bytes), "a signature was forged")
        case 2:
            _ = try? TLSKey.pin(ofCertificateDER: bytes)
            _ = try? TLSKey.certificateExpiry(bytes)
        case 3:
            _ = try? SigningKey(pem: bytes)
            _ = try? TLSKey(pem: bytes)
        default:
            let cut = max(0, bytes.count - SignatureRecord.signatureByteCount)
            let key = try? KeyProof.verify(
                suite: .ed25519SHA256, spki: Array(bytes.prefix(cut)), proof: Array(bytes.dropFirst(cut)),
                federation: .zero, origin: Origin(market: Market("shanghai")!, incarnation: .zero), firstSequence: 1)
            try hold(key == nil, "a proof was forged")
        }
    }
}
