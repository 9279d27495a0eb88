// Everything a replica holds, line by line, so that two can be compared and the difference read.

import ForeignSQL
import Foundation
import Synchronization

struct Contents: Hashable {
    /// One row each, of every table there is; and the schema.
    let lines: [String]

    /// - Parameter rows: runs a query of one text column.
    private init(_ rows: (String) throws -> [String]) throws {
        var lines = try rows("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
        for query in try Self.queries(of: lines, rows) { lines += try rows(query) }
        self.lines = lines
    }

    /// As a foreign program reads it, whatever we have cached. Nil if there is no file, or no replica in it yet.
    static func ofReplica(at path: String) throws -> Contents? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let client = try ForeignClient(path)
        let contents = try Contents { try client.rows($0) }
        return contents.lines.contains { $0.hasPrefix("yrd_meta: 'market'") } ? contents : nil
    }

    private static func queries(of schema: [String], _ rows: (String) throws -> [String]) throws -> [String] {
        if let known = knownQueries.withLock({ $0[schema] }) { return known }
        var queries: [String] = []
        for table in try rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            let columns = try rows("SELECT name FROM pragma_table_info('\(table)')")
            let row = columns.map { "quote(\($0))" }.joined(separator: " || ' ' || ")
            queries.append("SELECT '\(table): ' || \(row) FROM \(table) ORDER BY 1")
        }
        let made = queries
        knownQueries.withLock { $0[schema] = made }
        return made
    }

    /// By schema: sweeps look at thousands of files with the same few.
    private static let knownQueries = Mutex<[[String]: [String]]>([:])

    /// The first lines that only one of the two has.
    func difference(from other: Contents) -> String {
        let (mine, theirs) = (Set(lines), Set(other.lines))
        let more = lines.filter { !theirs.contains($0) }.prefix(3).map { "+ " + $0.prefix(160) }
        let less = other.lines.filter { !mine.contains($0) }.prefix(3).map { "- " + $0.prefix(160) }
        return (more + less).joined(separator: "\n    ")
    }
}

/// What the world can see of a node's folder: the replica, and files that are made beside it; nil where there is none.
struct State: Hashable {
    let replica: Contents?
    let files: [String: Contents?]

    init(of folder: String, files names: [String]) throws {
        replica = try Contents.ofReplica(at: folder + "/replica.sqlite")
        files = Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try Contents.ofReplica(at: folder + "/" + $0)) })
    }

    /// The rows of the log.
    var entries: Set<String> { Set(replica?.lines.filter { $0.hasPrefix("yrd_entry: ") } ?? []) }

    func difference(from other: State) -> String {
        var parts: [String] = []
        switch (replica, other.replica) {
        case (let mine?, let theirs?): parts.append(mine.difference(from: theirs))
        case (nil, nil): break
        default: parts.append("one has a replica, the other has none")
        }
        for name in files.keys.sorted() where files[name] != other.files[name] { parts.append("file \(name) differs") }
        return parts.joined(separator: "\n    ")
    }
}

/// A state with what `verify --deep` says of it.
struct Standing: Hashable {
    let state: State
    /// Codes.
    let findings: [String]
}
