// The fence file through every failure: the old one, the new one, or a loud refusal; never "there is none".

import CrashDisk
import Foundation
import PeerTrust
import SyncCore
import Testing

@testable import SyncNode

@Suite("Crashes of the fence")
struct FenceCrashTests {
    private static let old = Fence(incarnation: ID16(Array(repeating: 1, count: 16))!, sequence: 1, id: .zero)
    private static let new = Fence(
        incarnation: old.incarnation, sequence: 2, id: Digest(words: (1, 2, 3, 4)))

    @Test func `a fence cut off anywhere is refused, or says what the whole one said`() throws {
        let folder = try Folder()
        let path = folder.path + "/fence"
        try Self.new.raise(path)
        let whole = try #require(FileManager.default.contents(atPath: path))
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            let read = Result { try Fence.read(path) }
            switch read {
            case .success(let fence): #expect(fence == Self.new, "\(count) bytes were taken for \(fence as Any)")
            case .failure(let error): #expect((error as? NodeError)?.code == "fence_unreadable", "\(count) bytes")
            }
            // Nor is it written over: who knows what it said.
            if count < whole.count - 1 { #expect(throws: NodeError.self) { try Self.new.raise(path) } }
        }
    }

    @Test func `a fence that is there and cannot be read is not taken for none`() throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.path + "/fence", withIntermediateDirectories: true)
        #expect(throws: NodeError.self) { try Fence.read(folder.path + "/fence") }
        #expect(try Fence.read(folder.path + "/none") == nil)
    }

    @Test(.enabled(if: crashdisk_sees_plain_files(), "sanitizers have a libc of their own"))
    func `raising the fence leaves the old one or the new one`() throws {
        let folder = try Folder()
        var calls = 0
        for fault in [Fault.powerCut, .eioOnce, .eioFromThenOn, .full] {
            for stands in [true, false] {
                var call = 1
                while true {
                    let place = try folder.make("run")
                    let path = place + "/fence"
                    if stands { try Self.old.raise(path) }
                    let disk = Disk(place)
                    disk.arm(fault, at: call)
                    let isRaised = (try? Self.new.raise(path)) != nil
                    let story = "\(fault) at call \(call) (\(disk.struck ?? "none"))"
                    guard disk.struck != nil else { break }
                    calls += 1
                    if fault == .powerCut {
                        disk.cutPower()
                    } else {
                        disk.disarm()
                        #expect(throws: Never.self, "\(story)") { try Self.new.raise(path) }
                        #expect(try Fence.read(path) == Self.new, "\(story)")
                    }
                    for survivors in Survivors.allCases {
                        let left = try folder.make("left")
                        _ = disk.leave(survivors, seed: UInt64(call), in: left)
                        let fence = try Fence.read(left + "/fence")
                        let isDone = isRaised || fault != .powerCut
                        #expect(
                            fence == Self.new || (!isDone && fence == (stands ? Self.old : nil)),
                            "\(story), \(survivors) survives: \(fence as Any)")
                    }
                    call += 1
                }
            }
        }
        print("crash sweep: fence: \(calls) calls failed")
    }
}
