// AES-256-GCM as OpenSSL does it, and the key's file.

import PeerTrust
import SyncCore
import Testing

@Suite("Key at rest")
struct RestKeyTests {
    private let key: RestKey

    init() throws { key = try RestKey.generate() }

    @Test(arguments: [0, 1, 15, 16, 17, 100_000])
    func `what is encrypted comes back under the same key alone`(count: Int) throws {
        let clear = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let message = key.encrypt(clear)
        #expect(message.count == count + 28)
        #expect(key.decrypt(message) == clear)
        #expect(key.encrypt(clear) != message)
        #expect(try RestKey.generate().decrypt(message) == nil)
    }

    @Test func `no altered, cut or lengthened message is decrypted`() {
        let message = key.encrypt(Array("13800000000".utf8))
        for index in message.indices {
            var altered = message
            altered[index] ^= 1
            #expect(key.decrypt(altered) == nil, "\(index)")
            #expect(key.decrypt(Array(message.prefix(index))) == nil, "\(index)")
        }
        #expect(key.decrypt(message + [0]) == nil)
    }

    /// The McGrew and Viega test case 14: AES-256, a key and a nonce of zeros, one block of zeros.
    @Test func `it is the standard's AES-256-GCM`() throws {
        let zero = try #require(RestKey(file: Array((String(repeating: "0", count: 64) + "\n").utf8)))
        let message = try #require(
            [UInt8](
                hex: "000000000000000000000000" + "cea7403d4d606b6e074ec5d3baf39d18"
                    + "d0d1c8a799996bf0265b98b5d48ab919"))
        #expect(zero.decrypt(message) == Array(repeating: 0, count: 16))
    }

    @Test func `the file is 64 digits and a line feed, and the id is the key's alone`() throws {
        let same = try #require(RestKey(file: key.file))
        #expect(same.id == key.id)
        #expect(same.decrypt(key.encrypt([1])) == [1])
        #expect(try RestKey.generate().id != key.id)
        for wrong in [Array(key.file.dropLast()), key.file + [10], Array(key.file.dropFirst(2)), [], Array("zz".utf8)] {
            #expect(RestKey(file: wrong) == nil)
        }
    }
}
