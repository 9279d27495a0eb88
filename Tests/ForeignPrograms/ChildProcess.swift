// A child process whose end is told by its wait status, and is never waited for in vain.

import CSpawn
import Glibc

/// By `posix_spawn` and `waitpid`. Foundation's `Process` hung in `waitUntilExit` for a child that had long been killed and
/// reaped (seen after some forty kills), and only paraphrases the wait status; and what it closes in the child is what was
/// open when it looked, a moment before: a pipe that another test makes meanwhile stays open there, and who reads it waits for
/// a stranger (docs/testing.md). Not Sendable: one owner.
package final class ChildProcess {
    package enum End: Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        package var description: String {
            switch self {
            case .exit(let code): "exit \(code)"
            case .signal(let number): "signal \(number)"
            }
        }

        /// As a shell gives it.
        package var status: Int32 {
            switch self {
            case .exit(let code): code
            case .signal(let number): 128 + number
            }
        }
    }

    package let identifier: Int32
    private var end: End?

    package struct CannotStart: Error {
        package let program: String
        package let code: Int32
    }

    /// The child leads a process group of its own and inherits nothing but three descriptors.
    ///
    /// - Parameters:
    ///   - program: looked for in `PATH` if it names no folder.
    ///   - added: to the environment of this process.
    package init(
        _ program: String, _ arguments: [String], environment added: [String: String] = [:],
        input: Int32, output: Int32, errors: Int32
    ) throws(CannotStart) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [input, output, errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        // The threads that tests run on block every signal, SIGTERM among them, and a child would go on so.
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = Self.environment(with: added).map { strdup($0) } + [nil]
        defer { for string in words + variables { free(string) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw CannotStart(program: program, code: code) }
        identifier = pid
    }

    private static func environment(with added: [String: String]) -> [String] {
        var inherited: [String] = []
        var next = environ
        while let variable = next.pointee {
            inherited.append(String(cString: variable))
            next += 1
        }
        return inherited.filter { variable in !added.keys.contains { variable.hasPrefix($0 + "=") } }
            + added.map { "\($0)=\($1)" }
    }

    /// Its end, if it has come.
    package func ended() -> End? { end ?? reap(WNOHANG) }

    package func wait() -> End { end ?? reap(0)! }

    package func send(_ signal: Int32) { if end == nil { kill(identifier, signal) } }

    /// To all children that it has left alive, too.
    package func sendToGroup(_ signal: Int32) { if end == nil { kill(-identifier, signal) } }

    private func reap(_ options: Int32) -> End? {
        var status: Int32 = 0
        var reaped: pid_t
        repeat { reaped = waitpid(identifier, &status, options) } while reaped < 0 && errno == EINTR
        guard reaped == identifier else { return nil }
        // WIFSIGNALED and friends are macros, which Swift does not see.
        let signal = status & 0x7F
        end = signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
        return end
    }
}
