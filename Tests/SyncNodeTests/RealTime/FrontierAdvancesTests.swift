// Waiting for the frontier to advance: woken by what is news, by nothing else, and never for ever.

import Foundation
import SyncCore
import Testing

@testable import SyncNode

@Suite("Waiting for the frontier to advance", .timeLimit(.minutes(30)))
struct FrontierAdvancesTests {
    private static let shanghai = Market("shanghai")!
    private static let jiangsu = Market("jiangsu")!
    private static let anhui = Market("anhui")!
    private static let zhejiang = Market("zhejiang")!

    /// Far beyond what any of these waits needs; one that is not woken ends then, with nothing.
    private static var late: ContinuousClock.Instant { .now + .seconds(60) }

    private func bounds(perMarket: Int = 2, inAll: Int = 48) -> FrontierAdvances.Bounds {
        var bounds = FrontierAdvances.Bounds()
        bounds.perMarket = perMarket
        bounds.inAll = inAll
        return bounds
    }

    /// A wait under way.
    private func waiting(
        _ advances: FrontierAdvances, _ market: Market, since count: UInt64? = nil,
        until deadline: ContinuousClock.Instant = late
    ) async -> Task<FrontierAdvances.Wake, any Error> {
        let before = advances.waiting
        let task = Task {
            try await advances.wait(for: market, since: count ?? advances.count(for: market), until: deadline)
        }
        await eventually { advances.waiting > before }
        return task
    }

