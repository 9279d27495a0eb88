// The sweeps: every I/O call of every operation fails once, in every way.

import CrashDisk
import Foundation
import Testing

enum SweptOperation: String, CaseIterable {
    case creating
    case opening
    case sealing
    case sealingSomethingElse
    case sealingGroup
    case auditing
    case applying
    case applyingOverUncapturedWrite
    case resolving
    case undoingSomethingElse
    case upgrading
    case encrypting
    case repairing
    case closing
    case importing
    case importingManyRows
    case backingUp
    case bookkeeping
    case reading
    case applyingWithSmallCache
    case upgradingWithSmallCache
    case readingWithSmallCache

    func make() throws -> Operation {
        switch self {
        case .creating: try .creating()
        case .opening: try .opening()
        case .sealing: try .sealing()
        case .sealingSomethingElse: try .sealingSomethingElse()
        case .sealingGroup: try .sealingGroup()
        case .auditing: try .auditing()
        case .applying: try .applying()
        case .applyingOverUncapturedWrite: try .applyingOverUncapturedWrite()
        case .resolving: try .resolving()
        case .undoingSomethingElse: try .undoingSomethingElse()
        case .upgrading: try .upgrading()
        case .encrypting: try .encrypting()
        case .repairing: try .repairing()
        case .closing: try .closing()
        case .importing: try .importing()
        case .importingManyRows: try .importingManyRows()
        case .backingUp: try .backingUp()
        case .bookkeeping: try .bookkeeping()
        case .reading: try .reading()
        case .applyingWithSmallCache: try .applying().withSmallCache(stride: 3)
        case .upgradingWithSmallCache: try .upgrading().withSmallCache(stride: 7)
        case .readingWithSmallCache: try .reading().withSmallCache()
        }
    }
}

extension SweptOperation {
    var changesReplica: Bool { self != .reading && self != .readingWithSmallCache }

    /// All of them, or the one that `YRD_CRASH_ONLY` names. How a backup becomes durable is seen only where plain files are.
    static let swept: [SweptOperation] = {
        if let name = ProcessInfo.processInfo.environment["YRD_CRASH_ONLY"] {
            guard let only = SweptOperation(rawValue: name) else {
                preconditionFailure("YRD_CRASH_ONLY is one of \(allCases.map(\.rawValue))")
            }
            return [only]
        }
        return allCases.filter { $0 != .backingUp || crashdisk_sees_plain_files() }
    }()
}

@Suite("Crash sweeps")
struct SweepTests {
    @Test(arguments: SweptOperation.swept)
    func `nothing acknowledged is lost, nothing is half done, and the work goes on, whatever call fails`(
        _ operation: SweptOperation
    ) throws {
        let report = try Sweep(operation.make()).run()
        print("crash sweep:", report.summary)
        #expect(report.problems.isEmpty, "\(report.problems.joined(separator: "\n"))")
    }

    /// A sweep that cannot fail proves nothing: with a disk that acknowledges and does not sync, each must find the loss.
    @Test(arguments: SweptOperation.swept.filter(\.changesReplica))
    func `a disk that lies turns every sweep red`(_ operation: SweptOperation) throws {
        let report = try Sweep(operation.make(), .lying, problemsMax: 1).run()
        #expect(report.problems.contains { $0.contains("is lost") }, "\(report.problems)")
    }

    /// The setting that does to commits what such a disk does (docs/architecture.md, Transactions).
    @Test(arguments: [SweptOperation.sealing, .applying, .resolving, .importing])
    func `synchronous NORMAL turns a sweep red`(_ operation: SweptOperation) throws {
        let report = try Sweep(operation.make(), .synchronousNormal, problemsMax: 1).run()
        #expect(report.problems.contains { $0.contains("is lost") }, "\(report.problems)")
    }
}
