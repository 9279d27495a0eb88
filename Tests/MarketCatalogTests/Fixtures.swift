// What several suites of this target share: a catalog, registers made by hand, and chance that can be repeated.

import SyncCore
import Testing

@testable import MarketCatalog

/// Not SHA-256 (that is PeerTrust's), yet different bytes nearly always give different digests: enough to see whether
/// the right bytes were hashed.
func checksum(_ bytes: [UInt8]) -> Digest {
    var words: [UInt64] = [0xCBF2_9CE4_8422_2325, 0x8422_2325, 0x9CE4_8422, 1]
    for byte in bytes {
        for index in words.indices { words[index] = (words[index] ^ UInt64(byte)) &* (0x100_0000_01B3 + UInt64(index)) }
    }
    return Digest(words: (words[0], words[1], words[2], words[3]))
}

/// The built-in catalog, loaded once.
let catalog: Catalog = {
    do {
        return try Catalog.builtIn(sha256: checksum)
    } catch {
        preconditionFailure("the built-in catalog does not load: \(error)")
    }
}()

let contract = catalog.recordType(named: "contract")!
let agency = catalog.recordType(named: "agency")!
let shanghai = Market("shanghai")!
let jiangsu = Market("jiangsu")!

/// What a register came to.
struct ImportOutcome {
    var rows: [ImportedRow] = []
    var refusals: [RowRefusal] = []
    var warnings: [RowRefusal] = []
    var encoding = RegisterEncoding.auto

    /// The only row's value of a column.
    func value(_ column: String) throws -> FieldValue {
        try #require(refusals.isEmpty, "\(refusals)")
        let row = try #require(rows.first)
        return try #require(row.values[column])
    }

    /// The only refusal.
    var refusal: RowRefusal {
        get throws {
            try #require(rows.isEmpty && refusals.count == 1, "\(rows) \(refusals)")
            return refusals[0]
        }
    }
}

func importing(
    _ bytes: [UInt8], as recordType: RecordType = contract, at market: Market = shanghai,
    encoding: RegisterEncoding = .auto
) throws(RegisterError) -> ImportOutcome {
    let reader = try RegisterReader(
        bytes: bytes, recordType: recordType, catalog: catalog, market: market, encoding: encoding)
    var outcome = ImportOutcome()
    outcome.warnings = reader.warnings
    outcome.encoding = reader.encoding
    for row in reader {
        switch row {
        case .row(let row):
            outcome.rows.append(row)
            outcome.warnings += row.warnings
        case .refused(let refusal): outcome.refusals.append(refusal)
        }
    }
    return outcome
}

func importing(
    _ text: String, as recordType: RecordType = contract, at market: Market = shanghai
) throws(RegisterError) -> ImportOutcome {
    try importing(Array(text.utf8), as: recordType, at: market)
}

/// A register with one contract of Shanghai that has one column besides its key.
func contractRow(_ header: String, _ cell: String) -> String {
    "合同登记编号,\(quoted(header))\n2023310115000042,\(quoted(cell))\n"
}

/// A register with one agency of Shanghai that has one column besides its key.
func agencyRow(_ header: String, _ cell: String) -> String {
    "机构编号,\(quoted(header))\n31-TTA-000123,\(quoted(cell))\n"
}

func quoted(_ cell: String) -> String {
    "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

/// SplitMix64: chance from a seed, the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The full-width form of ASCII, as Chinese input methods write it (the seed file of the trade has it throughout).
func fullWidth(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { scalar in
                switch scalar.value {
                case 0x20: "\u{3000}"
                case 0x21...0x7E: Unicode.Scalar(scalar.value + 0xFEE0)!
                default: scalar
                }
            }))
}
