// Inputs worth keeping, as text: one a line in hexadecimal, so that a repository can hold, show and compare them.

import Foundation
import SyncCore

enum Corpus {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus")

    /// What libFuzzer found and somebody kept (`make fuzz-keep`). Lines that begin with `#` say why.
    static func kept(_ target: FuzzTarget) throws -> [[UInt8]] {
        let file = folder.appendingPathComponent(target.name + ".hex")
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.filter { !$0.hasPrefix("#") }.map { line in
            guard let bytes = [UInt8](hex: String(line)) else {
                throw BrokenPromise(description: "\(file.path) has a line that is not hexadecimal: \(line)")
            }
            return bytes
        }
    }

    static func inputs(_ target: FuzzTarget) throws -> [[UInt8]] {
        try target.samples() + kept(target)
    }
}
