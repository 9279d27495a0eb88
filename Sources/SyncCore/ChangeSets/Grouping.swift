// How the changes of one instant become change sets of one group.

/// Splits encoded changes at the limits of a change set, and groups at the limits of a group.
package enum Grouping {
    /// One change set's share: indices into the changes.
    package struct Part: Hashable, Sendable {
        package let range: Range<Int>
        /// The next part belongs to the same instant.
        package let continues: Bool
    }

    /// - Parameters:
    ///   - sizes: bytes of each encoded change, in order.
    ///   - notes: how many notes each change set carries beside its changes.
    package static func parts(
        sizes: [Int], notes: Int = 0,
        changesPerSet: Int = Limits.opsPerChangeSet, bytesPerSet: Int = Limits.payloadBytes,
        changesPerGroup: Int = Limits.groupChanges, bytesPerGroup: Int = Limits.groupBytes
    ) -> [Part] {
        var ranges: [Range<Int>] = []
        var start = 0
        var bytes = 0
        for (index, size) in sizes.enumerated() {
            if index > start, index - start + notes == changesPerSet || bytes + size > bytesPerSet {
                ranges.append(start..<index)
                start = index
                bytes = 0
            }
            bytes += size
        }
        if start < sizes.count { ranges.append(start..<sizes.count) }

        var parts: [Part] = []
        var groupChanges = 0
        var groupBytes = 0
        for (position, range) in ranges.enumerated() {
            groupChanges += range.count
            groupBytes += sizes[range].reduce(0, +)
            let next = position + 1 < ranges.count ? ranges[position + 1] : 0..<0
            let continues =
                !next.isEmpty && groupChanges + next.count <= changesPerGroup
                && groupBytes + sizes[next].reduce(0, +) <= bytesPerGroup
            parts.append(Part(range: range, continues: continues))
            if !continues { (groupChanges, groupBytes) = (0, 0) }
        }
        return parts
    }
}
