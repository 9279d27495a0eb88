// A private key that anyone else can read is none.

/// Reads and writes key files: mode 0600, whole or not at all, and never read once others have had a look.
package enum PrivateKeyFile {
    private static let modeOfOwner: UInt32 = 0o600
    private static let modeOfOthers: UInt32 = 0o077
    private static let bytesMax = 64 << 10

    package static func write(_ bytes: [UInt8], to path: String) throws(FileRefusal) {
        try GuardedFile.write(bytes, to: path, mode: modeOfOwner)
    }

    /// Replaces as many bytes of a file that stands, and makes them durable: for who can live with any of them torn.
    package static func overwrite(_ bytes: [UInt8], at offset: Int, in path: String) throws(FileRefusal) {
        try GuardedFile.overwrite(bytes, at: offset, in: path, forbiddenMode: modeOfOthers)
    }

    package static func remove(_ path: String) throws(FileRefusal) {
        try GuardedFile.remove(path)
    }

    /// Refuses a file that group or others may read, write or execute, one of another owner, and a symbolic link.
    package static func read(_ path: String) throws(FileRefusal) -> [UInt8] {
        try GuardedFile.read(path, forbiddenMode: modeOfOthers, maxBytes: bytesMax)
    }
}
