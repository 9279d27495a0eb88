// What a node writes about itself and has promised to others must outlive a power cut.

/// Files of a node's folder that are no secret: descriptor, certificate, configuration; and the fence, to be read.
package enum NodeFile {
    private static let mode: UInt32 = 0o644

    /// When it returns, the file is whole and durable; until then the old one stands.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileRefusal) {
        try GuardedFile.write(bytes, to: path, mode: mode)
    }

    /// Nil if there is no such file. One that is there and cannot be read throws: it is not the same.
    package static func read(_ path: String, maxBytes: Int) throws(FileRefusal) -> [UInt8]? {
        do {
            return try GuardedFile.read(path, forbiddenMode: 0, maxBytes: maxBytes)
        } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
    }
}
