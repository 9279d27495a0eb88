// A federation may keep a catalog of its own, as a folder.

import Foundation
package import SyncCore

extension Catalog {
    /// Loads every file below a folder; those whose name begins with a point are not part of the catalog.
    package static func load(
        directory: String, sha256: ([UInt8]) -> Digest
    ) throws(CatalogError) -> Catalog {
        try load(files: try CatalogFolder(directory).files(), sha256: sha256)
    }
}

/// Reads a folder into catalog files.
struct CatalogFolder {
    private let root: String

    init(_ root: String) {
        self.root = root
    }

    func files() throws(CatalogError) -> [CatalogFile] {
        var files: [CatalogFile] = []
        for path in try paths() {
            let full = "\(root)/\(path)"
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: full) else {
                throw refusal(path, "无法读取", "cannot be read")
            }
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory: continue
            case .typeRegular: break
            default: throw refusal(path, "不是普通文件", "is not a regular file")
            }
            // Bounded before it is read: the folder may hold something that is no catalog at all.
            guard let size = attributes[.size] as? Int, size <= CatalogLoader.bytesMax,
                files.count < CatalogLoader.filesMax
            else { throw refusal(path, "文件过大或过多", "too large a file, or too many files") }
            guard let contents = FileManager.default.contents(atPath: full) else {
                throw refusal(path, "无法读取", "cannot be read")
            }
            files.append(CatalogFile(path: path, bytes: Array(contents)))
        }
        return files
    }

    private func paths() throws(CatalogError) -> [String] {
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: root)
                .filter { !$0.split(separator: "/").contains { part in part.hasPrefix(".") } }
                .sorted()
        } catch {
            throw refusal("", "无法读取这个目录:它是否存在,是否有权读取?", "this folder cannot be read: is it there, and may you read it?")
        }
    }

    private func refusal(_ path: String, _ zh: String, _ en: String) -> CatalogError {
        CatalogError(file: path.isEmpty ? root : path, item: "", LocalizedText(zh: zh, en: en))
    }
}
