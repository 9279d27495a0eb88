// A newer catalog takes effect: in one transaction, without sending anything.

package import MarketCatalog
import SyncCore

extension SQLiteReplica {
    /// Seals what is pending under the old catalog, adds what the new one adds, and folds the log again: values that were
    /// parked take their place, rights of types that were unknown are judged, and an entry whose values do not fit becomes
    /// faulty. Afterwards the replica is the one that a node with the new catalog from the start would have.
    ///
    /// Throws `CatalogUpgradeRefusal` if the new catalog changes what stays for ever, `IllegibleValues` if what it does not
    /// call personal any more cannot be decrypted. The same catalog again is nothing.
    package func upgrade(to catalog: Catalog, _ signer: EntrySigner) throws {
        try write { transaction in
            guard catalog.hash != layout.catalog.hash else { return }
            try CatalogUpgradeRules(old: layout.catalog, new: catalog).check()
            try sealEverything(transaction, signer)
            try transaction.finish()
            let values = ClearValues(layout.catalog, connection)
            // What a newer catalog does not call personal is not decrypted any more when it is read.
            if layout.isEncrypted {
                try values.decrypt(whatLeaves: catalog)
                // What becomes personal has lain in the clear.
                try transaction.meta.set(.restWipe, [1])
            }
            let rows = LocalRows(connection: connection, layout: layout)
            try rows.keep()
            try CatalogMigration(
                old: layout.catalog, new: catalog, market: layout.market, connection: connection
            ).run()
            let upgraded = ReplicaLayout(
                market: layout.market, catalog: catalog, typeIDs: try CatalogTables.typeIDs(catalog, connection),
                isEncrypted: connection.rest.cipher != nil)
            if upgraded.isEncrypted { try ClearValues(catalog, connection).index() }
            try LogReplay(connection: connection, layout: upgraded).replay(log, environment)
            try rows.putBack()
            try transaction.meta.forget(.checkedSchemaVersion)
            try transaction.meta.forget(.layoutDigest)
            // What is in the clear by now is so under the new one.
            made = try MadeLayout(of: identity.market, connection, environment.hashing)
        }
        try reload()
    }
}
