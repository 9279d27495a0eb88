// `evidence export`: what this node holds about one record, as a bundle.

import MarketCatalog
import PeerTrust
import ReplicaStore
package import SyncCore

package struct EvidenceExport {
    private let node: LocalNode

    package init(_ node: LocalNode) {
        self.node = node
    }

    /// - Throws: `DeskRefusal.noSuchRecord` where no change set ever touched the record.
    package func bundle(of record: RecordID, exportedAt: String) throws -> EvidenceBundle {
        let entries = try node.replica.entries(touching: record)
        guard !entries.isEmpty else { throw DeskRefusal.noSuchRecord(record) }
        let trust = try node.trust()
        let known = [trust.own] + trust.trusted + trust.others.filter { $0.state == .distrusted }.map(\.descriptor)
        let statements = try receipts(known)
        return EvidenceBundle(
            version: EvidenceBundle.version, federation: trust.own.federation.text, type: record.type.string,
            key: record.key.string, exportedBy: node.market.name,
            exportedAt: exportedAt,
            descriptors: known.sorted { $0.market < $1.market }.map { String(decoding: $0.raw, as: UTF8.self) },
            changeSets: try entries.map { try Self.part(of: $0.entry, about: record) },
            receipts: statements.map(\.receipt),
            chains: try chains(
                from: entries,
                to: Set(statements.flatMap(\.statement.frontier.rows) + node.replica.closures().flatMap(\.rows))),
            catalog: node.catalog.files.map { .init(path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self)) })
    }

    private func receipts(
        _ known: [Descriptor]
    ) throws -> [(receipt: EvidenceBundle.Receipt, statement: FrontierStatement)] {
        try node.replica.receipts().compactMap { signed in
            guard let statement = try? FrontierStatement(decoding: signed.body, as: .receipt),
                let market = statement.origin.market, known.contains(where: { $0.market == market })
            else { return nil }
            let receipt = EvidenceBundle.Receipt(
                market: market.name, body: signed.body.hex, signatures: signed.signatures.map { SignatureJSON($0) })
            return (receipt, statement)
        }
    }

    /// One op of all of a change set's, and the note that belongs to it: nothing about other records leaves with it.
    private static func part(of entry: Entry, about record: RecordID) throws -> EvidenceBundle.SealedPart {
        let digest = { OpenSSLHashing.hashing.digest(entry.header.suite, $0) }
        let ranges = try entry.opRanges()
        let leaves = ranges.map { MerkleTree.leaf(entry.ops[$0], digest) }
        func proven(_ index: Int) -> EvidenceBundle.ProvenOp {
            .init(
                index: index, op: entry.ops[ranges[index]].hex,
                path: MerkleTree.path(to: index, ofLeaves: leaves, digest).map(\.hex))
        }
        var ops: [EvidenceBundle.ProvenOp] = []
        for index in ranges.indices {
            guard case .change(let change) = try Op(decoding: entry.ops, in: ranges[index]), change.record == record
            else { continue }
            if change.note > 0 { ops.append(proven(change.note - 1)) }
            ops.append(proven(index))
        }
        return EvidenceBundle.SealedPart(
            header: entry.header.encoded().hex, signatures: entry.signatures.map { SignatureJSON($0) },
            context: entry.context.hex, ops: ops)
    }

    /// Of each origin, from its first entry here to the farthest one that a receipt or a closure names: the others lie on the
    /// way.
    private func chains(from entries: [StoredEntry], to rows: Set<Row>) throws -> [[String]] {
        var chains: [[String]] = []
        var covered: Set<Row> = []
        let first = Dictionary(entries.map { ($0.dot.origin, $0.dot.sequence) }, uniquingKeysWith: min)
        for row in rows.sorted(by: { ($0.sequence, $1) > ($1.sequence, $0) }) {
            guard let start = first[row.origin], row.sequence > start, !covered.contains(row),
                let headers = try node.replica.chain(from: start, to: row)
            else { continue }
            for header in headers {
                covered.insert(
                    Row(
                        origin: row.origin, sequence: header.sequence,
                        idPrefix: header.entryID(OpenSSLHashing.hashing).prefix))
            }
            chains.append(headers.map { $0.encoded().hex })
        }
        return chains
    }
}
