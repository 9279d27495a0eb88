// Entries and changes without effect, and why: kept, listed, never in the way of the others.

import SyncCore

struct Quarantine {
    let transaction: ReplicaTransaction

    @discardableResult
    func add(
        _ entry: VerifiedEntry, class refusalClass: EntryRefusal.Class, code: String, peer: Market?,
        record: RecordID? = nil, unit: UnitNumber? = nil, evidence: [UInt8]? = nil
    ) throws -> Bool {
        try add(
            dot: entry.header.dot, id: entry.id, class: refusalClass, code: code, peer: peer, record: record,
            unit: unit, evidence: evidence)
    }

    /// What is no entry has no id: its line says who handed it over, and where it was said to stand. The same line again is
    /// nothing, and of one peer there are at most so many.
    func addNotAuthentic(_ refusals: [EntryRefusal], from peer: Market?) throws {
        let query = try transaction.connection.cursor(
            """
            SELECT origin, sequence, code FROM yrd_quarantine
            WHERE id = zeroblob(32) AND class = ?1 AND peer IS ?2
            """)
        query.bind(1, EntryRefusal.Class.notAuthentic.rawValue)
        if let peer { query.bind(2, peer.name) }
        var known: Set<[String?]> = []
        while try query.step() {
            known.insert([query.text(0)?.string, String(query.integer(1)), query.text(2)?.string])
        }
        for refusal in refusals where known.count < Limits.notAuthenticKept {
            let origin = refusal.origin.description
            guard known.insert([origin, String(refusal.sequence), refusal.code]).inserted else { continue }
            try insert(
                dot: Dot(origin: refusal.origin, sequence: refusal.sequence), id: .zero, class: .notAuthentic,
                code: refusal.code, peer: peer)
        }
    }

    /// Adds one line; the same line again is nothing. Returns whether it is new.
    @discardableResult
    func add(
        dot: Dot, id: Digest, class refusalClass: EntryRefusal.Class, code: String, peer: Market?,
        record: RecordID? = nil, unit: UnitNumber? = nil, evidence: [UInt8]? = nil
    ) throws -> Bool {
        let query = try transaction.connection.statement(
            "SELECT 1 FROM yrd_quarantine WHERE id = ?1 AND class = ?2 AND code = ?3 AND type IS ?4 AND key IS ?5")
        query.bind(1, id).bind(2, refusalClass.rawValue).bind(3, code)
        if let record { query.bind(4, record.type).bind(5, record.key) }
        defer { query.reset() }
        guard try !query.step() else { return false }
        try insert(
            dot: dot, id: id, class: refusalClass, code: code, peer: peer, record: record, unit: unit,
            evidence: evidence)
        return true
    }

    private func insert(
        dot: Dot, id: Digest, class refusalClass: EntryRefusal.Class, code: String, peer: Market?,
        record: RecordID? = nil, unit: UnitNumber? = nil, evidence: [UInt8]? = nil
    ) throws {
        let insert = try transaction.connection.statement(
            """
            INSERT INTO yrd_quarantine (origin, sequence, id, class, code, type, key, unit, peer, first_seen, evidence)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        insert.bind(1, dot.origin.description).bind(2, Int64(dot.sequence)).bind(3, id)
        insert.bind(4, refusalClass.rawValue).bind(5, code)
        if let record { insert.bind(6, record.type).bind(7, record.key) }
        if let unit { insert.bind(8, Int64(unit)) }
        if let peer { insert.bind(9, peer.name) }
        insert.bind(10, transaction.wallMilliseconds)
        if let evidence { insert.bind(11, transaction.connection.atRest(evidence)) }
        try insert.run()
    }
}
