// One market's keys, ready to be asked about a place in one of its logs.

internal import SyncCore

struct Member: Sendable {
    let market: Market
    private let keys: [SpannedKey]
    private let require: [Suite]

    init(_ descriptor: Descriptor) {
        market = descriptor.market
        keys = descriptor.signing
        require = descriptor.require
    }

    /// The keys that count at that place, each with the span that covers it.
    func keys(at incarnation: ID16, _ sequence: UInt64) -> [(key: VerificationKey, span: KeySpan)] {
        keys.compactMap { entry in entry.span(covering: incarnation, sequence).map { (entry.key, $0) } }
    }

    /// The suites without whose signature nothing counts there: those the descriptor requires, as far as the market had
    /// a key of them at that place. Requiring a suite from some entry on must not make void what came before.
    private func requiredSuites(among keys: [VerificationKey]) -> [Suite] {
        require.filter { suite in keys.contains { $0.suite == suite } }
    }

    /// The signatures that verify: the one of `own` and those of every required suite must be among them; others that
    /// fail are dropped.
    func verifiedSignatures(
        _ type: StatementType, _ body: [UInt8], _ signatures: [SignatureRecord],
        under keys: [VerificationKey], own: VerificationKey?
    ) -> Result<[SignatureRecord], AuthenticityFault> {
        let isAscending = zip(signatures, signatures.dropFirst()).allSatisfy { $0.suite < $1.suite }
        guard isAscending, (1...Limits.signaturesPerEntry).contains(signatures.count) else {
            return .failure(.signatureList)
        }
        if let own, !signatures.contains(where: { $0.suite == own.suite && $0.keyID == own.keyID }) {
            return .failure(.ownSignatureMissing)
        }
        let needed = Set(requiredSuites(among: keys) + (own.map { [$0.suite] } ?? []))
        if let missing = needed.subtracting(signatures.map(\.suite)).min() {
            return .failure(.requiredSignatureMissing(missing))
        }
        var verified: [SignatureRecord] = []
        for signature in signatures {
            if keys.contains(where: { $0.verifies(type, body, signature) }) {
                verified.append(signature)
            } else if needed.contains(signature.suite) {
                return .failure(.wrongSignature(signature.suite))
            }
        }
        return verified.isEmpty ? .failure(.wrongSignature(signatures[0].suite)) : .success(verified)
    }
}
