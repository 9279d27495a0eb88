// What happens next: events drawn from a seed, each kind with a weight of its own.

package enum SimulationEvent: Hashable, Sendable {
    /// A local client's transaction.
    case write(Int)
    /// A local client's transaction, which it leaves open: its next one goes on with it.
    case leaveOpen(Int)
    /// A local client writes with its triggers off.
    case escape(Int)
    /// A node goes on with its audit of capture.
    case audit(Int)
    case seal(Int)
    case round(Int, with: Int)
    /// A message that was late, or is shown again, arrives.
    case lateMessage
    /// The process ends between two steps, and starts again.
    case restart(Int)
    /// The process seals and dies before its fence is raised.
    case crashBeforeFence(Int)
    case backUp(Int)
    /// An old backup is put back: declared by `restore`, or noticed by the fence.
    case restore(Int, isDeclared: Bool)
    /// The whole machine is set back, fence and all: nobody can know but the peers.
    case restoreSnapshot(Int)
    case clockJump(Int, milliseconds: Int64)
    case clockFreeze(Int)
    case clockSetRight(Int)
    case partition([Int])
    case cutLink(from: Int, to: Int)
    case slowPeer(Int)
    case mendNetwork
    /// A node takes no part in rounds for so many steps.
    case leave(Int, steps: Int)
    /// A node takes the newer catalog.
    case upgrade(Int)
    case resolve(Int)
    /// A resolution of a conflict as it was shown a long time ago, perhaps elsewhere.
    case resolveStale(Int)
    case undo(Int)
    /// The lying member makes something up and hands it to a node.
    case lie(to: Int)
    /// The federation ends the lying member's incarnation, or lets it go on again; a node is the first to hear of it.
    case close(at: Int)
    /// A node checks itself.
    case verify(Int)
}

/// Draws events.
package struct Schedule: Sendable {
    private var generator: SeededGenerator
    private let nodes: Int
    private let hasLiar: Bool
    private let allowsForks: Bool
    /// What follows from the last event.
    private var queued: [SimulationEvent] = []

    package init(_ generator: SeededGenerator, nodes: Int, hasLiar: Bool, allowsForks: Bool) {
        self.generator = generator
        self.nodes = nodes
        self.hasLiar = hasLiar
        self.allowsForks = allowsForks
    }

    package mutating func next() -> SimulationEvent {
        if !queued.isEmpty { return queued.removeFirst() }
        let event = drawn()
        // Troubles come in company: who restores once is not pleased, looks around, and restores again.
        if case .restore(let node, _) = event, generator.chance(percent: 50) {
            if generator.chance(percent: 50) { queued.append(.restart(node)) }
            if generator.chance(percent: 50) { queued.append(.seal(node)) }
            if generator.chance(percent: 50) { queued.append(.round(node, with: other(than: node))) }
            queued += [.restore(node, isDeclared: false), .write(node), .seal(node)]
            queued.append(.round(node, with: other(than: node)))
        }
        return event
    }

    private mutating func drawn() -> SimulationEvent {
        let node = generator.pick(nodes)
        switch generator.pick(1_000) {
        case 0..<364: return .write(node)
        case 364..<374: return hasLiar ? .close(at: node) : .write(node)
        case 374..<384: return .leaveOpen(node)
        case 384..<390: return .escape(node)
        case 390..<394: return .audit(node)
        case 394..<400: return .upgrade(node)
        case 400..<430: return .seal(node)
        case 430..<680: return .round(node, with: other(than: node))
        case 680..<720: return .lateMessage
        case 720..<750: return .restart(node)
        case 750..<757: return .crashBeforeFence(node)
        case 757..<772: return .backUp(node)
        case 772..<775: return .restore(node, isDeclared: true)
        case 775..<784: return .restore(node, isDeclared: false)
        case 784..<787: return allowsForks ? .restoreSnapshot(node) : .write(node)
        case 787..<797: return .clockJump(node, milliseconds: jump())
        case 797..<802: return .clockFreeze(node)
        case 802..<812: return .clockSetRight(node)
        case 812..<818: return .partition(side())
        case 818..<828: return .cutLink(from: node, to: other(than: node))
        case 828..<833: return .slowPeer(node)
        case 833..<853: return .mendNetwork
        case 853..<859: return .leave(node, steps: 10 + generator.pick(90))
        case 859..<909: return .resolve(node)
        case 909..<924: return .resolveStale(node)
        case 924..<939: return .undo(node)
        case 939..<994: return hasLiar ? .lie(to: node) : .write(node)
        default: return .verify(node)
        }
    }

    private mutating func other(than node: Int) -> Int { (node + 1 + generator.pick(nodes - 1)) % nodes }

    /// Neither nobody nor everybody.
    private mutating func side() -> [Int] {
        let side = (0..<nodes).filter { _ in generator.chance(percent: 50) }
        return side.isEmpty || side.count == nodes ? [generator.pick(nodes)] : side
    }

    /// From minutes to ten years, either way.
    private mutating func jump() -> Int64 {
        let size = [60_000, 3_600_000, 86_400_000, SimulatedClock.jumpMillisecondsMax][generator.pick(4)]
        return generator.chance(percent: 50) ? size : -size
    }
}
