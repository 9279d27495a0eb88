// What is thrown at the federation, and when: a pure function of a seed.

import SyncSimulation

/// A list of blows. Real processes are not deterministic: a seed repeats the plan, not what it meets.
struct StormPlan {
    enum Blow {
        /// SIGKILL to all of these at once; they are started again after a while.
        case kill([Target], awaySeconds: Double)
        /// Two markets cannot reach each other.
        case part(String, String, seconds: Double)
    }

    enum Target: Hashable {
        case daemon(String)
        case client(String, Client)
    }

    /// Programs beside a daemon; `rawValue` is how ledgers are named.
    enum Client: String, CaseIterable {
        /// Writes with Python's sqlite3 module.
        case python
        /// Writes with the sqlite3 shell.
        case shell
        /// Runs yrdsync's commands.
        case admin
        /// Looks for half-done things.
        case reader
    }

    private(set) var blows: [(atSeconds: Double, blow: Blow)] = []
    /// After the last blow.
    let seconds: Double

    /// - Parameter kills: how many processes are killed at least.
    init(seed: UInt64, kills: Int, markets: [String]) {
        var chance = SeededGenerator(seed: seed)
        var at = 3.0
        var count = 0
        var upFrom: [Target: Double] = [:]
        while count < kills {
            at += 0.4 + 1.6 * chance.share()
            // Half are started again at once.
            let away = chance.chance(percent: 50) ? 0 : 5 * chance.share()
            let targets: [Target]
            switch chance.pick(100) {
            case ..<14:
                let pair = markets.shuffled(using: &chance).prefix(2)
                blows.append((at, .part(pair[0], pair[1], seconds: 1 + 7 * chance.share())))
                continue
            case ..<18: targets = markets.map { .daemon($0) }
            case ..<67: targets = [.daemon(chance.pick(from: markets))]
            default:
                let client = chance.pick(from: [Client.python, .python, .shell, .shell, .admin])
                targets = [.client(chance.pick(from: markets), client)]
            }
            // Nobody is killed twice: who was only just to be started is given a moment.
            let standing = targets.filter { upFrom[$0, default: 0] < at }
            guard !standing.isEmpty else { continue }
            for target in standing { upFrom[target] = at + away + 0.1 }
            blows.append((at, .kill(standing, awaySeconds: away)))
            count += standing.count
        }
        seconds = at + 3
    }
}

extension SeededGenerator {
    /// 0 ..< 1.
    fileprivate mutating func share() -> Double { Double(pick(1_000_000)) / 1_000_000 }
}
