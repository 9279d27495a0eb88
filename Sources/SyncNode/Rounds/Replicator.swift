// One owner of the replica inside a daemon: every transaction is one synchronous call of this actor.

package actor Replicator {
    private let node: LocalNode

    package init(_ node: sending LocalNode) {
        self.node = node
    }

    /// Runs one piece of work on the node. No `await` inside.
    package func run<Value: Sendable>(_ body: @Sendable (LocalNode) throws -> Value) rethrows -> Value {
        try body(node)
    }
}
