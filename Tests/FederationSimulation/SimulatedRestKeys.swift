// Personal columns at rest: whichever key a simulated node's file is under, a reader of the simulation sees clear values.

import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

/// The keys that one node has, of which its file is under one or none. A backup that is put back may be under another.
struct SimulatedRestKeys: Sendable {
    private let keys: [RestKey]

    /// Keys follow from the seed. Ciphertexts do not, and are in no trace.
    init(_ generator: inout SeededGenerator) {
        keys = (0..<2).map { _ in RestKey(file: Array((generator.bytes(32).hex + "\n").utf8))! }
    }

    func cipher(of id: Digest) throws -> RestCipher {
        guard let key = keys.first(where: { $0.id == id }) else { throw RestKeyUnknown(id: id) }
        return Self.cipher(of: key)
    }

    /// Another state than the present one: another key, or none.
    func next(after id: Digest?, _ generator: inout SeededGenerator) -> RestCipher? {
        let others = keys.filter { $0.id != id }
        return id != nil && generator.chance(percent: 30) ? nil : Self.cipher(of: generator.pick(from: others))
    }

    private static func cipher(of key: RestKey) -> RestCipher {
        RestCipher(keyID: key.id, encrypt: key.encrypt, decrypt: key.decrypt)
    }

    // MARK: As decision 0026 says that it lies in the file

    static let textPrefix = "yrdenc:"

    func clear(_ value: FieldValue) -> FieldValue {
        guard case .text(let text) = value, let clear = clear("\(text)") else { return value }
        return .text(Text(clear))
    }

    /// What SQLite's `quote()` makes of several values.
    func clear(quoted line: String) -> String {
        var parts = line.split(separator: "'\(Self.textPrefix)", omittingEmptySubsequences: false)[...]
        var clear = String(parts.removeFirst())
        for part in parts {
            let digits = part.prefix { $0 != "'" }
            let text = self.clear(Self.textPrefix + digits)?.replacing("'", with: "''") ?? Self.textPrefix + digits
            clear += "'\(text)" + part.dropFirst(digits.count)
        }
        return clear
    }

    private func clear(_ text: String) -> String? {
        guard text.hasPrefix(Self.textPrefix), let message = [UInt8](hex: String(text.dropFirst(Self.textPrefix.count)))
        else { return nil }
        return keys.lazy.compactMap { $0.decrypt(message) }.first.map { String(decoding: $0, as: UTF8.self) }
    }
}
