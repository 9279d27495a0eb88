// What proves a record's history to a third party: the entries as signed, the receipts, and the chain between them.

package import SyncCore

extension SQLiteReplica {
    /// The entries that changed a record, in order of application; forbidden and faulty ones, which changed nothing, are not
    /// among them.
    package func entries(touching record: RecordID) throws -> [StoredEntry] {
        try read { transaction in
            try RecordStore(transaction: transaction).load(record, from: .log).history.map { try log.entry($0) }
        }
    }

    /// The newest receipt of each origin, as it was signed.
    package func receipts() throws -> [SignedStatement] {
        try read { _ in
            let query = try connection.cursor("SELECT body, signatures FROM yrd_receipt ORDER BY market, incarnation")
            var statements: [SignedStatement] = []
            while try query.step() {
                let signatures = try ByteReader.decode(query.blob(1)) { reader throws(DecodeError) in
                    try SignatureRecord.decodeList(from: &reader)
                }
                statements.append(SignedStatement(body: query.blob(0), signatures: signatures))
            }
            return statements
        }
    }

    /// The headers of an origin from the entry at `first` to the one that `row` names, each the predecessor of the next,
    /// found backwards by their ids.
    ///
    /// - Returns: nil where this replica does not have that entry.
    package func chain(from first: UInt64, to row: Row) throws -> [EnvelopeHeader]? {
        try read { transaction in
            let lanes = transaction.lanes.lanes.values.filter { $0.origin == row.origin }.map(\.number)
            var headers: [EnvelopeHeader] = []
            var isWanted: (Digest) -> Bool = { $0.prefix == row.idPrefix }
            for sequence in (first...max(first, row.sequence)).reversed() {
                // Of several branches of one origin the right one is told by the id.
                let lane = try lanes.first { lane in try log.id(lane: lane, sequence: sequence).map(isWanted) ?? false }
                guard let lane, let header = try log.header(lane: lane, sequence: sequence) else { return nil }
                headers.append(header)
                isWanted = { $0 == header.previous }
            }
            return headers.reversed()
        }
    }
}
