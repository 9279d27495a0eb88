// A reading of trust is kept in mind while nothing that it was made of changes, and not a moment longer.

import Foundation
import PeerTrust
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("Trust memory")
struct TrustMemoryTests {
    private let federation: DeskFederation
    private var node: LocalNode { federation["shanghai"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
    }

    private var file: String { node.directory.peers + "/jiangsu.yaml" }

    private func sources() throws -> TrustMemory.Sources {
        TrustMemory.Sources(node.directory, try node.replica.trustRecords())
    }

    /// Files are kept in mind once they are older than any file system's clock is coarse.
    @Test func `a reading is kept while nothing that it was made of has changed`() throws {
        let memory = TrustMemory()
        let trust = try node.trust()
        memory.keep(trust, from: try sources())
        #expect(try memory.trust(from: sources()) == nil, "of files that were written just now")

        Thread.sleep(forTimeInterval: 3.1)
        func kept() throws -> Bool {
            let kept = try sources()
            memory.keep(trust, from: kept)
            return memory.trust(from: kept) != nil
        }
        #expect(try kept())
        #expect(try memory.trust(from: sources())?.trusted.map(\.market.name) == ["jiangsu"])

        // The records first, since files are young for a while once they have been touched.
        let jiangsu = try #require(try node.trust().descriptor(of: Market("jiangsu")!))
        try node.replica.save(
            MemberRecord(
                market: jiangsu.market, state: .distrusted, serial: jiangsu.serial, document: jiangsu.raw))
        #expect(try memory.trust(from: sources()) == nil, "after the replica learnt something else")
        #expect(try kept())

        let former = Array("a former descriptor".utf8)
        try node.replica.keepFormer([(market: jiangsu.market, document: former)], dropping: [], nil) { try node.signer }
        #expect(try !kept(), "where what trust says depends on the log too")
        try node.replica.keepFormer([], dropping: [former], nil) { try node.signer }
        #expect(try kept())

        let others = try DeskFederation("shanghai", "jiangsu")
        let other = others["shanghai"]
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: other.directory.peers + "/anhui.yaml"))
        let refused = try other.trust()
        #expect(refused.refusals.count == 1)
        let unaltered = try sources()
        memory.keep(refused, from: unaltered)
        #expect(memory.trust(from: unaltered) == nil, "of a file that could not be read just then")
        #expect(try kept())

        try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: file)
        #expect(try memory.trust(from: sources()) == nil, "after others may write the file")
        #expect(try !kept())
    }

    @Test func `what changes in peers takes effect at once, however often trust was read before`() throws {
        for _ in 0..<3 { #expect(try node.trust().trusted.count == 1) }
        Thread.sleep(forTimeInterval: 3.1)
        for _ in 0..<3 { #expect(try node.trust().trusted.count == 1) }
        try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: file)
        #expect(try node.trust().trusted.isEmpty)
        #expect(try node.trust().refusals.count == 1)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        #expect(try node.trust().trusted.count == 1)
        try FileManager.default.removeItem(atPath: file)
        #expect(try node.trust().trusted.isEmpty)
    }
}
