// The script in `docs/`, which has nothing of ours.

import Foundation

enum EvidenceScript {
    /// What it says of a bundle, under a trust root or none.
    static func run(_ bundle: [UInt8], root trusted: [UInt8]? = nil) throws -> (isTrue: Bool, output: String) {
        let path = NSTemporaryDirectory() + "yrd-evidence-" + UUID().uuidString
        defer { for name in [path, path + ".root"] { try? FileManager.default.removeItem(atPath: name) } }
        try Data(bundle).write(to: URL(fileURLWithPath: path))
        if let trusted { try Data(trusted).write(to: URL(fileURLWithPath: path + ".root")) }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments =
            [root.appendingPathComponent("docs/verify_evidence.py").path, path]
            + (trusted == nil ? [] : [path + ".root"])
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus == 0, text)
    }
}
