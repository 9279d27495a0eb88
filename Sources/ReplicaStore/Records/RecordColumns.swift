// What is here of a record, its state and its row, in one row of a query.

/// Columns of state `r` (`yrd_record`) and row `c` (the table of the record's type), under the names that the query gives
/// the two. One query costs less than one for each of them (docs/performance.md, Sealing).
struct RecordColumns {
    let sql: String
    private let first: Int32
    private let unitCount: Int32

    /// - Parameter first: how many columns the query yields before them.
    init(of table: SyncedTable, from first: Int32) {
        self.first = first
        let units = table.clearColumns(of: "c")
        unitCount = Int32(units.count)
        // The rowid by the name that no column can have: a catalog's identifiers begin with a letter.
        sql = (["r.entry", "r.digest", "r.state", "r.history"] + units + ["c._rowid_"]).joined(separator: ", ")
    }

    // NULL where there is no state.
    var entry: Int32 { first }
    var digest: Int32 { first + 1 }
    var state: Int32 { first + 2 }
    var history: Int32 { first + 3 }
    /// The first of the unit columns, which stand in catalog order.
    var units: Int32 { first + 4 }
    /// NULL where there is no row.
    var rowID: Int32 { units + unitCount }
}
