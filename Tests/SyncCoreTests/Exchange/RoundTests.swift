// One exchange with one peer, event by event.

import Testing

@testable import SyncCore

@Suite("Round")
struct RoundTests {
    private static func hello(_ market: String, frontier: UInt64 = 1, root: UInt64 = 0, state: UInt64 = 1) -> Hello {
        Hello(
            federation: "yrd", market: Market(market)!, incarnation: .zero, rootVersion: root, rootHash: .zero,
            catalogHash: .zero, frontierHash: Digest(words: (frontier, 0, 0, 0)),
            stateDigest: Digest(words: (state, 0, 0, 0)), software: "test")
    }

    private static func greet(_ theirs: Hello) -> (Round, Round.Command) {
        var round = Round(with: Market("jiangsu")!)
        #expect(round.handle(.started) == .sendHello)
        let command = round.handle(.helloReceived(mine: hello("shanghai"), theirs: theirs))
        return (round, command)
    }

    @Test func `equal hashes end the round at hello`() {
        var outcome = RoundOutcome()
        outcome.agrees = true
        outcome.isLevel = true
        #expect(Self.greet(Self.hello("jiangsu")).1 == .finish(outcome))
    }

    @Test func `equal frontiers with another digest end the round and say so`() {
        var outcome = RoundOutcome()
        outcome.agrees = false
        outcome.isLevel = true
        #expect(Self.greet(Self.hello("jiangsu", state: 2)).1 == .finish(outcome))
    }

    /// Under another catalog the same entries may show something else; that is no fault, and no agreement either.
    @Test func `digests under two catalogs are not compared`() {
        var outcome = RoundOutcome()
        outcome.agrees = nil
        outcome.isLevel = true
        for state in [1, 2] as [UInt64] {
            var theirs = Self.hello("jiangsu", state: state)
            theirs.catalogHash = Digest(words: (7, 7, 7, 7))
            #expect(Self.greet(theirs).1 == .finish(outcome))
        }
    }

    @Test func `another protocol, federation or market is refused`() {
        var theirs = Self.hello("jiangsu")
        theirs.protocols = [2, 3]
        #expect(Self.greet(theirs).1 == .refuse(.noCommonProtocol))
        theirs = Self.hello("jiangsu")
        theirs.federation = "other"
        #expect(Self.greet(theirs).1 == .refuse(.otherFederation))
        #expect(Self.greet(Self.hello("anhui")).1 == .refuse(.otherMarket))
        theirs.protocols = [0, 1, .max, .min]
        theirs.federation = "yrd"
        #expect(Self.greet(theirs).1 != .refuse(.noCommonProtocol))
    }

    @Test func `a full round pulls, pushes, exchanges receipts and compares`() {
        var (round, command) = Self.greet(Self.hello("jiangsu", frontier: 2))
        #expect(command == .sendHeads)
        #expect(round.handle(.headsReceived(weWereRolledBack: false)) == .pull)
        #expect(round.handle(.pulled(applied: 5, waiting: 1, more: true)) == .pull)
        #expect(round.handle(.pulled(applied: 2, waiting: 0, more: false)) == .push)
        #expect(round.handle(.pushed(applied: 3, waiting: 0, more: true)) == .push)
        #expect(round.handle(.pushed(applied: 1, waiting: 0, more: false)) == .exchangeReceipts)
        command = round.handle(.receiptsExchanged)
        #expect(command == .compare)
        var outcome = RoundOutcome()
        (outcome.received, outcome.sent, outcome.waiting, outcome.agrees) = (7, 4, 1, true)
        outcome.isLevel = true
        #expect(round.handle(.compared(agrees: true, isLevel: true)) == .finish(outcome))
    }

    /// A root may end what another counts: two digests under two roots are of two things.
    @Test func `digests are comparable at one frontier, one root and one catalog alone`() {
        let mine = Self.hello("shanghai")
        #expect(mine.isComparable(with: Self.hello("jiangsu", state: 2)))
        #expect(!mine.isComparable(with: Self.hello("jiangsu", frontier: 2)))
        #expect(!mine.isComparable(with: Self.hello("jiangsu", root: 1)))
        var theirs = Self.hello("jiangsu")
        theirs.rootHash = Digest(words: (7, 7, 7, 7))
        #expect(!mine.isComparable(with: theirs))
        theirs = Self.hello("jiangsu")
        theirs.catalogHash = Digest(words: (7, 7, 7, 7))
        #expect(!mine.isComparable(with: theirs))
    }

    @Test func `another root exchanges descriptors first`() {
        var (round, command) = Self.greet(Self.hello("jiangsu", frontier: 2, root: 1))
        #expect(command == .exchangeDescriptors)
        #expect(round.handle(.descriptorsExchanged) == .sendHeads)
        (round, command) = Self.greet(Self.hello("jiangsu", root: 1))
        #expect(command == .exchangeDescriptors)
        // One frontier but two roots: nothing travels, and a second hello says whether they can be compared now.
        var outcome = RoundOutcome()
        outcome.isLevel = true
        #expect(round.handle(.descriptorsExchanged) == .compare)
        #expect(round.handle(.compared(agrees: outcome.agrees, isLevel: true)) == .finish(outcome))
    }

    @Test func `who was rolled back recovers before anything is pulled`() {
        var (round, _) = Self.greet(Self.hello("jiangsu", frontier: 2))
        #expect(round.handle(.headsReceived(weWereRolledBack: true)) == .recover)
        #expect(round.handle(.recovered) == .pull)
    }

    @Test func `a peer that promises more and sends nothing new does not keep us`() {
        var (round, _) = Self.greet(Self.hello("jiangsu", frontier: 2))
        #expect(round.handle(.headsReceived(weWereRolledBack: false)) == .pull)
        #expect(round.handle(.pulled(applied: 0, waiting: 9, more: true)) == .push)
    }
}
