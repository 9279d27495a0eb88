// What a long run must have met: a fault that never strikes tests nothing, and nobody would notice.

package import SyncSimulation

package enum Required {
    /// Below so many seeds chance alone may leave something out.
    package static let seedsMin = 200

    private static let faults = [
        "request lost", "reply lost", "request duplicated", "batch delayed", "batch replayed late", "batches reordered",
        "batch truncated", "batch corrupted", "transfer cut", "transfer cut at a slow peer", "partition, full",
        "partition, one way", "message met a cut link", "late message", "node away", "restart", "crash before fence",
        "process died", "restore, declared", "restore, undeclared", "restore, fence and all", "clock jump",
        "clock jump, ten years", "clock freeze", "transaction rolled back", "transaction left open",
        "step held up by an open transaction", "statement refused by a guard", "write with triggers off: INSERT",
        "write with triggers off: UPDATE", "write with triggers off: DELETE",
    ]

    /// Those that are never applied have no verdict in any log.
    private static let lies =
        ["gap", "fork", "context names nothing", "group without end", "wrong signature", "altered op"].map {
            "lie: \($0)"
        }
        + [
            "unauthorised unit", "unauthorised delete", "garbage op", "context fell", "context names itself",
            "absurd clock", "group", "group with two contexts", "unknown type and unit", "value that does not fit",
            "keep of the unseen", "false resolution", "plain write", "void",
        ].map { "lie judged: \($0)" }

    private static let outcomes = [
        "catalog upgraded", "change set", "change set travelled", "group of several change sets",
        "unit followed into its change set", "delete followed into its change set", "new incarnation", "fork proved",
        "change set lost with its only disk", "conflict opened",
        "conflict open at the end", "conflict resolved", "resolution refused", "resolution undone",
        "pair of nodes compared meanwhile", "trust root adopted", "personal columns encrypted",
        "personal columns under another key", "personal columns in the clear again",
    ]

    /// What a run has not met, by name.
    package static func missing(in tally: Tally) -> [String] {
        (faults + lies + outcomes).filter { tally[$0] == 0 }
    }
}
