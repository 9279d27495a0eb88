// What the parts of a daemon share of real time.

/// Who waits for this node's frontier to advance, where its peers said to stand, and with whom real time holds: one for a
/// daemon, known to what answers peers, to what visits them, and to each link.
package struct RealTime: Sendable {
    package let advances: FrontierAdvances
    package let words = PeerWords()
    package let pulse: LinkPulse

    package init(of node: LocalNode) {
        advances = node.advances
        pulse = LinkPulse(node.directory)
    }
}
