// The catalog is its files, byte for byte: they are what is hashed, embedded and loaded.

/// One file of `Config/catalog`, by its path relative to that folder, with `/` between the parts.
package struct CatalogFile: Hashable, Sendable {
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}