    private func eventually(_ condition: () -> Bool) async {
        for _ in 0..<3_000 where !condition() { try? await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }

    @Test func `an advance wakes everybody who waits`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai)
        let one = await waiting(advances, Self.jiangsu)
        let other = await waiting(advances, Self.anhui)
        advances.note(from: nil)
        #expect(try await one.value == .advanced)
        #expect(try await other.value == .advanced)
        #expect(advances.waiting == 0)
    }

    @Test func `an advance between the look and the wait is not missed`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai)
        let seen = advances.count(for: Self.jiangsu)
        advances.note(from: nil)
        let wake = try await advances.wait(for: Self.jiangsu, since: seen, until: Self.late)
        #expect(wake == .advanced)
    }

    @Test func `what a market gave us is no news to it, and is passed on to the others a moment later`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, relayDelay: .milliseconds(1))
        let author = await waiting(advances, Self.jiangsu)
        let other = await waiting(advances, Self.anhui)
        let seen = advances.count(for: Self.jiangsu)
        for _ in 0..<5 { advances.note(from: Self.jiangsu) }
        #expect(try await other.value == .advanced)
        #expect(advances.count(for: Self.jiangsu) == seen)
        #expect(advances.waiting == 1, "the author still waits")
        advances.note(from: nil)
        #expect(try await author.value == .advanced)
    }

    @Test func `what several give us at a time is passed on at once, to each what the others gave`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, relayDelay: .milliseconds(100))
        let (before, beforeOther) = (advances.count(for: Self.zhejiang), advances.count(for: Self.jiangsu))
        for _ in 0..<100 {
            advances.note(from: Self.jiangsu)
            advances.note(from: Self.anhui)
        }
        await eventually { advances.count(for: Self.zhejiang) > before }
        await eventually { advances.count(for: Self.jiangsu) > beforeOther }
        try await Task.sleep(for: .milliseconds(300))
        // On a machine that stops for a while the hundred may fall into more than one piece, not into many.
        #expect((2...20).contains(advances.count(for: Self.zhejiang) - before))
        #expect(advances.count(for: Self.jiangsu) - beforeOther < advances.count(for: Self.zhejiang) - before)
    }

    @Test func `of a gift those hear first whom we tell, then those who most likely tell us`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, relayDelay: .seconds(2))
        let counts = { [Self.anhui, Self.zhejiang].map { advances.count(for: $0) } }
        let before = counts()
        let later = await waiting(advances, Self.anhui)
        let sooner = await waiting(advances, Self.zhejiang)
        advances.note(from: Self.jiangsu)
        #expect(try await sooner.value == .advanced)
        #expect(advances.waiting == 1, "the other waits still")
        #expect(try await later.value == .advanced)
        #expect(zip(before, counts()).allSatisfy { $0 + 1 == $1 }, "each of them was told once")
    }

    @Test func `a peer's word counts from when it was said, and the last one only`() {
        let words = PeerWords()
        let start = ContinuousClock.now
        #expect(words.last(of: Self.anhui, after: start) == nil)
        words.note(.empty, of: Self.anhui)
        let row = Row(origin: Origin(market: Self.anhui, incarnation: .zero), sequence: 7, idPrefix: .zero)
        words.note(Frontier(rows: [row]), of: Self.anhui)
        let word = words.last(of: Self.anhui, after: start)
        #expect(word?.frontier.rows == [row])
        #expect(words.last(of: Self.anhui, after: word!.time) == nil)
        #expect(words.last(of: Self.zhejiang, after: start) == nil)
    }

    @Test func `a wait ends with nothing when its time is up`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai)
        let wake = try await advances.wait(
            for: Self.jiangsu, since: 0, until: .now + .milliseconds(20))
        #expect(wake == .nothing)
        #expect(advances.waiting == 0)
    }

    @Test func `a cancelled wait ends at once and leaves its place`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, bounds: bounds(inAll: 1))
        let wait = await waiting(advances, Self.jiangsu)
        wait.cancel()
        await #expect(throws: CancellationError.self) { try await wait.value }
        #expect(advances.waiting == 0)
        #expect(!advances.isHeld(by: Self.jiangsu), "whoever went away is told by a push")
        let next = await waiting(advances, Self.anhui)
        advances.note(from: nil)
        #expect(try await next.value == .advanced)
    }

    @Test func `of one market's waits the newest stand`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, bounds: bounds(perMarket: 2))
        let first = await waiting(advances, Self.jiangsu)
        let second = await waiting(advances, Self.jiangsu)
        // The third takes the place of the first, so their number does not grow.
        let third = Task {
            try await advances.wait(for: Self.jiangsu, since: 0, until: Self.late)
        }
        #expect(try await first.value == .nothing)
        await eventually { advances.waiting == 2 }
        advances.note(from: nil)
        #expect(try await second.value == .advanced)
        #expect(try await third.value == .advanced)
    }

    @Test(arguments: [1, 2, 3])
    func `no more wait than may, whoever they are`(places: Int) async throws {
        let advances = FrontierAdvances(of: Self.shanghai, bounds: bounds(inAll: places))
        var waits: [Task<FrontierAdvances.Wake, any Error>] = []
        for number in 0..<places { waits.append(await waiting(advances, Market("m\(number)")!)) }
        await #expect(throws: TooManyWaiting.self) {
            try await advances.wait(for: Self.anhui, since: 0, until: Self.late)
        }
        #expect(advances.waiting == places)
        advances.note(from: nil)
        for wait in waits { #expect(try await wait.value == .advanced) }
    }

    @Test func `our own waits, for pushing, take nobody's place`() async throws {
        let advances = FrontierAdvances(of: Self.shanghai, bounds: bounds(perMarket: 1, inAll: 1))
        let ours = Task {
            try await advances.wait(for: Self.jiangsu, holder: .ourselves, since: 0, until: Self.late)
        }
        await eventually { advances.waiting == 1 }
        #expect(!advances.isHeld(by: Self.jiangsu))
        let theirs = await waiting(advances, Self.jiangsu)
        #expect(advances.isHeld(by: Self.jiangsu))
        advances.note(from: nil)
        #expect(try await ours.value == .advanced)
        #expect(try await theirs.value == .advanced)
        #expect(advances.isHeld(by: Self.jiangsu), "it has been answered and will ask again")
    }
}
