// Work on another core: in its order, each piece once, and nothing of it left behind.

import Foundation
import Pipelining
import Synchronization
import Testing

@Suite("Stage of a pipeline")
struct StageTests {
    @Test(arguments: [Stage<Int, Int>.Order.serial, .any])
    func `results come in the order of the pieces`(_ order: Stage<Int, Int>.Order) {
        let stage = Stage<Int, Int>("squares", order) { number in
            if number % 7 == 0 { Thread.sleep(forTimeInterval: 0.001) }
            return number * number
        }
        var results: [Int] = []
        for number in 0..<200 {
            stage.submit(number)
            if number >= 5, let result = stage.take() { results.append(result) }
        }
        while let result = stage.take() { results.append(result) }
        #expect(results == (0..<200).map { $0 * $0 })
        #expect(stage.take() == nil)
        stage.submit(9)
        #expect(stage.take() == 81)
    }

    @Test func `of a serial stage no piece is begun before the one before it is done`() {
        let log = Mutex<[String]>([])
        let stage = Stage<Int, Int>("letters", .serial) { number in
            log.withLock { $0.append("begin \(number)") }
            Thread.sleep(forTimeInterval: 0.002)
            log.withLock { $0.append("end \(number)") }
            return number
        }
        for number in 0..<6 { stage.submit(number) }
        while stage.take() != nil {}
        #expect(log.withLock { $0 } == (0..<6).flatMap { ["begin \($0)", "end \($0)"] })
    }

    /// While the worker is held up by the first piece, the owner does the second; he could wait for ever otherwise.
    @Test func `who waits for pieces that do not depend on each other does one himself`() {
        let (secondIsDone, owner) = (DispatchSemaphore(value: 0), pthread_self())
        let stage = Stage<Int, Bool>("pair", .any) { _ in
            let isOwner = pthread_equal(pthread_self(), owner) != 0
            if isOwner { secondIsDone.signal() } else { secondIsDone.wait() }
            return isOwner
        }
        stage.submit(0)
        stage.submit(1)
        let isOwner = [stage.take(), stage.take()]
        #expect(isOwner.contains(true))
        secondIsDone.signal()
    }

    /// A thread would cost more than it saves: one change set, one small batch.
    @Test func `what waits alone its owner does himself, if it is one of many that may come in any order`() {
        let owner = pthread_self()
        let work: @Sendable (Int) -> Bool = { _ in pthread_equal(pthread_self(), owner) != 0 }
        let any = Stage<Int, Bool>("any", .any, work)
        for number in 0..<20 {
            any.submit(number)
            // A worker, if there were one, would have begun it.
            Thread.sleep(forTimeInterval: 0.002)
            #expect(any.take() == true)
        }
        let serial = Stage<Int, Bool>("serial", .serial, work)
        serial.submit(0)
        #expect(serial.take() == false)
    }

    @Test func `a worker has the stage's name, for whoever looks at a process`() {
        let stage = Stage<Int, String?>("reader", .serial) { _ in Thread.current.name }
        stage.submit(0)
        #expect(stage.take() == "reader")
    }

    @Test func `what was not begun is not done once the owner is gone`() {
        let begun = Mutex(0)
        let gate = DispatchSemaphore(value: 0)
        var stage: Stage<Int, Int>? = Stage("dropped", .serial) { number in
            begun.withLock { $0 += 1 }
            gate.wait()
            return number
        }
        for number in 0..<10 { stage?.submit(number) }
        while begun.withLock({ $0 }) == 0 { Thread.sleep(forTimeInterval: 0.001) }
        stage = nil
        for _ in 0..<10 { gate.signal() }
        Thread.sleep(forTimeInterval: 0.02)
        #expect(begun.withLock { $0 } == 1)
    }
}
