// One stage of a pipeline: work that is done on another core while what was done before is used.

import Foundation

/// Takes pieces of work, and gives back what each came to, in the order in which they were handed in. Confined to one owner;
/// if he drops it, what was not begun is not done.
///
/// Nothing here bounds what waits: the owner hands in only so much ahead of what he takes.
package final class Stage<Input: Sendable, Output: Sendable> {
    package enum Order: Sendable {
        /// A piece is begun when the one before it is done.
        case serial
        /// Pieces do not depend on each other: the owner does one himself instead of waiting, and what waits alone always.
        case any
    }

    private let bench: Bench<Input, Output>
    private let name: String
    private let order: Order
    private var hasThread = false

    package init(_ name: String, _ order: Order, _ work: @escaping @Sendable (Input) -> Output) {
        self.name = name
        self.order = order
        bench = Bench(order, work)
    }

    deinit { bench.close() }

    package func submit(_ input: Input) {
        let waiting = bench.add(input)
        guard !hasThread, order == .serial || waiting > 1 else { return }
        hasThread = true
        Thread.detachNewThread { [bench, name] in
            // A name that is given before a thread runs is lost on Linux.
            Thread.current.name = name
            bench.workUntilClosed()
        }
    }

    /// What the oldest piece came to that was not taken yet; nil if all were. Waits until it is done.
    package func take() -> Output? { bench.take() }
}

/// What the owner and the worker share.
///
/// `@unchecked`: whatever varies is touched under the condition's lock alone.
private final class Bench<Input: Sendable, Output: Sendable>: @unchecked Sendable {
    private let order: Stage<Input, Output>.Order
    private let work: @Sendable (Input) -> Output
    private let condition = NSCondition()
    /// Not begun; the number of the first of them.
    private var inputs: [Input] = []
    private var firstInput = 0
    /// By number.
    private var outputs: [Int: Output] = [:]
    private var taken = 0
    private var isClosed = false

    init(_ order: Stage<Input, Output>.Order, _ work: @escaping @Sendable (Input) -> Output) {
        self.order = order
        self.work = work
    }

    /// How many are not begun now.
    func add(_ input: Input) -> Int {
        condition.withLock {
            inputs.append(input)
            condition.signal()
            return inputs.count
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            inputs = []
            condition.signal()
        }
    }

    func workUntilClosed() {
        while let (number, input) = next() {
            let output = work(input)
            condition.withLock {
                outputs[number] = output
                condition.signal()
            }
        }
    }

    private func next() -> (Int, Input)? {
        condition.withLock {
            while inputs.isEmpty, !isClosed { condition.wait() }
            return isClosed ? nil : begin()
        }
    }

    private func begin() -> (Int, Input) {
        defer { firstInput += 1 }
        return (firstInput, inputs.removeFirst())
    }

    func take() -> Output? {
        while true {
            let found: (output: Output?, own: (Int, Input)?) = condition.withLock {
                while true {
                    if let output = outputs.removeValue(forKey: taken) {
                        taken += 1
                        return (output, nil)
                    }
                    if taken == firstInput + inputs.count { return (nil, nil) }
                    if order == .any, !inputs.isEmpty { return (nil, begin()) }
                    condition.wait()
                }
            }
            guard let (number, input) = found.own else { return found.output }
            let output = work(input)
            condition.withLock { outputs[number] = output }
        }
    }
}
