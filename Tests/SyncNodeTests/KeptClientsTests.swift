// A daemon's clients: one a peer, as long as everything that a connection rests on stays what it was.

import PeerTransport
import PeerTrust
import SyncCore
import Testing

@testable import SyncNode

@Suite("Kept clients")
struct KeptClientsTests {
    private static let pin = Digest(words: (1, 2, 3, 4))
    private static let otherPin = Digest(words: (4, 3, 2, 1))
    private let clients = KeptClients()

    private func endpoint(
        _ market: String = "jiangsu", url: String = "https://127.0.0.1:1", pins: [Digest] = [pin],
        certificate: [UInt8] = [1], key: [UInt8] = [2]
    ) throws -> PeerEndpoint {
        try PeerEndpoint(
            market: Market(market)!, url: url, pins: pins, certificatePEM: certificate, privateKeyPEM: key)
    }

    @Test func `the next visit gets the client of the last`() throws {
        let first = clients.client(for: try endpoint())
        #expect(clients.client(for: try endpoint()) === first)
        let other = clients.client(for: try endpoint("anhui"))
        #expect(other !== first && other.market == Market("anhui"))
        #expect(clients.client(for: try endpoint()) === first)
    }

    @Test func `another address, other pins or another certificate of ours, and nothing of the old is used`() throws {
        var standing = clients.client(for: try endpoint())
        for changed in [
            try endpoint(url: "https://127.0.0.1:2"), try endpoint(pins: [Self.otherPin]),
            try endpoint(pins: [Self.pin, Self.otherPin]), try endpoint(certificate: [3]), try endpoint(key: [4]),
        ] {
            let next = clients.client(for: changed)
            #expect(next !== standing)
            standing = next
        }
    }

    /// A peer may show another certificate of the same key: neither its pins nor its address have changed then.
    @Test func `when a certificate ends is read off the one that was shown last`() throws {
        let federation = try DeskFederation("shanghai", "jiangsu")
        let shown = try ["shanghai", "jiangsu"].map {
            try NodeIdentity.read(federation[$0].directory).certificatePEM
        }
        _ = clients.client(for: try endpoint())
        let ends = try shown.map { try TLSKey.certificateExpiry($0) }
        for (certificate, end) in zip(shown + shown, ends + ends) {
            for _ in 0..<2 {
                #expect(clients.expirySeconds(of: certificate, shownBy: Market("jiangsu")!) == end)
                // Of who is not kept, too.
                #expect(clients.expirySeconds(of: certificate, shownBy: Market("anhui")!) == end)
            }
        }
        #expect(clients.expirySeconds(of: [1, 2, 3], shownBy: Market("jiangsu")!) == nil)
        #expect(clients.expirySeconds(of: shown[0], shownBy: Market("jiangsu")!) == ends[0])
    }

    @Test func `a peer that is not visited any more is let go`() throws {
        weak var gone: PeerClient?
        var kept: PeerClient?
        do {
            gone = clients.client(for: try endpoint())
            kept = clients.client(for: try endpoint("anhui"))
        }
        #expect(gone != nil)
        clients.retain([Market("anhui")!])
        #expect(gone == nil)
        #expect(clients.client(for: try endpoint("anhui")) === kept)
    }
}
