// The executable carries copies of Config/catalog and peers/; here they are held equal to the folders.

import Foundation
import SyncCore
import Testing

@testable import MarketCatalog

@Suite("Built-in files")
struct BuiltInFilesTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `the executable carries Config/catalog byte for byte`() throws {
        let folder = Self.repository.appending(path: "Config/catalog").path
        let onDisk = try CatalogFolder(folder).files().sorted { Text($0.path) < Text($1.path) }
        let carried = BuiltInFiles.catalog
        #expect(carried.map(\.path) == onDisk.map(\.path), "run Config/embed")
        for (left, right) in zip(carried, onDisk) {
            #expect(left.bytes == right.bytes, "\(left.path) differs: run Config/embed")
        }
    }

    @Test func `the executable carries the profiles of peers byte for byte`() throws {
        let folder = Self.repository.appending(path: "peers").path
        let onDisk = try CatalogFolder(folder).files()
            .filter { $0.path.hasSuffix(".yaml") && !$0.path.hasSuffix(".example.yaml") }
            .sorted { Text($0.path) < Text($1.path) }
        #expect(BuiltInFiles.profiles == onDisk, "run Config/embed")
    }

    @Test func `the folder and the built-in copy make the same catalog`() throws {
        let folder = Self.repository.appending(path: "Config/catalog").path
        let loaded = try Catalog.load(directory: folder, sha256: checksum)
        let carried = try Catalog.builtIn(sha256: checksum)
        #expect(loaded.hash == carried.hash)
        #expect(loaded.schema == carried.schema)
    }
}
