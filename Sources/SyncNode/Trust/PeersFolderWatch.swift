// Trust as it stands in `peers/` at this very request: granted and taken back by files, at once.

import PeerTrust
import SyncCore
import Synchronization

/// Looks at the names, sizes and times of the files in `peers/`, and reads them again when one has changed.
final class PeersFolderWatch: Sendable {
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
        let now = FileState.all(in: path)
        let isChanged = seen.withLock { seen in
            defer { seen = now }
            return seen != now
        }
        guard isChanged else { return nil }
        let trusted = (try? folder.read())?.descriptors.filter { $0.market != own } ?? []
        return SyncDaemon.pinnedMarkets(trusted)
    }
}
