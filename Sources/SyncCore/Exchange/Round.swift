// One exchange with one peer, as a machine without I/O: an event goes in, the next command comes out.

/// How a round ended.
package struct RoundOutcome: Hashable, Sendable {
    /// Change sets that the peer took, and that we took.
    package var sent = 0
    package var received = 0
    /// Change sets that wait on either side for something they need.
    package var waiting = 0
    /// Whether both replicas are equal; nil if that cannot be compared (another frontier, root or catalog).
    package var agrees: Bool?
    /// Both stood at the same frontier at the end.
    package var isLevel = false
    /// The peer showed a head of ours above ours, signed by our own key: we were rolled back, and went on anew.
    package var recoveredFromRollback = false
    /// Changes of ours that have no effect at the peer: faulty, or not ours to make.
    package var withoutEffect = 0
    /// Origins that are known here to have forked, after the round.
    package var forkedOrigins: Set<Origin> = []

    package init() {}
}

/// Drives one round: hello → descriptors → heads → pull → push → receipts → compare (DESIGN.md section 9).
package struct Round: Hashable, Sendable {
    package enum Event: Hashable, Sendable {
        case started
        case helloReceived(mine: Hello, theirs: Hello)
        case descriptorsExchanged
        /// What the peer's heads proved about our own incarnation.
        case headsReceived(weWereRolledBack: Bool)
        case recovered
        case pulled(applied: Int, waiting: Int, more: Bool)
        case pushed(applied: Int, waiting: Int, more: Bool, withoutEffect: Int = 0)
        case receiptsExchanged
        case compared(agrees: Bool?, isLevel: Bool)
    }

    package enum Command: Hashable, Sendable {
        case sendHello
        case exchangeDescriptors
        case sendHeads
        /// Mint a new incarnation before anything else is sealed or sent.
        case recover
        case pull
        case push
        case exchangeReceipts
        case compare
        case finish(RoundOutcome)
        case refuse(Refusal)
    }

    package enum Refusal: String, Hashable, Sendable {
        case noCommonProtocol = "no_common_protocol"
        case otherFederation = "other_federation"
        case otherMarket = "other_market"
    }

    private enum Phase: Hashable, Sendable {
        case idle
        case hello
        case descriptors
        case heads
        case recovering
        case pulling
        case pushing
        case receipts
        case comparing
        case done
    }

    private let peer: Market
    private var phase = Phase.idle
    private var outcome = RoundOutcome()
    private var frontiersAreEqual = false

    package init(with peer: Market) {
        self.peer = peer
    }

    package mutating func handle(_ event: Event) -> Command {
        switch (phase, event) {
        case (.idle, .started): return go(.hello, .sendHello)
        case (.hello, .helloReceived(let mine, let theirs)): return greeted(mine, theirs)
        case (.descriptors, .descriptorsExchanged):
            // Each side has learnt what the other trusts: a second hello says so, and what can be compared now is.
            return frontiersAreEqual ? go(.comparing, .compare) : go(.heads, .sendHeads)
        case (.heads, .headsReceived(let weWereRolledBack)):
            guard weWereRolledBack else { return go(.pulling, .pull) }
            outcome.recoveredFromRollback = true
            return go(.recovering, .recover)
        case (.recovering, .recovered): return go(.pulling, .pull)
        case (.pulling, .pulled(let applied, let waiting, let more)):
            outcome.received += applied
            outcome.waiting += waiting
            // A peer that promises more and sends nothing new would keep us here for ever.
            return more && applied > 0 ? go(.pulling, .pull) : go(.pushing, .push)
        case (.pushing, .pushed(let applied, let waiting, let more, let withoutEffect)):
            outcome.withoutEffect += withoutEffect
            outcome.sent += applied
            outcome.waiting += waiting
            return more ? go(.pushing, .push) : go(.receipts, .exchangeReceipts)
        case (.receipts, .receiptsExchanged): return go(.comparing, .compare)
        case (.comparing, .compared(let agrees, let isLevel)):
            outcome.agrees = agrees
            outcome.isLevel = isLevel
            return finished()
        default:
            preconditionFailure("a round in phase \(phase) cannot take \(event)")
        }
    }

    private mutating func greeted(_ mine: Hello, _ theirs: Hello) -> Command {
        guard theirs.protocols.contains(Hello.protocolVersion) else { return go(.done, .refuse(.noCommonProtocol)) }
        guard theirs.federation == mine.federation else { return go(.done, .refuse(.otherFederation)) }
        guard theirs.market == peer else { return go(.done, .refuse(.otherMarket)) }
        frontiersAreEqual = mine.frontierHash == theirs.frontierHash
        outcome.isLevel = frontiersAreEqual
        outcome.agrees = mine.isComparable(with: theirs) ? mine.stateDigest == theirs.stateDigest : nil
        if !mine.hasSameRoot(as: theirs) { return go(.descriptors, .exchangeDescriptors) }
        return frontiersAreEqual ? finished() : go(.heads, .sendHeads)
    }

    private mutating func finished() -> Command { go(.done, .finish(outcome)) }

    private mutating func go(_ next: Phase, _ command: Command) -> Command {
        phase = next
        return command
    }
}
