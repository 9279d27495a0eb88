// What the server grants; the defaults are the protocol's (DESIGN.md section 10), tests use smaller ones.

import SyncCore

/// Limits of an `ExchangeServer`. Sizes of bodies are not here: they are the protocol's and stand in `ExchangeRoute`.
package struct ServerLimits: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        package var capacity: Double
        package var perSecond: Double

        package init(capacity: Double, perSecond: Double) {
            self.capacity = capacity
            self.perSecond = perSecond
        }
    }

    package var connections = Limits.connections
    /// Connections that have not shown a pinned key yet may not fill the house.
    package var connectionsUnknown = Limits.connections / 2
    package var connectionsPerMarket = 8
    package var headerTime: Duration = .seconds(Limits.requestHeaderSeconds)
    package var idleTime: Duration = .seconds(Limits.idleSeconds)
    package var lowSpeedBytesPerSecond = Limits.lowSpeedBytesPerSecond
    package var lowSpeedTime: Duration = .seconds(Limits.lowSpeedSeconds)
    /// How long a refused request's body is still read, so that the refusal arrives before the connection ends.
    package var lingerTime: Duration = .seconds(1)
    /// A pull winds up (`more`) after this time or these bytes.
    package var pullTime: Duration = .seconds(Limits.pullResponseSeconds)
    package var pullBytes = Limits.pullResponseBytes - Limits.batchCompressedBytesSent
    package var batchesInMemory = 2
    /// How long a push waits for its turn before it is told to come back.
    package var batchWaitTime: Duration = .seconds(20)

    package var requestBucket = Bucket(capacity: 5_000, perSecond: 500)
    package var entryBucket = Bucket(capacity: 1_000_000, perSecond: 100_000)
    /// Bytes of bodies, both ways.
    package var byteBucket = Bucket(capacity: 2e9, perSecond: 250e6)

    package init() {}
}
