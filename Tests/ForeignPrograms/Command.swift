// Other people's programs, run to their end.

import Glibc

package struct CommandResult: Sendable {
    /// As a shell gives it: 128 and the signal if one ended it.
    package let status: Int32
    package let output: String
    package let errors: String
}

package enum Command {
    /// Runs a program, and blocks until it ends. Input and output are files: nobody waits for a pipe to be read or closed.
    ///
    /// - Parameters:
    ///   - words: the program, looked for in `PATH` if it names no folder, and its arguments.
    ///   - added: to the environment of this process.
    package static func run(
        _ words: [String], input: [UInt8] = [], environment added: [String: String] = [:]
    ) throws(ChildProcess.CannotStart) -> CommandResult {
        let files = (0..<3).map { _ in tmpfile()! }
        defer { for file in files { fclose(file) } }
        fwrite(input, 1, input.count, files[0])
        rewind(files[0])
        let process = try ChildProcess(
            words[0], Array(words.dropFirst()), environment: added, input: fileno(files[0]), output: fileno(files[1]),
            errors: fileno(files[2]))
        let status = process.wait().status
        return CommandResult(status: status, output: contents(of: files[1]), errors: contents(of: files[2]))
    }

    private static func contents(of file: UnsafeMutablePointer<FILE>) -> String {
        rewind(file)
        var text: [UInt8] = []
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            while true {
                let count = fread(buffer.baseAddress, 1, buffer.count, file)
                guard count > 0 else { return }
                text += buffer[..<count]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
