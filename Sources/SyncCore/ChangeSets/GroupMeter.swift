// How the changes of one instant become change sets of one group.

/// Counts what goes into the change set and the group that are being filled, and says when each must end.
///
/// The sealer knows only that another change follows, not how many; so a group ends as soon as another full change set
/// might carry it over its limit.
package struct GroupMeter: Hashable, Sendable {
    package struct Bounds: Hashable, Sendable {
        package var opsPerSet = Limits.opsPerChangeSet
        package var bytesPerSet = Limits.payloadBytes
        package var changesPerGroup = Limits.groupChanges
        package var bytesPerGroup = Limits.groupBytes

        package init() {}
    }

    private let bounds: Bounds
    private let notesPerSet: Int
    private let noteBytes: Int
    private var setChanges = 0
    private var setBytes = 0
    /// Notes too, those of every change set: whoever receives the group counts ops.
    private var groupOps = 0
    private var groupBytes = 0

    /// - Parameters:
    ///   - notesPerSet: how many notes each change set carries beside its changes, and their bytes together.
    package init(notesPerSet: Int = 0, noteBytes: Int = 0, bounds: Bounds = Bounds()) {
        self.notesPerSet = notesPerSet
        self.noteBytes = noteBytes
        self.bounds = bounds
    }

    /// Whether the change set must be closed before a change of this size is added.
    package func mustCloseSet(before changeBytes: Int) -> Bool {
        setChanges > 0
            && (setChanges + notesPerSet == bounds.opsPerSet
                || setBytes + noteBytes + changeBytes > bounds.bytesPerSet)
    }

    package mutating func add(changeBytes: Int) {
        setChanges += 1
        setBytes += changeBytes
    }

    /// Ends the change set because another change follows. True: that one belongs to the same group.
    package mutating func closeSet() -> Bool {
        groupOps += setChanges + notesPerSet
        groupBytes += setBytes + noteBytes
        (setChanges, setBytes) = (0, 0)
        let continues =
            groupOps + bounds.opsPerSet <= bounds.changesPerGroup
            && groupBytes + bounds.bytesPerSet <= bounds.bytesPerGroup
        if !continues { (groupOps, groupBytes) = (0, 0) }
        return continues
    }
}
