// What a descriptor says, apart from who signed it: the same for the draft that is written and the file that is read.

package import SyncCore

/// The signed fields of a descriptor.
package struct DescriptorFields: Hashable, Sendable {
    package static let tlsKeyCounts = 1...2
    package static let signingKeyCounts = 1...32
    package static let spanCounts = 1...64

    package var federation: FederationName
    package var market: Market
    /// Rises with every change.
    package var serial: UInt64
    /// Nil for a node that only dials out.
    package var endpoint: Endpoint?
    package var tls: [TLSPublicKey]
    package var signing: [SpannedKey]
    /// Ascending.
    package var require: [Suite]

    package init(
        federation: FederationName, market: Market, serial: UInt64, endpoint: Endpoint?,
        tls: [TLSPublicKey], signing: [SpannedKey], require: [Suite]
    ) {
        self.federation = federation
        self.market = market
        self.serial = serial
        self.endpoint = endpoint
        self.tls = tls
        self.signing = signing
        self.require = require
    }

    /// What holds between fields; what holds within one, the types and the reader see to.
    func checkConsistency() throws(DescriptorRefusal) {
        for (index, key) in tls.enumerated() where tls[..<index].contains(key) {
            throw .repeatedKey("tls[\(index)]")
        }
        for (index, entry) in signing.enumerated() {
            if signing[..<index].contains(where: { $0.key == entry.key }) { throw .repeatedKey("signing[\(index)]") }
        }
        for suite in require where !signing.contains(where: { $0.key.suite == suite }) {
            throw .requiredSuiteWithoutKey(suite)
        }
    }
}
