// The log as people and programs read it.

package import SyncCore

/// An entry with what this replica made of it.
package struct LogItem: Sendable {
    package let stored: StoredEntry
    package let name: NamedDot
    /// Nil if the entry cannot be decoded.
    package let changeSet: ChangeSet?
    /// Without effect: faulty.
    package let isVoid: Bool
}

extension SQLiteReplica {
    /// Every entry in order of application.
    package func forEachLogItem(_ body: (LogItem) throws -> Void) throws {
        try read { transaction in
            let names = try transaction.originNames()
            try log.forEach { stored in try body(Self.item(stored, names)) }
        }
    }

    /// Entries whose dot begins with a text, `market.<hex>:seq` with the hex shortened to 8 digits or more; of a forked
    /// origin `market.<hex>~<hex>:seq`, or all of that number.
    package func logItems(matching text: String) throws -> [LogItem] {
        guard let reference = DotReference(text) else { return [] }
        return try read { transaction in
            let names = try transaction.originNames()
            return try transaction.lanes.lanes.values.sorted { $0.number < $1.number }
                .filter { reference.matches($0.origin) }
                .compactMap { lane in try log.number(lane: lane.number, sequence: reference.sequence) }
                .map { Self.item(try log.entry($0), names) }
                .filter { item in reference.branchPrefix.map { item.name.branch?.hasPrefix($0) ?? false } ?? true }
        }
    }

    private static func item(_ stored: StoredEntry, _ names: OriginNames) -> LogItem {
        LogItem(
            stored: stored, name: names.name(stored.row), changeSet: try? ChangeSet(decoding: stored.entry),
            isVoid: stored.fault != nil)
    }

    package func quarantine() throws -> [QuarantineItem] {
        try read { _ in
            let query = try connection.cursor(
                """
                SELECT id, origin, sequence, class, code, peer, first_seen, type, key, unit, evidence
                FROM yrd_quarantine ORDER BY number
                """)
            var items: [QuarantineItem] = []
            while try query.step() {
                guard let id = query.digest(0), let origin = query.text(1) else { continue }
                items.append(
                    QuarantineItem(
                        id: id, origin: origin.string, sequence: UInt64(query.integer(2)),
                        class: query.text(3)?.string ?? "", code: query.text(4)?.string ?? "",
                        peer: query.text(5)?.string, firstSeenMilliseconds: query.integer(6),
                        type: query.text(7)?.string, key: query.text(8)?.string,
                        unit: query.isNull(9) ? nil : UnitNumber(query.integer(9))))
            }
            return items
        }
    }

    /// What is kept of an item besides its line; nil if nothing is.
    package func quarantineEvidence(_ item: QuarantineItem) throws -> [UInt8]? {
        try read { _ in
            let query = try connection.cursor(
                "SELECT evidence FROM yrd_quarantine WHERE id = ?1 AND class = ?2 AND code = ?3 ORDER BY number LIMIT 1"
            )
            query.bind(1, item.id).bind(2, item.class).bind(3, item.code)
            return try query.step() && !query.isNull(0) ? connection.fromRest(query.blob(0)) : nil
        }
    }

    package func findings() throws -> [Finding] {
        try glance { _ in
            let query = try connection.cursor(
                "SELECT code, type, key, origin, sequence, detail, found_at FROM yrd_finding ORDER BY number")
            var items: [Finding] = []
            while try query.step() {
                items.append(
                    Finding(
                        code: query.text(0)?.string ?? "", type: query.text(1)?.string, key: query.text(2)?.string,
                        origin: query.text(3)?.string,
                        sequence: query.isNull(4) ? nil : UInt64(query.integer(4)),
                        detail: connection.fromRest(query.text(5)?.string ?? ""), foundAtMilliseconds: query.integer(6))
                )
            }
            return items
        }
    }
}

/// `market.<8 to 32 hex>:sequence`, with `~<hex>` before the colon where a branch is meant.
private struct DotReference {
    let market: String
    let incarnationPrefix: String
    let branchPrefix: String?
    let sequence: UInt64

    init?(_ text: String) {
        guard let point = text.firstIndex(of: "."), let colon = text.lastIndex(of: ":"), point < colon,
            let sequence = UInt64(text[text.index(after: colon)...])
        else { return nil }
        market = String(text[..<point])
        let parts = text[text.index(after: point)..<colon].lowercased().split(
            separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        incarnationPrefix = String(parts[0])
        branchPrefix = parts.count > 1 ? String(parts[1]) : nil
        self.sequence = sequence
        guard incarnationPrefix.utf8.count >= 8 else { return nil }
    }

    func matches(_ origin: Origin) -> Bool {
        origin.market?.name == market && origin.incarnation.hex.hasPrefix(incarnationPrefix)
    }
}

package struct QuarantineItem: Hashable, Sendable {
    package let id: Digest
    package let origin: String
    package let sequence: UInt64
    package let `class`: String
    package let code: String
    package let peer: String?
    package let firstSeenMilliseconds: Int64
    package let type: String?
    package let key: String?
    package let unit: UnitNumber?
}

/// Something that was found wrong, and set right or left for a person.
package struct Finding: Hashable, Sendable {
    package let code: String
    package let type: String?
    package let key: String?
    package let origin: String?
    package let sequence: UInt64?
    package let detail: String
    package let foundAtMilliseconds: Int64

    package init(
        code: String, type: String? = nil, key: String? = nil, origin: String? = nil, sequence: UInt64? = nil,
        detail: String, foundAtMilliseconds: Int64
    ) {
        self.code = code
        self.type = type
        self.key = key
        self.origin = origin
        self.sequence = sequence
        self.detail = detail
        self.foundAtMilliseconds = foundAtMilliseconds
    }
}
