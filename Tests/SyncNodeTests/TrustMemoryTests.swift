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

    // MARK: What a seal depends on

    /// A seal that finds everything as the last one left it does nothing; these two it must see all the same.
    @Test func `a restore that began since the last seal is noticed by the next`() throws {
        for _ in 0..<3 { #expect(try node.seal() == SealReport()) }
        let before = try node.replica.ownOrigin()
        try RestoreMark.write(node.directory, reason: "a test put it back")
        #expect(try node.seal() == SealReport())
        #expect(try node.replica.ownOrigin() != before)
    }

    @Test func `a fence that names more than the replica has is noticed by the next seal`() throws {
        for _ in 0..<3 { #expect(try node.seal() == SealReport()) }
        let own = try node.replica.ownHead()
        try FileManager.default.removeItem(atPath: node.directory.fence)
        _ = try FenceFile.write(
            Fence(incarnation: own.origin.incarnation, sequence: own.sequence + 5, id: own.id), to: node.directory.fence
        )
        try node.seal()
        #expect(try node.replica.ownOrigin() != own.origin)
    }

    @Test func `what a client writes after a seal that found nothing is sealed by the next`() throws {
        for _ in 0..<3 { #expect(try node.seal() == SealReport()) }
        try federation.sql("shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '甲')")
        #expect(try node.seal().changes == 1)
        // Whatever this process itself notes of a peer is nothing to seal, and no client's write is passed over by it.
        try node.replica.updatePeer(Market("jiangsu")!) { record, _ in record.failures += 1 }
        try federation.sql("shanghai", "UPDATE agency SET name = '乙'")
        try node.replica.updatePeer(Market("jiangsu")!) { record, _ in record.failures += 1 }
        #expect(try node.seal().changes == 1)
    }
}
