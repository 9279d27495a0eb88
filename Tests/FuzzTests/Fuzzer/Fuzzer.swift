// libFuzzer's program: it has a `main` of its own, and asks these two functions. https://llvm.org/docs/LibFuzzer.html

import Foundation
import SyncCore

/// `YRD_FUZZ_LIST` only prints every target and its longest input. `YRD_FUZZ_TARGET` names the target. `YRD_FUZZ_EXPAND=folder` only writes its corpus there as files, and its words as
/// a dictionary beside the folder; `YRD_FUZZ_COLLECT=folder` only prints the folder's files as lines of hexadecimal.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["YRD_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("YRD_FUZZ_TARGET must be one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
    }
    return target
}()

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
    let environment = ProcessInfo.processInfo.environment
    if environment["YRD_FUZZ_LIST"] != nil {
        for target in FuzzTarget.all { print(target.name, target.inputBytesMax) }
        exit(0)
    }
    do {
        if let folder = environment["YRD_FUZZ_EXPAND"] {
            try CorpusFolder(folder).expand(target)
            exit(0)
        }
        if let folder = environment["YRD_FUZZ_COLLECT"] {
            try CorpusFolder(folder).collect(except: Set(target.samples() + Corpus.finds(target)))
            exit(0)
        }
        try target.warmUp()
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}
