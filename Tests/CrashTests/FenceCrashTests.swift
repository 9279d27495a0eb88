// The fence file through every failure: the old one, the new one, or a loud refusal; never "there is none".

import CrashDisk
import Foundation
import PeerTrust
import SyncCore
import Testing

@testable import SyncNode

@Suite("Crashes of the fence")
struct FenceCrashTests {
    private static let older = Fence(incarnation: old.incarnation, sequence: 0, id: .zero)
    private static let old = Fence(incarnation: ID16(Array(repeating: 1, count: 16))!, sequence: 1, id: .zero)
    private static let new = Fence(
        incarnation: old.incarnation, sequence: 2, id: Digest(words: (1, 2, 3, 4)))

    @Test func `a fence cut off anywhere is refused, or says what the whole one said`() throws {
        let folder = try Folder()
        let path = folder.path + "/fence"
        try Self.new.raise(path)
        let whole = try #require(FileManager.default.contents(atPath: path))
        try Self.refuseEveryCut(of: whole, at: path)
    }

    @Test func `so is one of two places, and one of an earlier release`() throws {
        let folder = try Folder()
        let path = folder.path + "/fence"
        let older = try Self.older.raise(path)
        let old = try Self.old.raise(path, after: older)
        try Self.new.raise(path, after: old)
        try Self.refuseEveryCut(of: try #require(FileManager.default.contents(atPath: path)), at: path)
        let line = Data("\(Self.new.incarnation.hex) \(Self.new.sequence) \(Self.new.id.hex)\n".utf8)
        try line.write(to: URL(fileURLWithPath: path))
        #expect(try Fence.read(path) == Self.new)
        try Self.refuseEveryCut(of: line, at: path)
    }

    private static func refuseEveryCut(of whole: Data, at path: String) throws {
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            let read = Result { try Fence.read(path) }
            switch read {
            case .success(let fence): #expect(fence == Self.new, "\(count) bytes were taken for \(fence as Any)")
            case .failure(let error): #expect((error as? NodeError)?.code == "fence_unreadable", "\(count) bytes")
            }
            // Nor is it written over: who knows what it said.
            #expect(throws: NodeError.self, "\(count) bytes") { try Self.new.raise(path) }
        }
    }

    @Test func `of two places one may be torn, and the other is what was durable before`() throws {
        let folder = try Folder()
        let path = folder.path + "/fence"
        let older = try Self.older.raise(path)
        let old = try Self.old.raise(path, after: older)
        try Self.new.raise(path, after: old)
        let whole = try #require(FileManager.default.contents(atPath: path))
        let half = whole.count / 2
        for index in whole.indices {
            var torn = whole
            torn[index] ^= 1
            try torn.write(to: URL(fileURLWithPath: path))
            #expect(try Fence.read(path) == (index < half ? Self.old : Self.new), "byte \(index)")
        }
        let nothing = Data(repeating: UInt8(ascii: " "), count: whole.count)
        try nothing.write(to: URL(fileURLWithPath: path))
        #expect(throws: NodeError.self) { try Fence.read(path) }
        #expect(throws: NodeError.self) { try Self.new.raise(path, after: old) }
    }

    @Test func `who does not know what is durable of the file writes it anew`() throws {
        let folder = try Folder()
        let path = folder.path + "/fence"
        func inode() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        }
        let older = try Self.older.raise(path)
        let first = try inode()
        let old = try Self.old.raise(path, after: older)
        #expect(try inode() == first)
        // Another process raises the same: whether the new file's name is durable, only that process knows.
        let otherwise = try Self.old.raise(path)
        #expect(try inode() != first)
        let second = try inode()
        let new = try Self.new.raise(path, after: old)
        #expect(try inode() != second)
        #expect(try Fence.read(path) == Self.new)
        // A fence never falls, wherever it is written.
        for last in [nil, old, otherwise, new] { try Self.old.raise(path, after: last) }
        #expect(try Fence.read(path) == Self.new)
    }

    @Test func `a fence that is there and cannot be read is not taken for none`() throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.path + "/fence", withIntermediateDirectories: true)
        #expect(throws: NodeError.self) { try Fence.read(folder.path + "/fence") }
        #expect(try Fence.read(folder.path + "/none") == nil)
    }

    /// A torn write is torn in many places.
    private static let remains: [(Survivors, UInt64)] =
        Survivors.allCases.map { ($0, 0) } + (1...12).flatMap { [(.torn, $0), (.some, $0)] }

    /// Who has raised the fence that stands.
    private enum Before: CaseIterable {
        case none
        case raisedByOthers
        case raisedByUs
    }

    @Test(.enabled(if: crashdisk_sees_plain_files(), "sanitizers have a libc of their own"))
    func `raising the fence leaves the old one or the new one`() throws {
        let folder = try Folder()
        var calls = 0
        for fault in [Fault.powerCut, .eioOnce, .eioFromThenOn, .full] {
            for before in Before.allCases {
                let stands = before != .none
                var call = 1
                while true {
                    let place = try folder.make("run")
                    let path = place + "/fence"
                    let older = stands ? try Self.older.raise(path) : nil
                    let old = stands ? try Self.old.raise(path, after: older) : nil
                    let last = before == .raisedByUs ? old : nil
                    let disk = Disk(place)
                    disk.arm(fault, at: call)
                    let isRaised = (try? Self.new.raise(path, after: last)) != nil
                    let story = "\(before), \(fault) at call \(call) (\(disk.struck ?? "none"))"
                    guard disk.struck != nil else { break }
                    calls += 1
                    if fault == .powerCut {
                        disk.cutPower()
                    } else {
                        disk.disarm()
                        #expect(throws: Never.self, "\(story)") { try Self.new.raise(path, after: last) }
                        #expect(try Fence.read(path) == Self.new, "\(story)")
                    }
                    for (survivors, seed) in Self.remains {
                        let left = try folder.make("left")
                        _ = disk.leave(survivors, seed: seed + UInt64(call), in: left)
                        let fence = try Fence.read(left + "/fence")
                        let isDone = isRaised || fault != .powerCut
                        #expect(
                            fence == Self.new || (!isDone && fence == (stands ? Self.old : nil)),
                            "\(story), \(survivors) \(seed) survives: \(fence as Any)")
                    }
                    call += 1
                }
            }
        }
        print("crash sweep: fence: \(calls) calls failed")
    }
}
