// Trust as it stands in `peers/` at this very request: granted and taken back by files, at once.

import Foundation
import PeerTrust
import SyncCore
import Synchronization

/// Looks at the names, sizes and times of the files in `peers/`, and reads them again when one has changed.
final class PeersFolderWatch: Sendable {
    private struct FileState: Hashable {
        let name: String
        let size: UInt64
        let inode: Int
        let modified: Date
    }

    private let folder: TrustDirectory
    private let path: String
    private let own: Market
    private let seen: Mutex<[FileState]>

    init(path: String, federation: FederationName, own: Market) {
        folder = TrustDirectory(path: path, federation: federation)
        self.path = path
        self.own = own
        seen = Mutex([])
    }

    /// The pins of the trusted markets, if the folder is not as it was at the last call. A folder that cannot be read
    /// trusts nobody.
    func changedPins() -> [Digest: Market]? {
        let now = Self.states(of: path)
        let isChanged = seen.withLock { seen in
            defer { seen = now }
            return seen != now
        }
        guard isChanged else { return nil }
        let trusted = (try? folder.read())?.descriptors.filter { $0.market != own } ?? []
        return SyncDaemon.pinnedMarkets(trusted)
    }

    private static func states(of path: String) -> [FileState] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().compactMap { name in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name) else {
                return nil
            }
            return FileState(
                name: name, size: attributes[.size] as? UInt64 ?? 0, inode: attributes[.systemFileNumber] as? Int ?? 0,
                modified: attributes[.modificationDate] as? Date ?? .distantPast)
        }
    }
}
