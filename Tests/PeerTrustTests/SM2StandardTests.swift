// SM2 as the standard has it, and as others get it wrong.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("SM2, the standard's sample and its neighbours")
struct SM2StandardTests {
    private static let message = Array("message digest".utf8)
    private static let order = [UInt8](hex: "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")!

    /// GB/T 32918.5-2017, annex A: key and signature, with the user id 1234567812345678. PyPI's gmssl makes the same
    /// signature from the same k.
    private static let publicKey = [UInt8](
        hex: "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            + "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")!
    private static let r = [UInt8](hex: "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3")!
    private static let s = [UInt8](hex: "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")!

    private static func verifies(_ signature: [UInt8], _ message: [UInt8] = message) throws -> Bool {
        let prefix = [UInt8](hex: "3059301306072a8648ce3d020106082a811ccf5501822d03420004")!
        return try OpenSSLKey(spki: prefix + publicKey, .sm2).verifies(message, signature)
    }

    /// a − b of two numbers of 32 bytes, modulo 2^256.
    private static func minus(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        var difference = [UInt8](repeating: 0, count: 32)
        var borrow = 0
        for index in (0..<32).reversed() {
            let value = Int(a[index]) - Int(b[index]) - borrow
            difference[index] = UInt8(truncatingIfNeeded: value)
            borrow = value < 0 ? 1 : 0
        }
        return difference
    }

    @Test func `the sample verifies, and a message beside it does not`() throws {
        #expect(try Self.verifies(Self.r + Self.s))
        #expect(try !Self.verifies(Self.r + Self.s, Self.message + [0]))
        #expect(try !Self.verifies(Self.r + Self.s, Array(Self.message.dropLast())))
    }

    /// Made by the `openssl` tool with the sample's key: right in everything but one.
    @Test(arguments: [
        (
            "with an empty user id",
            "fd08d4cde779b3bd86f7618e9f7bdeef0c3b45d13a0dab63c0db76b80565cabe"
                + "a4a7dc47604325a18a023956dad7707fe029f82d04b36f251554d898b88e5895"
        ),
        (
            "with another user id",
            "13d533451df0f1f584cf25ed008fe14443fc7bd5ba6e02e23bd7e37b56dcd8ae"
                + "70b957b9acf3e44d6ca7f1a8a509a7cedbafbca2574b79c61f31786afb5dddcc"
        ),
        (
            "of the message's hash alone, no user id mixed in",
            "5cd75c7b90a8bdd53f0325dd30628bda766127fd57cd92ca3020f3428f4b0022"
                + "1e40c2e977c64eda6326176afae59ae578bd9dfda7770c1d182bed8fe0150153"
        ),
    ])
    func `a signature made otherwise does not verify`(_ name: String, _ signature: String) throws {
        #expect(try !Self.verifies([UInt8](hex: signature)!), "\(name)")
    }

    @Test func `what the same tool makes with the user id of the standard verifies`() throws {
        let signature =
            "47a9d4c7d9de8804e3981b2a3e0c0e8ec2e1d92a639eb6ac3a2ec11cf0595efa"
            + "314b70109f2168e1f83169a9fe6cfab689bc8f81408114bde876c67dc6de0afc"
        #expect(try Self.verifies([UInt8](hex: signature)!))
    }

    /// As Project Wycheproof tries other curves: numbers at and beyond every bound, and what is symmetric elsewhere.
    @Test func `numbers at the bounds and exchanged ones do not verify`() throws {
        let (r, s, order) = (Self.r, Self.s, Self.order)
        let zero = [UInt8](repeating: 0, count: 32)
        let one = Array(zero.dropLast()) + [1]
        let all = [UInt8](repeating: 0xFF, count: 32)
        let neighbours: [(String, [UInt8])] = [
            ("r is 0", zero + s), ("s is 0", r + zero), ("both are 0", zero + zero), ("both are 1", one + one),
            ("r is the order", order + s), ("s is the order", r + order), ("both are all ones", all + all),
            ("r is the order less 1", Self.minus(order, one) + s),
            ("r + s is the order", r + Self.minus(order, r)),
            ("s is negated, which ECDSA would take", r + Self.minus(order, s)),
            ("r is negated", Self.minus(order, r) + s), ("r and s exchanged", s + r),
            ("r moved by one", Self.minus(r, one) + s), ("too short", r + Array(s.dropLast())),
            ("too long", r + s + [0]),
            ("empty", []), ("r alone", r),
        ]
        for (name, signature) in neighbours { #expect(try !Self.verifies(signature), "\(name)") }
    }

    @Test func `a key that is no point of the curve is none`() {
        let prefix = [UInt8](hex: "3059301306072a8648ce3d020106082a811ccf5501822d034200")!
        let (x, y) = (Array(Self.publicKey.prefix(32)), Array(Self.publicKey.suffix(32)))
        let zero = [UInt8](repeating: 0, count: 32)
        for (name, point) in [
            ("y moved by one", [4] + x + Self.minus(y, Array(zero.dropLast()) + [1])), ("exchanged", [4] + y + x),
            ("zero", [4] + zero + zero), ("at infinity", [0] + zero + zero), ("a hybrid form", [7] + x + y),
            ("beyond the field", [4] + [UInt8](repeating: 0xFF, count: 32) + y),
        ] {
            #expect(throws: (any Error).self, "\(name)") { try VerificationKey(suite: .sm2SM3, spki: prefix + point) }
        }
    }
}
