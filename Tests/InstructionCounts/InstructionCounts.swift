// Runs one of the pure parts so that valgrind can count its instructions: `check.py` runs this program, once for each.

import AllocationMeter
import Foundation
import PureParts

/// `instructions PART` does that part's work twice and prints `PART RECORDS ALLOCATIONS` of the second time, which stands
/// between the calls of `allocation_meter_start` and `allocation_meter_stop`; without a part, it prints their names.
@main
struct InstructionCounts {
    static func main() throws {
        guard let name = CommandLine.arguments.dropFirst().first else {
            for part in PurePart.all { print(part.name) }
            return
        }
        guard let part = PurePart.all.first(where: { $0.name == name }) else {
            FileHandle.standardError.write(Data("no pure part \(name)\n".utf8))
            exit(2)
        }
        let work = try part.prepare()
        // What is made once a process (tables, fetched hashes) is no cost of a record.
        let first = work()
        allocation_meter_start()
        let second = work()
        _ = allocation_meter_stop()
        precondition(first == second && first != 0, "\(name) gave \(first), then \(second)")
        print(name, part.records, allocation_meter_count())
    }
}
