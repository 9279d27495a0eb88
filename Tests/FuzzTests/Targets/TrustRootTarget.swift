// The trust root, as a peer shows it: nobody but a majority makes one that counts.

@testable import PeerTrust
@testable import SyncCore

extension FuzzTarget {
    /// `u8 which ‖ text`: a whole file, or only what is signed; then the root keys of the sample members whose bits are
    /// set in `which` sign it here, so that mutation comes past the signatures.
    static let root = FuzzTarget(
        "root", inputBytesMax: 4_096, memory: MemoryLimit(fixedBytes: 512 << 10, bytesPerInputByte: 512),
        words: [
            "yrd_trust_root: 1\n", "federation: ", "version: ", "previous: ", "members:\n", "  - market: ",
            "    retired: yes\n", "    root_keys:\n", "    signing:\n", "    signing: []\n", "      - suite: ",
            "spki: ",
            "spans:\n", "          - incarnation: ", "from_seq: ", "to_seq: ", "to_id: ", "require: [", "signatures:\n",
            "signatures: []\n", "key_id: ", "signature: ", "\n    ", "- ", "\"", "#", "{", "}", "[", "]", "1, 2",
            "AA==", "    closures:\n", "        ends:\n", "        ends: []\n", "          - seq: ", "            id: ",
            "revoked: [",
        ],
        samples: { try rootSamples() },
        attack: { input in
            guard let which = input.first else { return }
            let bytes = Array(input.dropFirst())
            let signers = Signer.allCases.filter { which & (1 << $0.rawValue) != 0 }
            let file = signers.isEmpty ? bytes : signed(bytes, by: signers)
            guard let root = try? TrustRoot.parse(file) else { return }
            try hold(file.starts(with: root.signedBytes), "the signed bytes are not the file's beginning")
            let again = try TrustRootText.proposal(root.fields)
            try hold(again.fields == root.fields, "\(root.fields) is written and read as \(again.fields)")
            let adopted = try sample(version: 5)
            switch RootSuccession.of(root, adopted: adopted, before: nil, federation: adopted.fields.federation) {
            case .successor:
                try hold(root.version == 6 && root.fields.previous == adopted.digest, "version 5 is not followed by 6")
                try hold(signers.count > 1, "one member of three is a majority")
            case .unchanged: try hold(root.digest == adopted.digest, "another file is the same")
            case .first: try hold(false, "a root is the first where one was adopted")
            case .refused(let refusal):
                if case .rival = refusal { try hold(false, "a rival is believed without the version before") }
            }
            if root.version == 1,
                RootSuccession.of(root, adopted: nil, federation: root.fields.federation) == .first
            {
                try hold(root.signers(among: root.fields).count == root.fields.active.count, "not all have signed")
            }
            _ = Membership(federation: root.fields.federation, trusted: [], root: root)
        })

    private enum Signer: UInt8, CaseIterable {
        case anhui
        case jiangsu
        case shanghai

        var market: Market { Market(["anhui", "jiangsu", "shanghai"][Int(rawValue)])! }
        var rootKey: SigningKey { SampleKeys.ofRoots[Int(rawValue)] }
        var signingKey: SigningKey { self == .anhui ? SampleKeys.sm2 : SampleKeys.ofLogs[Int(rawValue)] }
    }

    /// What cannot be signed, since it is no root, stays as it is.
    private static func signed(_ body: [UInt8], by signers: [Signer]) -> [UInt8] {
        let unsigned = body + Array("signatures: []\n".utf8)
        guard var root = try? TrustRoot.parse(unsigned) else { return unsigned }
        for signer in signers {
            guard let signed = try? root.signed(by: signer.rootKey, of: signer.market) else { return root.raw }
            root = signed
        }
        return root.raw
    }

    private static func sample(
        version: UInt64, after previous: Digest = .zero, without retired: Signer? = nil, revoking stolen: Signer? = nil
    ) throws -> TrustRoot {
        let incarnation = ID16(Array(1...16))!
        let spans = [
            KeySpan(incarnation: incarnation, fromSequence: 1, closedAt: (9, .zero)),
            KeySpan(incarnation: incarnation, fromSequence: 10),
        ]
        let members = try Signer.allCases.map { signer in
            let isRetired = signer == retired
            let key = try signer.signingKey.verificationKey
            let ends = [EntryPlace(sequence: 9, id: .zero), EntryPlace(sequence: 12, id: .zero)]
            let closure = Closure(
                origin: Origin(market: signer.market, incarnation: incarnation), ends: isRetired ? [] : ends)
            return RootMember(
                market: signer.market, isRetired: isRetired, rootKeys: [try signer.rootKey.verificationKey],
                signing: [SpannedKey(key: key, spans: isRetired ? [spans[0]] : spans)], require: [key.suite],
                closures: isRetired || signer == stolen ? [closure] : [],
                revoked: signer == stolen ? [key.keyID] : [])
        }
        return try TrustRootText.proposal(
            TrustRootFields(
                federation: FederationName("test")!, version: version, previous: version == 1 ? nil : previous,
                members: members))
    }

    private static func rootSamples() throws -> [[UInt8]] {
        let adopted = try sample(version: 5)
        let roots = try [
            sample(version: 1), adopted, sample(version: 6, after: adopted.digest),
            sample(version: 6, after: adopted.digest, without: .jiangsu), sample(version: Limits.counterMax),
            sample(version: 6, after: adopted.digest, revoking: .shanghai),
        ]
        return roots.map { [0] + $0.raw } + roots.flatMap { root in [1, 3, 7].map { [$0] + root.signedBytes } }
    }
}
