// The last moment of a command: what it has done is done, and no thread that is still about may turn that into a crash.

import ForeignPrograms
import Foundation
import Testing

@Suite("The end of a command", .serialized)  // Each test runs several processes; the machine has two cores.
struct CommandEndTests {
    @Test func `threads may use OpenSSL as long as the process is there, after a command and after serve`() throws {
        let federation = try Federation(["shanghai", "jiangsu"])
        try federation.trustAll()
        let (shanghai, jiangsu) = (federation["shanghai"], federation["jiangsu"])
        let probe = federation.folder + "/last_moment.so"
        let built = try Programs.run(
            "clang", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", probe, Programs.foreign("last_moment.c")])
        try #require(built.status == 0, "\(built.errors)")
        for node in federation.nodes { node.environment = ["LD_PRELOAD": probe] }
        try jiangsu.start()
        for arguments in [["status"], ["sync"], ["compare"]] {
            let result = try shanghai.yrdsync(arguments)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        #expect(jiangsu.stop() == 0)
    }
}
