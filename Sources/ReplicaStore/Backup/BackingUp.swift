// A copy of the whole replica while everybody goes on working.

import SyncCore

extension SQLiteReplica {
    /// Writes what the replica holds at one instant, also what is captured and not sealed yet, into a file of its own.
    ///
    /// When this returns, the copy is whole and durable. Whatever happens, a file under that name is whole: what a crash
    /// leaves half-written ends in `.partial`. A file that is there is never overwritten.
    ///
    /// - Parameter inspect: looks at the copy, closed and whole, before it takes its name; if it throws, there is no backup.
    package func backUp<Inspected>(to path: String, inspecting inspect: (String) throws -> Inspected) throws
        -> Inspected
    {
        let file = try BackupFile(path: path)
        do {
            try copy(to: file.partialPath)
            // What other programs had just written in the clear would stay so for as long as the copy is kept.
            if let cipher = connection.rest.cipher { try encryptClearValues(inCopy: file.partialPath, cipher) }
            let inspected = try inspect(file.partialPath)
            try file.publish()
            return inspected
        } catch {
            file.discard()
            throw error
        }
    }

    package func backUp(to path: String) throws { try backUp(to: path) { _ in } }

    /// One read transaction, which holds up neither writers nor readers. It copies row by row, so a page that cannot be read
    /// ends it.
    private func copy(to path: String) throws {
        do {
            try connection.step {
                let vacuum = try connection.cursor("VACUUM INTO ?1")
                vacuum.bind(1, path)
                try vacuum.run()
            }
        } catch let error as SQLiteError where error.message == "output file already exists" {
            // The file is new and empty. SQLite says the same where it cannot tell the size of a file.
            throw BackupFailure.failed(doing: "writing", path: path, reason: "its size cannot be read")
        }
    }
}
