// What a transaction takes the state digest for, while it changes it.

import PeerTrust
import SyncCore
import Testing

@testable import ReplicaStore

@Suite("State digest of a transaction")
struct StateDigestTests {
    private struct Undone: Error {}

    @Test func `single sums and all of them are one digest, in whatever order they are asked for`() throws {
        let federation = try TestFederation.ofTwoItems()
        let replica = federation["shanghai"].replica
        let kept = try replica.read { try $0.stateDigest() }
        let used = try #require((0..<256).map { UInt8($0) }.first { kept.sums[Int($0)] != DigestSum() })
        let unused = try #require((0..<256).map { UInt8($0) }.first { kept.sums[Int($0)] == DigestSum() })
        let (one, other) = (OpenSSLHashing.sha256([1]), OpenSSLHashing.sha256([2]))
        var wanted = kept
        wanted.replace(nil, with: one, inBucket: used)
        wanted.replace(nil, with: other, inBucket: unused)
        try replica.write { transaction in
            try transaction.replaceDigest(nil, with: one, inBucket: used)
            try transaction.replaceDigest(nil, with: other, inBucket: unused)
            #expect(try transaction.stateDigest() == wanted)
            try transaction.finish()
            #expect(try transaction.stateDigest() == wanted)
            // And back again, in the same transaction.
            try transaction.replaceDigest(one, with: nil, inBucket: used)
            try transaction.replaceDigest(other, with: nil, inBucket: unused)
            #expect(try transaction.stateDigest() == kept)
        }
        #expect(try replica.read { try $0.stateDigest() } == kept)
        #expect(throws: Undone.self) {
            try replica.write { transaction in
                #expect(try transaction.stateDigest() == kept)
                try transaction.replaceDigest(nil, with: one, inBucket: used)
                try transaction.finish()
                throw Undone()
            }
        }
        #expect(try replica.read { try $0.stateDigest() } == kept)
    }
}
