// Progress of work that runs elsewhere: told from whatever thread it runs on.

import Synchronization

/// `@unchecked`: what is inside is touched under the lock only.
final class SharedProgress: @unchecked Sendable {
    private let lock = Mutex(())
    private let progress = Progress()

    func show(_ text: @autoclosure () -> String) { lock.withLock { _ in progress.show(text()) } }

    func clear() { lock.withLock { _ in progress.clear() } }
}
