// What a network does to messages, each fault by name and within bounds.

/// How often each fault strikes, in percent. One seed has one weather; `none` is the network after healing.
package struct NetworkFaults: Hashable, Sendable {
    /// The request never arrives.
    package var requestLossPercent = 0
    /// The request arrives and is acted upon; its answer does not come back.
    package var replyLossPercent = 0
    /// The request arrives twice.
    package var duplicationPercent = 0
    /// A batch arrives now and once more, much later.
    package var replayPercent = 0
    /// A batch does not arrive now, but later.
    package var delayPercent = 0
    /// Two batches of one transfer change places.
    package var reorderPercent = 0
    /// A batch ends in the middle.
    package var truncationPercent = 0
    /// A bit of a batch is turned.
    package var corruptionPercent = 0
    /// The transfer ends after this batch, without an end frame.
    package var cutPercent = 0

    package init() {}

    package static let none = NetworkFaults()

    /// The worst weather in which a federation still makes progress: a round has a dozen calls, each of which may fail,
    /// and more batches.
    package static let callPercentMax = 6
    package static let batchPercentMax = 16

    package static func drawn(using generator: inout SeededGenerator) -> NetworkFaults {
        var faults = NetworkFaults()
        let calls: [WritableKeyPath<NetworkFaults, Int>] = [
            \.requestLossPercent, \.replyLossPercent, \.duplicationPercent,
        ]
        let batches: [WritableKeyPath<NetworkFaults, Int>] = [
            \.replayPercent, \.delayPercent, \.reorderPercent, \.truncationPercent, \.corruptionPercent, \.cutPercent,
        ]
        // A third of the faults is absent: what one fault hides, another seed shows.
        for (fields, percentMax) in [(calls, callPercentMax), (batches, batchPercentMax)] {
            for field in fields where !generator.chance(percent: 33) {
                faults[keyPath: field] = 1 + generator.pick(percentMax)
            }
        }
        return faults
    }
}
