// What is encrypted in a file and cannot be decrypted any more: altered, cut, or made up.

package import SyncCore

/// Rows hold what claims to be encrypted and cannot be decrypted: in the clear it would pass for a value.
package struct IllegibleValues: Error, Hashable {
    package let records: [RecordID]
}

/// Besides rows and log: what can be done without.
struct RestDamage {
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    func sources() throws -> [(source: String, type: String)] {
        let query = try connection.cursor("SELECT DISTINCT source, type FROM yrd_import WHERE NOT yrd_legible(image)")
        var sources: [(String, String)] = []
        while try query.step() { sources.append((query.text(0)?.string ?? "", query.text(1)?.string ?? "")) }
        return sources
    }

    func evidence() throws -> [Int64] {
        let query = try connection.cursor(
            "SELECT number FROM yrd_quarantine WHERE evidence NOTNULL AND NOT yrd_legible(evidence)")
        var numbers: [Int64] = []
        while try query.step() { numbers.append(query.integer(0)) }
        return numbers
    }
}

extension ReplicaAudit {
    /// What the checks of rows and log do not read.
    mutating func checkAtRest() throws {
        guard transaction.layout.isEncrypted else { return }
        for lost in try RestDamage(transaction.connection).sources() {
            add("import_memory_unreadable", "what \(lost.source) last said of \(lost.type) cannot be decrypted")
        }
        for number in try RestDamage(transaction.connection).evidence() {
            add("evidence_unreadable", "the evidence of yrd_quarantine, number \(number), cannot be decrypted")
        }
        let values = ClearValues(transaction.layout.catalog, transaction.connection)
        for record in try values.illegible() {
            add("value_unreadable", record: record, "a personal value claims to be encrypted and cannot be decrypted")
        }
    }
}
