// The one place that says what the federation's records are. Everything else asks it.

package import SyncCore

/// A loaded and checked catalog. Whatever can be wrong with its files is an error of loading, so the rest of the house
/// need not doubt it.
package struct Catalog: Sendable {
    package let version: Int
    /// In byte order of their paths.
    package let files: [CatalogFile]
    package let recordTypes: [RecordType]
    package let codeLists: [String: CodeList]
    /// The append-only map from a key's prefix to the market that owns such records.
    package let markets: [String: Market]
    package let schema: Schema
    /// Over the files (PROTOCOL.md section 1).
    package let hash: Digest

    init(
        version: Int, files: [CatalogFile], recordTypes: [RecordType], codeLists: [String: CodeList],
        markets: [String: Market], hash: Digest
    ) {
        self.version = version
        self.files = files
        self.recordTypes = recordTypes
        self.codeLists = codeLists
        self.markets = markets
        self.hash = hash
        schema = Schema(catalogHash: hash, records: recordTypes.map(\.rule))
    }

    package func recordType(named name: String) -> RecordType? { recordTypes.first { $0.name == name } }

    /// Whether a code of a list exists, and what it is.
    package func code(_ slug: String, in list: String) -> Code? { codeLists[list]?.code(slug) }

    /// The bytes that `hash` is over.
    static func hashedBytes(_ files: [CatalogFile]) -> [UInt8] {
        var writer = ByteWriter()
        for file in files {
            writer.framed(Array(file.path.utf8))
            writer.framed(file.bytes)
        }
        return writer.bytes
    }
}
