// The network between the nodes of a storm: one process of `proxy.py`, which takes orders on standard input.

import ForeignPrograms
import Foundation

/// Every connection between two nodes goes through it.
final class FaultyNetwork {
    private let process: ChildProcess
    private let orders: FileHandle
    private let statistics: String

    init(
        program: String, seed: UInt64, statistics: String, routes: [(market: String, front: UInt16, back: UInt16)]
    ) throws {
        self.statistics = statistics
        let pipe = Pipe()
        orders = pipe.fileHandleForWriting
        process = try ChildProcess(
            Programs.python,
            [program, "\(seed)", statistics] + routes.map { "\($0.market)=\($0.front):\($0.back)" },
            input: pipe.fileHandleForReading.fileDescriptor, output: STDOUT_FILENO, errors: STDERR_FILENO)
    }

    deinit { process.send(SIGKILL) }

    func order(_ line: String) { orders.write(Data((line + "\n").utf8)) }

    /// Ends it, and says how many connections had which fate.
    func close() throws -> [String: Int] {
        try orders.close()
        _ = process.wait()
        let counts = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: statistics)))
        return counts as? [String: Int] ?? [:]
    }
}
