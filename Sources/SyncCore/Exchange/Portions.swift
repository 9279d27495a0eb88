// A batch in portions that are applied one after another: between two of them other clients of the replica write.

extension Batch {
    /// Consecutive portions of whole groups, at least one: none of more ops or bytes than one change set may have, unless
    /// one group has.
    ///
    /// A cut stands only where a group ends. `Admission` goes from group to group and never looks ahead, so to apply the
    /// portions in their order is to apply the batch.
    package func portions(opsMax: Int = Limits.opsPerChangeSet) -> [Batch] {
        var portions: [Batch] = []
        var (portion, group) = (Size(), Size())
        var (portionStart, groupStart) = (0, 0)
        for (index, entry) in entries.enumerated() {
            group.add(entry.header)
            guard !entry.header.groupContinues else { continue }
            if portionStart < groupStart, !portion.hasRoom(for: group, opsMax) {
                portions.append(Batch(entries: Array(entries[portionStart..<groupStart])))
                (portion, portionStart) = (Size(), groupStart)
            }
            portion.add(group)
            (group, groupStart) = (Size(), index + 1)
        }
        // A group without its end will wait, and so has no size.
        if portionStart < entries.count || portions.isEmpty {
            portions.append(Batch(entries: Array(entries[portionStart...])))
        }
        return portions
    }
}

/// By what the headers say: their limits are checked as they are decoded, so sums cannot overflow.
private struct Size {
    private var ops = 0
    private var bytes = 0

    mutating func add(_ header: EnvelopeHeader) {
        ops += Int(header.opCount)
        bytes += Int(header.payloadBytes)
    }

    mutating func add(_ group: Size) {
        ops += group.ops
        bytes += group.bytes
    }

    func hasRoom(for group: Size, _ opsMax: Int) -> Bool {
        ops + group.ops <= opsMax && bytes + group.bytes <= Limits.payloadBytes
    }
}
