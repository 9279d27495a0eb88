// Codes, regions and credit codes recur row after row; reading one a second time should cost one comparison.

import Glibc
import SyncCore

/// Remembers what cells were read as: a table with one place a slot, where the last comer stays.
final class CellMemo {
    private struct Slot {
        var cell: [UInt8] = []
        var value: FieldValue = .null
    }

    private var slots: [Slot]

    /// - Parameter size: a power of two.
    init(size: Int) {
        slots = Array(repeating: Slot(), count: size)
    }

    /// What a cell was read as, or what `read` makes of it. Only what is not empty is remembered.
    func value(
        of cell: UnsafeBufferPointer<UInt8>, _ read: (UnsafeBufferPointer<UInt8>) throws(Finding) -> FieldValue
    ) throws(Finding) -> FieldValue {
        let index = Int(truncatingIfNeeded: hash(cell)) & (slots.count - 1)
        if isSame(slots[index].cell, cell) { return slots[index].value }
        let value = try read(cell)
        slots[index] = Slot(cell: Array(cell), value: value)
        return value
    }

    private func isSame(_ known: [UInt8], _ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        known.count == cell.count
            && known.withUnsafeBytes { memcmp($0.baseAddress!, cell.baseAddress!, cell.count) == 0 }
    }

    /// FNV-1a.
    private func hash(_ cell: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in cell { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
