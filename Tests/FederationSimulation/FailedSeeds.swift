// Seeds on which production code ever failed. They run first, in CI and in every soak.

package enum FailedSeeds {
    package static let all: [UInt64] = [
        9, 11, 17, 18,  // RollbackRule: a backup that was put back twice gave a sequence number to two change sets.
        2010, 2147,  // Admission: an entry of a group was applied before what its own context names.
        30428,  // SettledRecords: a write past capture, to a unit that nobody had written, was overwritten unseen.
    ]
}
