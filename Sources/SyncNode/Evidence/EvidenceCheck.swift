// `evidence verify`: takes a bundle's claims apart. It needs no node, no replica and no network.

import Foundation
import MarketCatalog
package import PeerTrust
package import SyncCore

package struct EvidenceCheck {
    private let bundle: EvidenceBundle
    private let hashing = OpenSSLHashing.hashing

    package init(_ bytes: [UInt8]) throws(EvidenceRefusal) {
        guard bytes.count <= EvidenceBundle.bytesMax else {
            throw EvidenceRefusal(
                cause: .form("\(bytes.count) bytes, at most \(EvidenceBundle.bytesMax)"), place: "file")
        }
        do {
            bundle = try JSONDecoder().decode(EvidenceBundle.self, from: Data(bytes))
        } catch {
            throw EvidenceRefusal(cause: .form("\(error)"), place: "file")
        }
        guard bundle.version == EvidenceBundle.version else {
            throw EvidenceRefusal(cause: .form("version \(bundle.version)"), place: "yrd_evidence")
        }
    }

    /// - Parameters:
    ///   - fingerprints: of descriptors, as the markets gave them by another way. Each must be that of the bundle's.
    ///   - root: the federation's trust root, got by another way: its members and keys count, and what it closes does not.
    package func run(
        fingerprints: [Market: String] = [:], root: TrustRoot? = nil
    ) throws(EvidenceRefusal) -> EvidenceReport {
        guard let federation = FederationName(bundle.federation) else {
            throw EvidenceRefusal(cause: .form("not a federation's name"), place: "federation")
        }
        let descriptors = try self.descriptors(federation)
        for (market, expected) in fingerprints.sorted(by: { $0.key < $1.key }) {
            guard let descriptor = descriptors.first(where: { $0.market == market }) else {
                throw EvidenceRefusal(cause: .marketMissing, place: market.name)
            }
            guard descriptor.hasFingerprint(expected) else {
                throw EvidenceRefusal(
                    cause: .otherFingerprint(expected: expected, found: descriptor.fingerprint), place: market.name)
            }
        }
        if let root, root.fields.federation != federation {
            throw EvidenceRefusal(cause: .otherRoot(root.fields.federation.text), place: "federation")
        }
        let membership = Membership(federation: federation, trusted: descriptors, root: root)
        let record = RecordID(type: Text(bundle.type), key: Text(bundle.key))
        guard !bundle.changeSets.isEmpty else {
            throw EvidenceRefusal(cause: .form("no change set"), place: "change_sets")
        }
        let receipts = try self.receipts(membership)
        let chains = try self.chains()
        var contexts: Set<Digest> = []
        var changes: [EvidenceReport.ProvenChange] = []
        for (index, part) in bundle.changeSets.enumerated() {
            let place = "change_sets[\(index)]"
            let proven = try self.part(part, membership, record, place)
            try checkCounts(proven.header, chains, root, place)
            contexts.insert(proven.context.catalogHash)
            changes.append(
                EvidenceReport.ProvenChange(
                    header: proven.header.header, id: proven.header.id, market: proven.header.market,
                    change: proven.change, note: proven.note,
                    receivedBy: chains.receivers(of: proven.header, receipts)))
        }
        guard Set(changes.map(\.id)).count == changes.count else {
            throw EvidenceRefusal(cause: .form("a change set stands twice"), place: "change_sets")
        }
        return EvidenceReport(
            federation: federation, record: record, descriptors: descriptors, root: root, changes: changes,
            catalog: catalog(named: contexts))
    }

    /// An entry of a closed incarnation must be a last one, or lead to one by a chain of the bundle.
    private func checkCounts(
        _ entry: VerifiedHeader, _ chains: HeaderChains, _ root: TrustRoot?, _ place: String
    ) throws(EvidenceRefusal) {
        guard let closure = root?.fields.closures.first(where: { $0.origin == entry.header.origin }) else { return }
        let counts = closure.rows.contains { chains.isReached($0, from: entry.id, entry.header.sequence) }
        if !counts { throw EvidenceRefusal(cause: .closed, place: place) }
    }

    // MARK: Keys

    private func descriptors(_ federation: FederationName) throws(EvidenceRefusal) -> [Descriptor] {
        var descriptors: [Descriptor] = []
        for (index, text) in bundle.descriptors.enumerated() {
            let place = "descriptors[\(index)]"
            let descriptor: Descriptor
            do {
                descriptor = try Descriptor.parse(Array(text.utf8))
            } catch {
                throw EvidenceRefusal(cause: .descriptor(error.words), place: place)
            }
            guard descriptor.federation == federation, !descriptors.contains(where: { $0.market == descriptor.market })
            else {
                let detail = LocalizedText(
                    zh: "属于另一联邦,或是同一市场的第二份", en: "another federation's, or a market's second")
                throw EvidenceRefusal(cause: .descriptor(detail), place: place)
            }
            descriptors.append(descriptor)
        }
        return descriptors
    }

    // MARK: Change sets

    private struct ProvenPart {
        let header: VerifiedHeader
        let context: Context
        let change: Change
        let note: Note?
    }

    private func part(
        _ part: EvidenceBundle.SealedPart, _ membership: Membership, _ record: RecordID, _ place: String
    ) throws(EvidenceRefusal) -> ProvenPart {
        let header = try verified(part, membership, place)
        let suite = header.header.suite
        guard let contextBytes = [UInt8](hex: part.context),
            hashing.digest(suite, contextBytes) == header.header.contextHash
        else { throw EvidenceRefusal(cause: .contextDiffers, place: place) }
        let context: Context
        var ops: [Int: Op] = [:]
        do {
            context = try Context(decoding: contextBytes)
            for op in part.ops {
                guard let bytes = [UInt8](hex: op.op), isUnderRoot(bytes, op, header.header), ops[op.index] == nil
                else {
                    throw EvidenceRefusal(cause: .notUnderRoot(index: op.index), place: place)
                }
                ops[op.index] = try Op(decoding: bytes, in: bytes.indices)
            }
        } catch let refusal as EvidenceRefusal {
            throw refusal
        } catch {
            throw EvidenceRefusal(cause: .form("\(error)"), place: place)
        }
        let changes = ops.values.compactMap { if case .change(let change) = $0 { change } else { nil } }
        guard let change = changes.first, changes.count == 1, change.record == record else {
            throw EvidenceRefusal(cause: .otherRecord, place: place)
        }
        return ProvenPart(header: header, context: context, change: change, note: try note(of: change, ops, place))
    }

    /// The note that the change names, and no other: notes stand first, so its index is its number less one.
    private func note(of change: Change, _ ops: [Int: Op], _ place: String) throws(EvidenceRefusal) -> Note? {
        guard ops.count == (change.note == 0 ? 1 : 2) else { throw EvidenceRefusal(cause: .noteMissing, place: place) }
        guard change.note > 0 else { return nil }
        guard case .note(let note)? = ops[change.note - 1] else {
            throw EvidenceRefusal(cause: .noteMissing, place: place)
        }
        return note
    }

    private func verified(
        _ part: EvidenceBundle.SealedPart, _ membership: Membership, _ place: String
    ) throws(EvidenceRefusal) -> VerifiedHeader {
        let header = try header(part.header, place)
        switch membership.verifyHeaderWithoutChain(header, try signatures(part.signatures, place)) {
        case .verified(let fact): return fact
        case .unknownMember: throw EvidenceRefusal(cause: .notAuthentic("member_unknown"), place: place)
        case .unknownKeySpan: throw EvidenceRefusal(cause: .notAuthentic("key_unknown"), place: place)
        case .notAuthentic(let fault): throw EvidenceRefusal(cause: .notAuthentic(fault.code), place: place)
        }
    }

    private func isUnderRoot(_ bytes: [UInt8], _ op: EvidenceBundle.ProvenOp, _ header: EnvelopeHeader) -> Bool {
        let path = op.path.compactMap { Digest(hex: $0) }
        guard path.count == op.path.count else { return false }
        let digest = { hashing.digest(header.suite, $0) }
        let root = MerkleTree.root(
            from: MerkleTree.leaf(bytes, digest), at: op.index, of: Int(header.opCount), path, digest)
        return root == header.opsRoot
    }

    private func header(_ text: String, _ place: String) throws(EvidenceRefusal) -> EnvelopeHeader {
        guard let bytes = [UInt8](hex: text) else { throw EvidenceRefusal(cause: .form("header"), place: place) }
        do {
            return try ByteReader.decode(bytes) { reader throws(DecodeError) in try EnvelopeHeader(from: &reader) }
        } catch {
            throw EvidenceRefusal(cause: .form("header: \(error)"), place: place)
        }
    }

    private func signatures(
        _ claims: [SignatureJSON], _ place: String
    ) throws(EvidenceRefusal) -> [SignatureRecord] {
        guard let records = SignatureJSON.records(claims) else {
            throw EvidenceRefusal(cause: .form("signatures"), place: place)
        }
        return records
    }

    // MARK: Reception

    private func receipts(_ membership: Membership) throws(EvidenceRefusal) -> [FrontierStatement] {
        var statements: [FrontierStatement] = []
        for (index, receipt) in bundle.receipts.enumerated() {
            let place = "receipts[\(index)]"
            guard let market = Market(receipt.market), let body = [UInt8](hex: receipt.body) else {
                throw EvidenceRefusal(cause: .form("receipt"), place: place)
            }
            let signatures = try signatures(receipt.signatures, place)
            guard
                case .verified(let fact) = membership.verify(
                    .receipt, body, signatures, from: market, isPast: true)
            else {
                throw EvidenceRefusal(cause: .receiptNotAuthentic(market.name), place: place)
            }
            statements.append(fact.payload)
        }
        return statements
    }

    private func chains() throws(EvidenceRefusal) -> HeaderChains {
        var chains = HeaderChains()
        for (number, chain) in bundle.chains.enumerated() {
            var ids: [Digest] = []
            var previous: EnvelopeHeader?
            for (index, text) in chain.enumerated() {
                let header = try header(text, "chains[\(number)]")
                if let previous {
                    guard header.origin == previous.origin, header.previous == ids.last,
                        header.sequence == previous.sequence + 1
                    else { throw EvidenceRefusal(cause: .chainBroken(at: index), place: "chains[\(number)]") }
                }
                ids.append(header.entryID(hashing))
                previous = header
            }
            chains.add(ids)
        }
        return chains
    }

    // MARK: Names

    private func catalog(named hashes: Set<Digest>) -> Catalog? {
        let files = bundle.catalog.map { CatalogFile(path: $0.path, bytes: Array($0.text.utf8)) }
        guard let catalog = try? Catalog.load(files: files, sha256: hashing.sha256), hashes.contains(catalog.hash)
        else { return nil }
        return catalog
    }
}
