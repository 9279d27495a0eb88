// Three markets that stand level with one agency, of which Shanghai is the one that others hand things to.

import SyncCore
import SyncNode

protocol ThreeMarketStory {
    var federation: DeskFederation { get }
}

extension ThreeMarketStory {
    var shanghai: LocalNode { federation["shanghai"] }
    var jiangsu: LocalNode { federation["jiangsu"] }
    static var agency: RecordID { RecordID(type: "agency", key: "31-TTA-000001") }

    static func begun() throws -> DeskFederation {
        let federation = try DeskFederation("shanghai", "jiangsu", "zhejiang")
        try federation.makeAgency()
        return federation
    }

    /// Writes, seals, and gives the batch that Shanghai lacks.
    func write(_ market: String, _ column: String) throws -> Batch {
        try federation.write(market, column, lackedBy: shanghai)
    }
}
