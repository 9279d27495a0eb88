// The last moment of a command: what it has done is done, and no thread that is still about may turn that into a crash.

import ForeignPrograms
import Foundation
import Testing

@Suite("The end of a command", .serialized)  // Each test runs several processes; the machine has two cores.
struct CommandEndTests {
    /// What to add to a program's environment, beside what a sanitizer has put there. Built by the compiler that came with Swift.
    private func probe(in folder: String) throws -> [String: String] {
        let file = folder + "/last_moment.so"
        let script = "exec \"$(dirname \"$(readlink -f \"$(command -v swift)\")\")/clang\" \"$@\""
        let built = try Programs.run(
            "/bin/sh",
            ["-c", script, "sh", "-shared", "-fPIC", "-Wall", "-Werror", "-o", file, Programs.foreign("last_moment.c")])
        try #require(built.status == 0, "\(built.errors)")
        let others = ProcessInfo.processInfo.environment["LD_PRELOAD"].map { [$0] } ?? []
        return ["LD_PRELOAD": ([file] + others).joined(separator: ":")]
    }

    @Test func `threads may use OpenSSL as long as the process is there, after a command and after serve`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let probe = try probe(in: federation.folder)
        // Where there is no OpenSSL at all, it says so: it does run.
        let control = try Programs.run("true", [], environment: probe)
        #expect(control.status == 98)
        for node in federation.nodes { node.environment = probe }
        try jiangsu.start()
        for arguments in [["status"], ["sync"], ["compare"]] {
            let result = try shanghai.yrdsync(arguments)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        #expect(jiangsu.stop() == 0)
    }
}
