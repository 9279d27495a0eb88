// The short run of the fuzzers in the ordinary suite: everything that was ever worth keeping, and mutations of it.

import Foundation
import SyncCore
import Testing

@Suite("Decoders under attack")
struct AttackTests {
    /// `YRD_MUTATIONS=n` for each target; `YRD_FUZZ_TRACE=file` writes every input down before it is tried, so
    /// that the last line of the file is the one that ended the process.
    private static let mutations = ProcessInfo.processInfo.environment["YRD_MUTATIONS"].flatMap { Int($0) } ?? 5_000
    private static let trace = ProcessInfo.processInfo.environment["YRD_FUZZ_TRACE"].map { InputTrace(path: $0) }

    private func run(_ target: FuzzTarget, _ input: [UInt8]) {
        Self.trace?.write(target.name, input)
        do {
            try target.run(input)
        } catch {
            Issue.record("\(target.name): \(error)\ninput: \(input.hex)")
        }
    }

    @Test(arguments: FuzzTarget.all)
    func `no input of the corpus breaks a promise, and no mutation of one`(target: FuzzTarget) throws {
        let corpus = try Corpus.inputs(target)
        try target.warmUp()
        for input in corpus { run(target, input) }
        var mutation = Mutation(of: corpus, bytesMax: target.inputBytesMax, seed: 1)
        for count in 0..<Self.mutations { run(target, mutation.next(count % corpus.count)) }
    }

    @Test(arguments: FuzzTarget.all)
    func `samples are the same every time, and short enough to be tried`(target: FuzzTarget) throws {
        let samples = try target.samples()
        #expect(try target.samples() == samples)
        let inputs = try Corpus.inputs(target)
        #expect(!samples.isEmpty && inputs.allSatisfy { $0.count <= target.inputBytesMax })
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    var testDescription: String { name }
}

/// Sendable because every line is one `write` to a file that is only appended to.
private struct InputTrace: @unchecked Sendable {
    private let file: FileHandle

    init(path: String) {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { preconditionFailure("\(path) cannot be written") }
        self.file = file
    }

    func write(_ name: String, _ input: [UInt8]) {
        file.write(Data("\(name) \(input.hex)\n".utf8))
    }
}
