// What the parts of a daemon share of real time.

import SyncCore

/// Who waits for this node's frontier to advance, where its peers said to stand, and with whom real time holds: one of
/// each node, known to what answers peers, to what visits them, and to each link.
package struct RealTime: Sendable {
    package let advances: FrontierAdvances
    package let words = PeerWords()
    package let pulse: LinkPulse

    init(of market: Market, _ directory: NodeDirectory) {
        advances = FrontierAdvances(of: market)
        pulse = LinkPulse(directory)
    }
}
