// OpenSSL 3.0 takes any 32 bytes for an Ed25519 key, also those under which a constant signature verifies everything
// (DESIGN.md section 7). They are refused here, when a key is enrolled.

internal import SyncCore

enum Ed25519Screen {
    /// 2^255 - 19, little-endian.
    private static let fieldPrime: [UInt8] = [0xED] + Array(repeating: 0xFF, count: 30) + [0x7F]

    /// The y coordinates of the eight points of order 1, 2, 4 and 8, little-endian, sign bit clear; either sign of each is
    /// refused. Their non-canonical forms fall before. ("Taming the many EdDSAs", https://eprint.iacr.org/2020/1244)
    private static let lowOrderY: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [UInt8](hex: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")!,
        [UInt8](hex: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")!,
        [0xEC] + Array(repeating: 0xFF, count: 30) + [0x7F],
    ]

    static func refusal(of encodedPoint: ArraySlice<UInt8>) -> KeyRefusal? {
        var y = Array(encodedPoint)
        y[31] &= 0x7F
        guard y.reversed().lexicographicallyPrecedes(fieldPrime.reversed()) else { return .notCanonical }
        return lowOrderY.contains(y) ? .lowOrder : nil
    }
}
