// A seal that finds everything as the last one left it does nothing. Here is what it must see all the same.

import Foundation
import ReplicaStore
import SyncCore
import Testing

@testable import SyncNode

@Suite("A seal that rests")
struct RestingSealTests {
    private let federation: DeskFederation
    private var node: LocalNode { federation["shanghai"] }

    init() throws {
        federation = try DeskFederation("shanghai", "jiangsu")
        for _ in 0..<3 { #expect(try node.seal() == SealReport()) }
    }

    @Test func `a restore that began since the last seal is noticed by the next`() throws {
        let before = try node.replica.ownOrigin()
        try RestoreMark.write(node.directory, reason: "a test put it back")
        #expect(try node.seal() == SealReport())
        #expect(try node.replica.ownOrigin() != before)
    }

    @Test func `a fence that names more than the replica has is noticed by the next seal`() throws {
        let own = try node.replica.ownHead()
        try FileManager.default.removeItem(atPath: node.directory.fence)
        _ = try FenceFile.write(
            Fence(incarnation: own.origin.incarnation, sequence: own.sequence + 5, id: own.id), to: node.directory.fence
        )
        try node.seal()
        #expect(try node.replica.ownOrigin() != own.origin)
    }

    /// By which it is known whether a node that is about to leave begins another incarnation.
    @Test func `a descriptor that was replaced is looked at by the next seal`() throws {
        func state() throws -> LocalNode.SealedState { try LocalNode.SealedState(of: node.replica, node.directory) }
        let before = try state()
        #expect(try state() == before)
        let descriptor = URL(fileURLWithPath: node.directory.descriptor)
        try Data(contentsOf: descriptor).write(to: descriptor, options: .atomic)
        #expect(try state() != before)
    }

    @Test func `what a client writes after a seal that found nothing is sealed by the next`() throws {
        try federation.sql("shanghai", "INSERT INTO agency (agency_id, name) VALUES ('31-TTA-000001', '甲')")
        #expect(try node.seal().changes == 1)
        // Whatever this process itself notes of a peer is nothing to seal, and no client's write is passed over by it.
        try node.replica.updatePeer(Market("jiangsu")!) { record, _ in record.failures += 1 }
        try federation.sql("shanghai", "UPDATE agency SET name = '乙'")
        try node.replica.updatePeer(Market("jiangsu")!) { record, _ in record.failures += 1 }
        #expect(try node.seal().changes == 1)
    }
}
