// One register on its way in: the reader's rows to the store, refusals and warnings to whoever listens.

import Foundation
package import MarketCatalog
package import ReplicaStore
import SyncCore

/// What an import did.
package struct IntakeReport: Hashable, Sendable {
    /// Rows of the file, blank ones not counted.
    package let read: Int
    package let totals: RegisterImport.Totals
    /// Nothing was written: `--strict`, and a row was refused.
    package let isRefusedWhole: Bool
    /// What sealing the written rows came to; nil after a dry run, or if nothing was written.
    package let sealed: SealReport?
}

package struct RegisterIntake {
    package let type: RecordType
    package let path: String
    /// The name under which the source's last images are kept.
    package let source: String
    package let encoding: RegisterEncoding
    package let isStrict: Bool
    package let isDryRun: Bool

    package init(
        type: RecordType, path: String, source: String?, encoding: RegisterEncoding, isStrict: Bool, isDryRun: Bool
    ) {
        self.type = type
        self.path = path
        self.source = source ?? URL(fileURLWithPath: path).lastPathComponent
        self.encoding = encoding
        self.isStrict = isStrict
        self.isDryRun = isDryRun
    }

    /// What happens on the way. `progress` is called every few hundred rows with the bytes read and the bytes there are.
    package struct Listener {
        package var refused: (RowRefusal) -> Void
        package var warned: (RowRefusal) -> Void
        package var progress: (_ done: Int, _ total: Int) -> Void
        /// The rows are in; they are being signed.
        package var sealing: () -> Void

        package init(
            refused: @escaping (RowRefusal) -> Void, warned: @escaping (RowRefusal) -> Void,
            progress: @escaping (_ done: Int, _ total: Int) -> Void, sealing: @escaping () -> Void
        ) {
            self.refused = refused
            self.warned = warned
            self.progress = progress
            self.sealing = sealing
        }
    }

    package func run(on node: LocalNode, _ listener: Listener) throws -> IntakeReport {
        let reader = try openReader(on: node)
        reader.warnings.forEach(listener.warned)
        let intake = try RegisterImport(
            path: node.directory.replica, source: source, type: type, catalogVersion: node.catalog.version,
            environment: .system(of: node.directory), isStrict: isStrict, isDryRun: isDryRun)
        // Whatever ends it: rows are written in the clear, as any program writes them.
        defer { try? node.replica.encryptClearValues() }
        let read = try take(reader, into: intake, listener)
        let totals = try intake.finish()
        let wroteRows = totals.created + totals.updated > 0 && !isDryRun
        if wroteRows { listener.sealing() }
        return IntakeReport(
            read: read, totals: totals, isRefusedWhole: isStrict && totals.refused > 0,
            sealed: wroteRows ? try node.seal() : nil)
    }

    private func openReader(on node: LocalNode) throws -> RegisterReader {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard size <= RegisterReader.bytesMax else {
            throw DeskRefusal.fileTooLarge(path, max: RegisterReader.bytesMax)
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw DeskRefusal.fileUnreadable(path) }
        do throws(RegisterError) {
            return try RegisterReader(
                bytes: [UInt8](data), recordType: type, catalog: node.catalog, market: node.market, encoding: encoding)
        } catch {
            throw DeskRefusal.fileRefused(path, error)
        }
    }

    private func take(
        _ reader: RegisterReader, into intake: RegisterImport, _ listener: Listener
    ) throws -> Int {
        let ahead = ReadAhead(reader, try intake.encoding(of: reader.columns))
        var read = 0
        while let piece = ahead.next() {
            try take(piece.rows, into: intake, listener)
            read += piece.rows.count
            listener.progress(piece.position, reader.byteCount)
        }
        return read
    }

    private func take(_ rows: [ReadAhead.Row], into intake: RegisterImport, _ listener: Listener) throws {
        var next = rows.startIndex
        func tellWhatTheReaderRefused() {
            while next < rows.endIndex, case .refused(let refusal) = rows[next] {
                intake.countRefusal()
                listener.refused(refusal)
                next += 1
            }
        }
        tellWhatTheReaderRefused()
        try intake.take(rows.compactMap { row in if case .row(let row, _) = row { row } else { nil } }) { outcome in
            if case .row(_, let warnings) = rows[next] { warnings.forEach(listener.warned) }
            if case .refused(let refusal) = outcome { listener.refused(refusal) }
            next += 1
            tellWhatTheReaderRefused()
        }
    }
}
