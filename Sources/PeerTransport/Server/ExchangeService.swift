// What a node does for its peers. Ring 2 implements it; the transport only carries it.

package import SyncCore

/// The answers of a node. `market` is always the market of the caller's pinned key, looked up for this very request.
/// Throws `ExchangeRefusal` to refuse; any other error is logged here and answered with 500 and no details.
package protocol ExchangeService: Sendable {
    /// `hello.market` equals `market`: the server has checked it.
    func hello(_ hello: Hello, from market: Market) async throws -> Hello

    func heads(_ frontier: Frontier, from market: Market) async throws -> HeadsReply

    /// Nil when there is nothing to send by the time `waitSeconds` have passed. The task is cancelled when the caller goes
    /// away or the server stops: throwing `CancellationError` then means nil.
    func pull(_ request: PullRequest, from market: Market, waitSeconds: Int) async throws -> PullStream?

    /// Returns after the commit. At most one batch a peer and two a node are under way at a time.
    func push(_ batch: Batch, from market: Market) async throws -> PushReply

    func receipts(_ receipt: SignedStatement, from market: Market) async throws -> SignedStatement

    func compare(_ request: CompareRequest, from market: Market) async throws -> CompareReply

    /// YAML documents in and out; nil where the caller offers none (GET).
    func descriptors(_ offered: [UInt8]?, from market: Market) async throws -> [UInt8]

    func root(_ version: UInt64, from market: Market) async throws -> [UInt8]

    /// The stored entry; `id`, the first half of an entry's id, tells branches of a forked origin apart.
    func entry(_ dot: Dot, id: ID16?, from market: Market) async throws -> [UInt8]
}

/// The frames of one pull, made one at a time as the caller takes them: the next is not asked for before the last has left
/// this process, so a slow caller costs one frame of memory.
package struct PullStream: Sendable {
    /// The next frame; nil after the last, which is an `.end`. With `windUp` the server wants no more batches (it stops, or
    /// the response has become long enough): answer with `.end(more: true, …)`, or nil if that was sent.
    package let next: @Sendable (_ windUp: Bool) async throws -> ExchangeFrame?

    package init(next: @escaping @Sendable (_ windUp: Bool) async throws -> ExchangeFrame?) {
        self.next = next
    }
}
