// What tests of encryption at rest ask of a node's file.

import ForeignSQL
import Foundation
import Testing

@testable import ReplicaStore

extension TestNode {
    func encryptAtRest() throws {
        try replica.changeRestKey(to: clock.cipher)
        #expect(try replica.wipeFreePages())
    }

    /// Everything in the file and the log beside it, the latter written back first.
    func bytesOnDisk() throws -> Data {
        try client.run("PRAGMA wal_checkpoint(TRUNCATE)")
        let log = FileManager.default.contents(atPath: path + "-wal") ?? Data()
        return try Data(contentsOf: URL(fileURLWithPath: path)) + log
    }

    func expectHidden(_ secrets: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let bytes = try bytesOnDisk()
        for secret in secrets {
            #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret)", sourceLocation: sourceLocation)
        }
    }
}
