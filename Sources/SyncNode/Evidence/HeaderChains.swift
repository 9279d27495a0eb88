// Who received an entry, when the receipt names only a later one.

import PeerTrust
import SyncCore

/// Runs of entries of one origin, each the predecessor of the next, by their ids.
struct HeaderChains {
    private var ids: [[Digest]] = []
    private var places: [Digest: [(chain: Int, place: Int)]] = [:]

    mutating func add(_ chain: [Digest]) {
        for (place, id) in chain.enumerated() { places[id, default: []].append((ids.count, place)) }
        ids.append(chain)
    }

    /// A receipt names the last entry of an origin that its signer had. It proves reception of that one and, by the chain,
    /// of every one before; of another branch, or without the chain, it proves nothing.
    func receivers(
        of entry: VerifiedHeader, _ receipts: [FrontierStatement]
    ) -> [(market: Market, timeMilliseconds: Int64)] {
        receipts.compactMap { receipt in
            // That its author had it needs no proof.
            guard let market = receipt.origin.market, market != entry.market,
                receipt.frontier.rows(of: entry.header.origin).contains(where: {
                    isReached($0, from: entry.id, entry.header.sequence)
                })
            else { return nil }
            return (market, receipt.timeMilliseconds)
        }
    }

    /// Whether the entry that a row names is the one with that id and number, or follows it in a chain. The row is one of
    /// the same origin.
    func isReached(_ row: Row, from id: Digest, _ sequence: UInt64) -> Bool {
        guard row.sequence > sequence else { return row.sequence == sequence && row.idPrefix == id.prefix }
        let distance = row.sequence - sequence
        return (places[id] ?? []).contains { own in
            let after = ids[own.chain].count - own.place
            return distance < after && ids[own.chain][own.place + Int(distance)].prefix == row.idPrefix
        }
    }
}
