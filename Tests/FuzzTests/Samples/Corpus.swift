// Inputs worth keeping, as text: one a line in hexadecimal, so that a repository can hold, show and compare them.

import Foundation
import SyncCore

enum Corpus {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus")

    /// By hand: what broke a promise once, each under a line that begins with `#` and says what it was.
    static func finds(_ target: FuzzTarget) throws -> [[UInt8]] { try read(target.name + ".finds.hex") }

    /// By `make fuzz-keep`: what reached code that nothing else reaches.
    static func kept(_ target: FuzzTarget) throws -> [[UInt8]] { try read(target.name + ".hex") }

    private static func read(_ name: String) throws -> [[UInt8]] {
        let file = folder.appendingPathComponent(name)
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
        try target.samples() + finds(target) + kept(target)
    }
}
