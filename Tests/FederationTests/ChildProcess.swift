// A child process whose end is told by its wait status, and is never waited for in vain.

import Foundation

/// By `posix_spawn` and `waitpid`. Foundation's `Process` hung in `waitUntilExit` for a child that had long been killed and
/// reaped (seen after some forty kills), and only paraphrases the wait status. Not Sendable: one owner.
final class ChildProcess {
    enum End: Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .exit(let code): "exit \(code)"
            case .signal(let number): "signal \(number)"
            }
        }
    }

    let identifier: pid_t
    private var end: End?

    struct CannotStart: Error {
        let program: String
        let code: Int32
    }

    /// The child leads a process group of its own and inherits nothing but three descriptors.
    init(_ program: String, _ arguments: [String], input: Int32, output: Int32, errors: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [input, output, errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        for descriptor in Self.openDescriptors where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
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
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &words, environ)
        guard code == 0 else { throw CannotStart(program: program, code: code) }
        identifier = pid
    }

    /// Pipes of other tests among them: a child that held one open would keep its reader waiting.
    private static var openDescriptors: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
    }

    /// Its end, if it has come.
    func ended() -> End? { end ?? reap(WNOHANG) }

    func wait() -> End { end ?? reap(0)! }

    func send(_ signal: Int32) { if end == nil { kill(identifier, signal) } }

    /// To all children that it has left alive, too.
    func sendToGroup(_ signal: Int32) { if end == nil { kill(-identifier, signal) } }

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
