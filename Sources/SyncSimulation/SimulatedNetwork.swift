// The network between nodes, as a value: what becomes of a message is drawn from the seed.

/// What becomes of one request and its answer.
package enum CallFate: Hashable, Sendable {
    case answered
    case lost
    /// The other side acted; the caller never learns of it.
    case replyLost
    /// The other side gets the same request twice.
    case answeredTwice
}

/// A batch on its way, or to be shown again.
package struct LateMessage: Hashable, Sendable {
    package let from: Int
    package let to: Int
    package let bytes: [UInt8]
}

/// Links between numbered nodes, and the messages that are late.
package struct SimulatedNetwork: Sendable {
    package private(set) var faults: NetworkFaults
    private var generator: SeededGenerator
    /// Cut links, by `from` and `to`: a one-way partition has one of the two.
    private var cutLinks: Set<[Int]> = []
    /// A slow peer is cut off after one batch.
    private var slowNodes: Set<Int> = []
    private var late: [LateMessage] = []
    package private(set) var tally = Tally()

    /// The oldest is forgotten beyond this.
    package static let lateMessagesMax = 64

    package init(faults: NetworkFaults, _ generator: SeededGenerator) {
        self.faults = faults
        self.generator = generator
    }

    // MARK: Weather

    package mutating func cut(from: Int, to: Int) {
        cutLinks.insert([from, to])
        tally.count("partition, one way")
    }

    /// Every link between the two sides.
    package mutating func partition(_ side: [Int], nodes: Int) {
        for one in 0..<nodes {
            for other in 0..<nodes where side.contains(one) != side.contains(other) { cutLinks.insert([one, other]) }
        }
        tally.count("partition, full")
    }

    package mutating func slowDown(_ node: Int) {
        slowNodes.insert(node)
    }

    /// Links are whole again; the weather stays.
    package mutating func mend() {
        cutLinks = []
        slowNodes = []
    }

    /// Everything is well from here on. Messages that are late may still come.
    package mutating func heal() {
        mend()
        faults = .none
    }

    // MARK: Messages

    package mutating func call(from: Int, to: Int) -> CallFate {
        if isCut(from: from, to: to) || strikes(faults.requestLossPercent, "request lost") { return .lost }
        if isCut(from: to, to: from) || strikes(faults.replyLossPercent, "reply lost") { return .replyLost }
        return strikes(faults.duplicationPercent, "request duplicated") ? .answeredTwice : .answered
    }

    private mutating func isCut(from: Int, to: Int) -> Bool {
        guard cutLinks.contains([from, to]) else { return false }
        tally.count("message met a cut link")
        return true
    }

    /// What arrives of the batches of one transfer, in order, and whether the transfer ended as it should.
    ///
    /// - Parameter moreFollows: whether the sender has more than these to send.
    package mutating func carry(
        _ batches: [[UInt8]], moreFollows: Bool = false, from: Int, to: Int
    ) -> (arrived: [[UInt8]], isWhole: Bool) {
        var order = batches
        if order.count > 1, strikes(faults.reorderPercent, "batches reordered") {
            let place = generator.pick(order.count - 1)
            order.swapAt(place, place + 1)
        }
        var arrived: [[UInt8]] = []
        for batch in order {
            if strikes(faults.delayPercent, "batch delayed") {
                keep(LateMessage(from: from, to: to, bytes: batch))
                continue
            }
            if strikes(faults.replayPercent, "batch replayed late") {
                keep(LateMessage(from: from, to: to, bytes: batch))
            }
            arrived.append(damaged(batch))
            if slowNodes.contains(from) || slowNodes.contains(to), batches.count > 1 || moreFollows {
                tally.count("transfer cut at a slow peer")
                return (arrived, false)
            }
            if strikes(faults.cutPercent, "transfer cut") { return (arrived, false) }
        }
        return (arrived, true)
    }

    private mutating func damaged(_ batch: [UInt8]) -> [UInt8] {
        guard !batch.isEmpty else { return batch }
        if strikes(faults.truncationPercent, "batch truncated") {
            return Array(batch.prefix(generator.pick(batch.count)))
        }
        guard strikes(faults.corruptionPercent, "batch corrupted") else { return batch }
        var bytes = batch
        bytes[generator.pick(bytes.count)] ^= UInt8(1 << generator.pick(8))
        return bytes
    }

    private mutating func keep(_ message: LateMessage) {
        late.append(message)
        if late.count > Self.lateMessagesMax { late.removeFirst() }
    }

    /// One of the late messages, if its link is whole.
    package mutating func takeLate() -> LateMessage? {
        guard !late.isEmpty else { return nil }
        let message = late.remove(at: generator.pick(late.count))
        return cutLinks.contains([message.from, message.to]) ? nil : message
    }

    private mutating func strikes(_ percent: Int, _ name: String) -> Bool {
        guard percent > 0, generator.chance(percent: percent) else { return false }
        tally.count(name)
        return true
    }
}
