// Amounts are integer fen. A register writes yuan, ten thousands or hundred millions of them, with decimals; 1.13 times
// 10,000 in floating point is 11299.999999999998, so the arithmetic here is decimal and exact.

import SyncCore

/// Reading amounts.
package enum Money {
    /// What an amount is written in.
    package enum Unit: String, Sendable, CaseIterable {
        case fen
        case yuan
        case wan
        case yi

        /// Its worth in fen.
        package var fen: Int64 {
            switch self {
            case .fen: 1
            case .yuan: 100
            case .wan: 1_000_000
            case .yi: 10_000_000_000
            }
        }
    }
}
