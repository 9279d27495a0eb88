// What a closure makes of the entries that a replica has applied: pure, and the same in whatever order they came.

/// What of a closed origin counts, as far as a replica can tell from what it has applied: a function of that and of the
/// closure, whatever came first.
///
/// Until a last entry is applied, whatever stands below its number may lead to it, and counts for the time being.
package struct ClosedLanes: Hashable, Sendable {
    private let ends: [EntryPlace]
    /// The last entries that are applied, and what comes before them.
    private let counted: Visibility
    /// The last entries that are not applied.
    private let awaited: [EntryPlace]

    package init(
        _ closure: Closure, in lanes: LaneTree, id: (_ lane: Int, _ sequence: UInt64) throws -> Digest?
    ) rethrows {
        var counted = Visibility()
        var awaited: [EntryPlace] = []
        for end in closure.ends {
            let lane = try lanes.lanes(of: closure.origin).first { lane in
                guard lane.holds(end.sequence) else { return false }
                let standing =
                    end.sequence == lane.headSequence ? lane.headID : try id(lane.number, end.sequence)
                return standing == end.id
            }
            if let lane {
                lanes.see(lane.number, upTo: end.sequence, &counted)
            } else {
                awaited.append(end)
            }
        }
        ends = closure.ends
        self.counted = counted
        self.awaited = awaited
    }

    /// - Parameter lane: the one that holds the entry, or will.
    package func counts(_ place: EntryPlace, on lane: Int) -> Bool {
        ends.contains(place) || counted.sees(lane: lane, place.sequence)
            || awaited.contains { place.sequence < $0.sequence }
    }

    /// Once such an entry is applied, what else counts is to be judged anew.
    package func awaits(_ place: EntryPlace) -> Bool { awaited.contains(place) }
}
