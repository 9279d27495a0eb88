// The script in `docs/`, which has nothing of ours.

import ForeignPrograms
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
        let result = try Command.run(
            ["/usr/bin/python3", root.appendingPathComponent("docs/verify_evidence.py").path, path]
                + (trusted == nil ? [] : [path + ".root"]))
        return (result.status == 0, result.output)
    }
}
