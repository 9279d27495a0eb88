// Entries as `log` and `records history` print them: names where the catalog has them, numbers where it has not.

import MarketCatalog
import ReplicaStore
import SyncCore
import SyncNode

/// The one shape of a change set in JSON.
struct LogJSON {
    let catalog: Catalog
    let forbidden: ForbiddenChanges
    let names: OriginNames

    /// `log export`.
    func entry(_ item: LogItem) -> JSON { .object(fields(item)) }

    /// `log show --json`: also the exact bytes, enough to verify the entry with any other tool.
    func entryWithEnvelope(_ item: LogItem) -> JSON {
        .object(fields(item) + [("envelope", Self.envelope(item.stored.entry))])
    }

    /// `log list --json`: an entry without its changes.
    func summary(_ item: LogItem) -> JSON {
        .object(
            head(item) + [("change_count", .number(item.changeSet?.changes.count ?? 0))] + tail(item))
    }

    /// `records history --json`: one entry's part in one record.
    func historyItem(_ item: HistoryItem) -> JSON {
        .object([
            ("origin", .string(item.dot.originText)), ("seq", .number(item.dot.sequence)),
            ("id", .string(item.id.hex)), ("market", .string(item.market.name)),
            ("time", .integer(item.timeMilliseconds)), ("op", .string(item.change.kind.name)),
            ("units", Self.units(item.change, catalog)), ("author", .optional(item.note?.author?.string)),
            ("reason", .optional(item.note?.reason?.string)), ("resolves", Self.resolution(item.note)),
        ])
    }

    private func fields(_ item: LogItem) -> [(String, JSON)] {
        let changes = (item.changeSet?.changes ?? []).map { change in
            json(change, of: item, context: item.changeSet?.context.frontier ?? .empty)
        }
        return head(item) + [("context", context(item)), ("changes", .array(changes))] + tail(item)
    }

    private func head(_ item: LogItem) -> [(String, JSON)] {
        let header = item.stored.entry.header
        return [
            ("origin", .string(item.name.originText)), ("seq", .number(header.sequence)),
            ("id", .string(item.stored.id.hex)),
            ("prev", header.previous == .zero ? .null : .string(header.previous.hex)),
            ("time", .integer(header.timeMilliseconds)),
        ]
    }

    private func tail(_ item: LogItem) -> [(String, JSON)] {
        let notes = item.changeSet?.notes ?? []
        return [
            ("resolves", Self.resolution(notes.first { $0.conflictID != nil })),
            ("notes", .array(notes.map(Self.note))), ("void", .optional(item.stored.fault)),
        ]
    }

    /// The encoded context leaves out its own origin, which its predecessor says; here it is named.
    private func context(_ item: LogItem) -> JSON {
        let header = item.stored.entry.header
        let frontier = (try? Context(decoding: item.stored.entry.context))?.frontier ?? .empty
        let own =
            header.sequence > 1 ? [names.name(ofNumber: header.sequence - 1, onTheWayTo: item.stored.row)] : []
        let seen = (frontier.rows.map(names.name) + own).sorted()
        return .object(seen.map { ($0.originText, .number($0.sequence)) })
    }

    private func json(_ change: Change, of item: LogItem, context: Frontier) -> JSON {
        var fields: [(String, JSON)] = [
            ("type", .string(change.record.type.string)), ("key", .string(change.record.key.string)),
            ("op", .string(change.kind.name)), ("units", Self.units(change, catalog)),
            (
                "keeps",
                .array(
                    change.keeps.map { keep in
                        let path = keep.row == 0 ? item.stored.row : context.rows[keep.row - 1]
                        let kept = names.name(ofNumber: keep.sequence, onTheWayTo: path)
                        return .object([
                            ("unit", .string(catalog.name(ofUnit: keep.unit, in: change.record.type))),
                            ("origin", .string(kept.originText)), ("seq", .number(keep.sequence)),
                        ])
                    })
            ),
        ]
        if forbidden.contain(change, of: item.stored.id) { fields.append(("forbidden", .bool(true))) }
        return .object(fields)
    }

    /// By unit and column; a unit that the catalog does not know, by its number with an array of values.
    static func units(_ change: Change, _ catalog: Catalog?) -> JSON {
        .object(
            change.units.map { unit in
                let type = change.record.type
                guard let catalog, let columns = catalog.columns(of: unit.values, ofUnit: unit.unit, in: type) else {
                    return ("\(unit.unit)", .array(unit.values.map { JSON($0) }))
                }
                return (catalog.name(ofUnit: unit.unit, in: type), JSON(columns: columns))
            })
    }

    static func resolution(_ note: Note?) -> JSON {
        guard let note, let conflict = note.conflictID else { return .null }
        return .object([
            ("conflict", .string(conflict.hex)), ("choice", .optional(note.choice?.rawValue)),
            ("reason", .optional(note.reason?.string)), ("author", .optional(note.author?.string)),
        ])
    }

    private static func note(_ note: Note) -> JSON {
        .object([
            ("author", .optional(note.author?.string)), ("reason", .optional(note.reason?.string)),
            ("conflict", .optional(note.conflictID?.hex)), ("choice", .optional(note.choice?.rawValue)),
            ("undone", .optional(note.undoneEntry?.hex)),
            (
                "predecessor",
                note.predecessor.map {
                    .object([("origin", .string($0.origin.description)), ("seq", .number($0.sequence))])
                } ?? .null
            ),
            ("next_key", .optional(note.nextKey?.hex)),
        ])
    }

    private static func envelope(_ entry: Entry) -> JSON {
        let ranges = (try? entry.opRanges()) ?? []
        return .object([
            ("header", .string(entry.header.encoded().hex)),
            (
                "signatures",
                .array(
                    entry.signatures.map {
                        .object([
                            ("suite", .number($0.suite.rawValue)), ("key_id", .string($0.keyID.hex)),
                            ("signature", .string($0.signature.hex)),
                        ])
                    })
            ),
            ("context", .string(entry.context.hex)),
            ("ops", .array(ranges.map { .string(entry.ops[$0].hex) })),
        ])
    }
}
