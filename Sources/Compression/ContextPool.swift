// A zstd context costs about a megabyte to build; a node needs as many as it has threads that compress at one moment.

import Synchronization

/// Keeps a few idle contexts. A context is used by one caller at a time and carries no state from one call to the next.
final class ContextPool: Sendable {
    private static let idleMax = 4

    /// Sendable because the pool hands a context to one caller at a time and never looks into it.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let idle = Mutex<[Context]>([])
    private let create: @Sendable () -> OpaquePointer?
    private let destroy: @Sendable (OpaquePointer) -> Int

    init(create: @escaping @Sendable () -> OpaquePointer?, destroy: @escaping @Sendable (OpaquePointer) -> Int) {
        self.create = create
        self.destroy = destroy
    }

    func withContext<Value>(_ body: (OpaquePointer) -> Value) -> Value {
        let context = idle.withLock { $0.popLast() } ?? make()
        defer { giveBack(context) }
        return body(context.pointer)
    }

    private func make() -> Context {
        guard let pointer = create() else { preconditionFailure("no memory for a zstd context") }
        return Context(pointer: pointer)
    }

    private func giveBack(_ context: Context) {
        let isKept = idle.withLock { idle in
            guard idle.count < Self.idleMax else { return false }
            idle.append(context)
            return true
        }
        if !isKept { _ = destroy(context.pointer) }
    }
}
