// A program that is meant to be killed: started again afterwards, and every end of it accounted for.

import ForeignPrograms
import Foundation

/// One program that stands in the storm. Not Sendable: one owner.
final class Victim {
    let name: String
    private let program: String
    private let arguments: [String]
    private let output: String
    private let errors: String
    private var process: ChildProcess?
    /// Ends that were nobody's order.
    private(set) var ownEnds: [String] = []

    /// - Parameters:
    ///   - output: the file that standard output is appended to.
    ///   - errors: the same for standard error.
    init(_ name: String, _ program: String, _ arguments: [String], output: String, errors: String) {
        self.name = name
        self.program = program
        self.arguments = arguments
        self.output = output
        self.errors = errors
    }

    deinit { kill() }

    func start() throws {
        noticeOwnEnd()
        guard process == nil else { return }
        let files = [
            open("/dev/null", O_RDONLY | O_CLOEXEC),
            open(output, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644),
            open(errors, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644),
        ]
        defer { for file in files { close(file) } }
        process = try ChildProcess(program, arguments, input: files[0], output: files[1], errors: files[2])
    }

    /// SIGKILL to it and its children. False if there was nothing left to kill.
    @discardableResult
    func kill() -> Bool { finish(expecting: .signal(SIGKILL)) { $0.sendToGroup(SIGKILL) } }

    /// SIGTERM, and it must end with 0.
    func end() { finish(expecting: .exit(0)) { $0.send(SIGTERM) } }

    @discardableResult
    private func finish(expecting expected: ChildProcess.End, by blow: (ChildProcess) -> Void) -> Bool {
        noticeOwnEnd()
        guard let process else { return false }
        self.process = nil
        blow(process)
        let end = process.wait()
        if end != expected { ownEnds.append("\(name) ended with \(end), not \(expected)") }
        return true
    }

    /// Whoever has ended without our blow is noted; `start` starts it again.
    func noticeOwnEnd() {
        guard let end = process?.ended() else { return }
        process = nil
        ownEnds.append("\(name) ended by itself: \(end)")
    }
}
