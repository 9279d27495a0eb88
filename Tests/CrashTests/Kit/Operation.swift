// What is done while the disk fails: a replica as it stands before, and steps, each of which acknowledges something.

import ForeignSQL

/// A step that has returned is acknowledged: nothing of it may ever be lost.
struct Step {
    let name: String
    /// Once it has taken effect it is not done again, as a client that finds its row there does not insert it.
    let isOnce: Bool
    /// What the step may commit on its way, each from the state before it: between two transactions a crash may fall.
    let milestones: [(CrashNode) throws -> Void]
    /// What `verify` says afterwards, rightly: codes.
    let findings: [String]
    let run: (CrashNode) throws -> Void

    init(
        _ name: String, isOnce: Bool = false, milestones: [(CrashNode) throws -> Void] = [], findings: [String] = [],
        _ run: @escaping (CrashNode) throws -> Void
    ) {
        self.name = name
        self.isOnce = isOnce
        self.milestones = milestones
        self.findings = findings
        self.run = run
    }

    /// A foreign program's transaction.
    static func client(_ statements: String, findings: [String] = []) -> Step {
        Step("client: \(statements.prefix(30))…", isOnce: true, findings: findings) {
            try $0.client.runOrRollBack("BEGIN; \(statements); COMMIT")
        }
    }

    static var seal: Step { Step("seal") { try $0.seal() } }
}

struct Operation {
    var name: String
    let image: Image
    let steps: [Step]
    /// What `verify` says before: codes.
    var findings: [String] = []
    /// Whether the replica and a foreign program have the file open before anything fails.
    var beginsOpen = true
    /// What a foreign program does between a failure and the next try: so that the second try is another than the first.
    var meanwhile: ((CrashNode) throws -> Void)?
    /// Files beside the replica that the steps make.
    var files: [String] = []
    /// Frames in the WAL after which a commit also checkpoints: small, so that checkpoints take part.
    var checkpointEvery = 24
    /// As with a transaction larger than any cache: pages go to the disk before the commit, and are read again.
    var hasSmallCache = false
    /// Every so manieth call only, where one run takes long.
    var stride = 1

    var market: String { "shanghai" }

    func withSmallCache(stride: Int = 1) -> Operation {
        var operation = self
        operation.name += ", small cache"
        operation.hasSmallCache = true
        operation.stride = stride
        return operation
    }
}
