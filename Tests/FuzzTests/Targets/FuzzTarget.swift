// What is under attack, and what must hold whatever the attacker sends: one description for libFuzzer and for the suite.

import AllocationMeter
import SyncCore

/// A decoder, or a few of one room, fed with bytes that somebody else controls.
struct FuzzTarget: Sendable {
    /// As in `make fuzz FUZZ_TARGET=…` and `Corpus/<name>.hex`.
    let name: String
    /// The longest input that is worth trying.
    let inputBytesMax: Int
    let memory: MemoryLimit
    /// Pieces of the format from which libFuzzer builds; text, since binary formats show theirs by being compared.
    let words: [String]
    /// Valid inputs, made by our own encoders: the same on every call.
    let samples: @Sendable () throws -> [[UInt8]]
    /// Decodes, and throws if a promise is broken. A refusal is an ordinary outcome.
    let attack: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, inputBytesMax: Int = 4_096, memory: MemoryLimit, words: [String] = [],
        samples: @escaping @Sendable () throws -> [[UInt8]], attack: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.inputBytesMax = inputBytesMax
        self.memory = memory
        self.words = words
        self.samples = samples
        self.attack = attack
    }

    /// Attacks once. Traps, hangs and bytes out of bounds are for the process to notice.
    func run(_ input: [UInt8]) throws {
        var peak = try peakBytes(attacking: input)
        let limit = memory.bytes(forInput: input.count)
        // The test library keeps a table of the errors that were thrown. Under the address sanitizer no address comes back, so that
        // table doubles now and then, and some input pays for it, once. What a decoder allocates, it allocates each time.
        if peak > limit, allocation_meter_is_sanitized() != 0 { peak = try peakBytes(attacking: input) }
        try hold(peak <= limit, "\(peak) bytes were held for an input of \(input.count); the limit is \(limit)")
    }

    private func peakBytes(attacking input: [UInt8]) throws -> Int {
        allocation_meter_start()
        let outcome = Result { try attack(input) }
        let peak = allocation_meter_stop()
        try outcome.get()
        return Int(peak)
    }

    /// What is made once a process (a catalog, tables, compiled expressions) is nothing that an input allocates.
    func warmUp() throws {
        for sample in try samples() { try attack(sample) }
    }
}

/// The most that decoding, and encoding again what was decoded, may hold at one moment.
struct MemoryLimit: Sendable {
    /// Whatever the input.
    let fixedBytes: Int
    /// For each byte of it. A value in memory is larger than on the wire: a NULL is one byte there, and an array that
    /// grows holds it three times for a moment.
    let bytesPerInputByte: Int

    func bytes(forInput count: Int) -> Int { fixedBytes + bytesPerInputByte * count }
}

/// A promise that did not hold: always a bug.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}

func hold(_ isTrue: Bool, _ broken: @autoclosure () -> String) throws {
    guard isTrue else { throw BrokenPromise(description: broken()) }
}

/// What is decoded must encode to the very bytes it came from: a second form of one value would be signed as another.
func holdCanonical<Refusal>(
    _ bytes: [UInt8], _ what: String, _ recode: () throws(Refusal) -> [UInt8]
) throws {
    guard let recoded = try? recode() else { return }
    try hold(recoded == bytes, "\(what): \(bytes.hex) was taken and is written \(recoded.hex)")
}
