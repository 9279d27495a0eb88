// The key says which record a row is and whose: it is checked before anything else of the row.

import SyncCore

/// Reads the key's cells of one register.
final class KeyReader {
    let key: KeyColumn
    private let home: HomeRule
    private let market: Market

    init(_ recordType: RecordType, market: Market) {
        key = recordType.keyColumn
        home = recordType.home
        self.market = market
    }

    func key(of cell: UnsafeBufferPointer<UInt8>) throws(Finding) -> Text {
        guard !cell.isEmpty else { throw .missingValue }
        let text = Text(try written(cell))
        guard let owner = home.market(ofKey: text) else {
            throw .homeless(known: home.markets.keys.sorted().joined(separator: ", "))
        }
        guard owner == market else { throw .foreignHome(owner: owner.name) }
        return text
    }

    private func written(_ cell: UnsafeBufferPointer<UInt8>) throws(Finding) -> String {
        if key.pattern.matches(cell) { return ColumnReader.string(cell) }
        guard !Normalisation.hasPiledMarks(cell) else { throw .piledMarks }
        let text = ExcelText.code(ColumnReader.string(cell)).uppercased()
        guard !ExcelText.isScientific(text) else { throw .excelMangledCode }
        guard key.pattern.matches(text) else { throw .wrongKeyForm(example: key.example) }
        return text
    }
}
