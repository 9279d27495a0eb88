// Between the corpus as text and the folder of files that libFuzzer works in.

import Foundation
import SyncCore

struct CorpusFolder {
    private let folder: URL

    init(_ path: String) {
        folder = URL(fileURLWithPath: path, isDirectory: true)
    }

    /// Adds to what an earlier run has left there.
    func expand(_ target: FuzzTarget) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (index, input) in try Corpus.inputs(target).enumerated() {
            try Data(input).write(to: folder.appendingPathComponent("kept-\(index)"))
        }
        let words = target.words.map { "\"" + $0.utf8.map { "\\x" + [$0].hex }.joined() + "\"\n" }.joined()
        try words.write(to: folder.appendingPathExtension("dict"), atomically: true, encoding: .utf8)
    }

    /// Shortest first, so that a reader sees the essence of a format before its wilderness.
    func collect(except others: Set<[UInt8]>) throws {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let inputs = Set(try files.map { Array(try Data(contentsOf: $0)) }).subtracting(others)
        for input in inputs.sorted(by: { ($0.count, $0.hex) < ($1.count, $1.hex) }) { print(input.hex) }
    }
}
