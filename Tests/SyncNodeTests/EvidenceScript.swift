// The script in `docs/`, which has nothing of ours.

import Foundation

enum EvidenceScript {
    /// What it says of a bundle.
    static func run(_ bundle: [UInt8]) throws -> (isTrue: Bool, output: String) {
        let path = NSTemporaryDirectory() + "yrd-evidence-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bundle).write(to: URL(fileURLWithPath: path))
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [root.appendingPathComponent("docs/verify_evidence.py").path, path]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus == 0, text)
    }
}
