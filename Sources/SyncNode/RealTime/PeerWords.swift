// Where peers say to stand, in real time: what has reached one by another way need not be sent to it.

package import SyncCore
import Synchronization

/// The last word of each peer: where it stood when it began to answer a pull of ours, taken down when that pull ended. Who
/// uses it must not mind if it is older than what he knows already, nor that a peer which was set back in between takes the
/// length of a held pull to be heard.
package final class PeerWords: Sendable {
    package struct Word: Sendable {
        package let frontier: Frontier
        package let time: ContinuousClock.Instant
    }

    private let words = Mutex<[Market: Word]>([:])

    package init() {}

    package func note(_ frontier: Frontier, of market: Market) {
        let word = Word(frontier: frontier, time: .now)
        words.withLock { $0[market] = word }
    }

    /// Nil if the market has said nothing since then.
    package func last(of market: Market, after time: ContinuousClock.Instant) -> Word? {
        words.withLock { $0[market] }.flatMap { $0.time > time ? $0 : nil }
    }
}
