// From screened YAML to a trust root: the same strictness as for descriptors.

internal import SyncCore
internal import Yams

enum TrustRootReader {
    private static let version = "1"
    private static let signatureCounts = 0...(4 * Limits.members)
    /// One for each incarnation that a key may have.
    private static let closureCounts =
        1...(DescriptorFields.signingKeyCounts.upperBound * DescriptorFields.spanCounts.upperBound)
    /// A retired market may never have written anything.
    private static let signingCounts = 0...DescriptorFields.signingKeyCounts.upperBound

    static func read(_ bytes: [UInt8]) throws(TrustRootRefusal) -> TrustRoot {
        let root: TrustRoot
        do throws(DescriptorRefusal) {
            let start = try DescriptorReader.startOfSignatures(bytes, maxBytes: Limits.trustRootBytes)
            let signed = Array(bytes[..<start])
            let fields = try readFields(String(decoding: signed, as: UTF8.self))
            let signatures = try readSignatures(String(decoding: bytes[start...], as: UTF8.self))
            root = TrustRoot(raw: bytes, signedBytes: signed, fields: fields, signatures: signatures)
        } catch {
            throw .form(error)
        }
        try root.fields.checkConsistency()
        return root
    }

    private static func readFields(_ text: String) throws(DescriptorRefusal) -> TrustRootFields {
        var root = try DescriptorYAML.fields(of: text)
        guard try root.text("yrd_trust_root") == version else {
            throw .wrongValue("yrd_trust_root", expected: Expected.onlyVersion)
        }
        guard let federation = FederationName(try root.text("federation")) else {
            throw .wrongValue("federation", expected: Expected.federationName)
        }
        let version = try root.counter("version")
        let previous = try root.optionalDigest("previous")
        var members: [RootMember] = []
        for (node, path) in try root.list("members", 1...Limits.members) { members.append(try member(node, path)) }
        try root.finish()
        return TrustRootFields(federation: federation, version: version, previous: previous, members: members)
    }

    private static func member(_ node: Node, _ path: String) throws(DescriptorRefusal) -> RootMember {
        var fields = try YAMLFields(node, path: path)
        let market = try market(&fields)
        let retired = try fields.optionalText("retired")
        guard retired == nil || retired == "yes" else {
            throw .wrongValue(fields.name("retired"), expected: LocalizedText(zh: " yes,或不写", en: "yes, or not there"))
        }
        var rootKeys: [VerificationKey] = []
        for (node, path) in try fields.list("root_keys", RootMember.rootKeyCounts) {
            var entry = try YAMLFields(node, path: path)
            rootKeys.append(try DescriptorReader.signingKey(&entry, path))
            try entry.finish()
        }
        let signing = try DescriptorReader.signingKeys(&fields, counts: retired == nil ? 1...32 : signingCounts)
        let require = try DescriptorReader.requiredSuites(&fields)
        let closures = try closures(&fields, of: market)
        let revoked = try revoked(&fields)
        try fields.finish()
        return RootMember(
            market: market, isRetired: retired != nil, rootKeys: rootKeys, signing: signing, require: require,
            closures: closures, revoked: revoked)
    }

    private static func revoked(_ fields: inout YAMLFields) throws(DescriptorRefusal) -> [Digest] {
        var ids: [Digest] = []
        for (node, path) in try fields.optionalList("revoked", DescriptorFields.signingKeyCounts) ?? [] {
            let id = try YAMLFields.digest(try node.text(at: path), path)
            if let last = ids.last, last >= id { throw .wrongOrder("revoked") }
            ids.append(id)
        }
        return ids
    }

    private static func closures(_ fields: inout YAMLFields, of market: Market) throws(DescriptorRefusal) -> [Closure] {
        var closures: [Closure] = []
        for (node, path) in try fields.optionalList("closures", closureCounts) ?? [] {
            var entry = try YAMLFields(node, path: path)
            let incarnation = try entry.incarnation("incarnation")
            var ends: [EntryPlace] = []
            for (node, path) in try entry.list("ends", 0...Limits.branchesOfMarket) {
                var end = try YAMLFields(node, path: path)
                ends.append(EntryPlace(sequence: try end.counter("seq"), id: try end.digest("id")))
                try end.finish()
            }
            guard zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .wrongOrder("ends") }
            try entry.finish()
            closures.append(Closure(origin: Origin(market: market, incarnation: incarnation), ends: ends))
        }
        return closures
    }

    private static func readSignatures(_ text: String) throws(DescriptorRefusal) -> [RootSignature] {
        var root: YAMLFields
        do {
            root = try DescriptorYAML.fields(of: text)
        } catch .notYAML(_) {
            throw .signaturesNotLast
        }
        var signatures: [RootSignature] = []
        for (node, path) in try root.list("signatures", signatureCounts) {
            var fields = try YAMLFields(node, path: path)
            let market = try market(&fields)
            let record = try DescriptorReader.signature(&fields)
            try fields.finish()
            guard !signatures.contains(where: { $0.market == market && $0.record.keyID == record.keyID }) else {
                throw .wrongOrder("signatures")
            }
            signatures.append(RootSignature(market: market, record: record))
        }
        do {
            try root.finish()
        } catch {
            throw .signaturesNotLast
        }
        return signatures
    }

    private static func market(_ fields: inout YAMLFields) throws(DescriptorRefusal) -> Market {
        guard let market = Market(try fields.text("market")) else {
            throw .wrongValue(fields.name("market"), expected: Market.form)
        }
        return market
    }
}
