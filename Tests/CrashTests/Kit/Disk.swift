// The crash disk as the tests see it, and the folders they work in.

import CrashDisk
import Foundation

/// A folder of its own, in memory if the machine has such a place, removed with its owner.
final class Folder {
    let path: String

    init() throws {
        var isFolder: ObjCBool = false
        let isInMemory =
            FileManager.default.fileExists(atPath: "/dev/shm", isDirectory: &isFolder) && isFolder.boolValue
        path = (isInMemory ? "/dev/shm" : NSTemporaryDirectory()) + "/yrd-crash-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A new, empty folder inside.
    func make(_ name: String) throws -> String {
        let inner = path + "/" + name
        try? FileManager.default.removeItem(atPath: inner)
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        return inner
    }
}

/// What stands in a folder, file by file.
struct Image {
    private(set) var files: [String: Data] = [:]

    init() {}

    /// A replica with its WAL, while nobody writes to it.
    init(ofReplicaAt path: String) throws {
        for suffix in ["", "-wal"] {
            let name = "replica.sqlite" + suffix
            files[name] = FileManager.default.contents(atPath: path + suffix)
        }
    }

    func write(to folder: String) throws {
        for (name, content) in files { try content.write(to: URL(fileURLWithPath: folder + "/" + name)) }
    }
}

enum Fault: Hashable, CaseIterable {
    case powerCut
    case eioOnce
    case eioFromThenOn
    case full

    /// By default EIO that stays and a full disk strike at every fourth call only: what they add to EIO once is that
    /// cleaning up fails too, and there the calls resemble each other.
    var stride: Int {
        switch self {
        case .powerCut, .eioOnce: 1
        case .eioFromThenOn, .full: 4
        }
    }

    fileprivate var code: crashdisk_fault {
        switch self {
        case .powerCut: CRASHDISK_POWER_CUT
        case .eioOnce: CRASHDISK_EIO_ONCE
        case .eioFromThenOn: CRASHDISK_EIO_FROM_THEN_ON
        case .full: CRASHDISK_FULL
        }
    }
}

enum Survivors: Hashable, CaseIterable {
    case nothing
    case everything
    case some
    case torn

    fileprivate var code: crashdisk_survivors {
        switch self {
        case .nothing: CRASHDISK_NOTHING
        case .everything: CRASHDISK_EVERYTHING
        case .some: CRASHDISK_SOME
        case .torn: CRASHDISK_TORN
        }
    }

    var isRandom: Bool { self == .some || self == .torn }

    /// By default the random ones take turns, call by call.
    static func tried(at call: Int) -> [Survivors] {
        Sweep.seeds == nil ? [.nothing, .everything, call % 2 == 0 ? .some : .torn] : allCases
    }
}

enum Honesty: Hashable {
    case honest
    case lying
    case synchronousNormal

    fileprivate var code: crashdisk_honesty {
        switch self {
        case .honest: CRASHDISK_HONEST
        case .lying: CRASHDISK_LYING
        case .synchronousNormal: CRASHDISK_SYNCHRONOUS_NORMAL
        }
    }
}

/// One mounted folder. Its files must be closed before it goes.
final class Disk {
    private let handle: OpaquePointer

    init(_ folder: String, checkpointEvery frames: Int = 0, _ honesty: Honesty = .honest) {
        handle = crashdisk_mount(folder)
        crashdisk_checkpoint_every(handle, Int32(frames))
        crashdisk_set_honesty(handle, honesty.code)
    }

    deinit { precondition(crashdisk_unmount(handle), "a file is still open on a disk that goes") }

    func arm(_ fault: Fault, at call: Int) { crashdisk_arm(handle, fault.code, Int64(call)) }

    /// Counts, and nothing goes wrong.
    func count() { crashdisk_arm(handle, CRASHDISK_SOUND, 0) }

    func shrinkCache() { crashdisk_shrink_cache(handle) }

    func forbidLinks() { crashdisk_forbid_links(handle) }

    func disarm() { crashdisk_disarm(handle) }

    func cutPower() { crashdisk_cut_power(handle) }

    var counts: crashdisk_counts { crashdisk_count(handle) }

    /// The call that failed first.
    var struck: String? { crashdisk_struck(handle).map { String(cString: $0) } }

    /// Leaves in an empty folder what a power cut would leave here; returns a hash of it.
    func leave(_ survivors: Survivors, seed: UInt64 = 0, in folder: String) -> UInt64 {
        crashdisk_leave(handle, survivors.code, seed, folder)
    }
}
