// The log as the desk reads it: entries by their dots, and which of their changes have no effect.

import PeerTrust
package import ReplicaStore
package import SyncCore

/// Changes that their origin was not allowed to make.
package struct ForbiddenChanges: Hashable, Sendable {
    private struct Place: Hashable {
        let entry: Digest
        let type: String
        let key: Text
    }

    private let places: Set<Place>

    init(_ quarantine: [QuarantineItem]) {
        places = Set(
            quarantine.compactMap { item in
                guard item.class == EntryRefusal.Class.forbidden.rawValue, let type = item.type, let key = item.key
                else { return nil }
                return Place(entry: item.id, type: type, key: Text(key))
            })
    }

    package func contain(_ change: Change, of entry: Digest) -> Bool {
        !places.isEmpty
            && places.contains(Place(entry: entry, type: change.record.type.string, key: change.record.key))
    }
}

package struct LogDesk {
    private let node: LocalNode

    package init(_ node: LocalNode) {
        self.node = node
    }

    package func forbiddenChanges() throws -> ForbiddenChanges { ForbiddenChanges(try node.replica.quarantine()) }

    /// The one entry that a (shortened) dot names.
    package func entry(_ text: String) throws -> LogItem {
        guard let prefix = DotPrefix(text) else { throw DeskRefusal.badDot(text) }
        let items = try node.replica.logItems(matching: text).filter { prefix.matches($0.name) }
        guard let first = items.first else { throw DeskRefusal.noSuchEntry(text) }
        guard items.count == 1 else { throw DeskRefusal.ambiguousDot(text, items.map(\.name)) }
        return first
    }

    /// The part of `verify` that needs trust: why an entry is not authentic.
    package func judge() throws -> (Entry) -> String? {
        let membership = try node.trust().membership
        return { entry in
            switch membership.verify(entry) {
            case .verified: nil
            case .unknownMember: "member_unknown"
            case .unknownKeySpan: "key_span_unknown"
            case .notAuthentic(let fault): fault.code
            }
        }
    }
}
