import Foundation
import Pipelining
import Synchronization
import Testing

struct StageTests {
    @Test(arguments: [Stage<Int, Int>.Order.serial, .any])
    func resultsComeInTheOrderOfThePieces(_ order: Stage<Int, Int>.Order) {
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

    @Test func ofASerialStageNoPieceIsBegunBeforeTheLastIsDone() {
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
    @Test func whoWaitsForPiecesThatDoNotDependOnEachOtherDoesOneHimself() {
        let secondIsDone = DispatchSemaphore(value: 0)
        let stage = Stage<Int, Bool>("pair", .any) { number in
            let isOwner = Thread.current.name != "pair"
            if isOwner { secondIsDone.signal() } else { secondIsDone.wait() }
            return isOwner
        }
        stage.submit(0)
        stage.submit(1)
        let isOwner = [stage.take(), stage.take()]
        #expect(isOwner.contains(true))
        secondIsDone.signal()
    }

    @Test func whatWasNotBegunIsNotDoneOnceTheOwnerIsGone() {
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
