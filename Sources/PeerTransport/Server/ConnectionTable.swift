// Every open connection, so that there are not too many, and so that distrust ends them.

import NIOCore
import SyncCore
import Synchronization

final class ConnectionTable: Sendable {
    private struct Place {
        let connection: PeerConnection
        /// Nil until the first request has shown a pinned key.
        var market: Market?
    }

    private let places = Mutex<[ObjectIdentifier: Place]>([:])
    private let limits: ServerLimits

    init(limits: ServerLimits) {
        self.limits = limits
    }

    var count: Int { places.withLock { $0.count } }

    /// Nil if the house is full.
    func add(_ channel: any Channel) -> PeerConnection? {
        let connection = PeerConnection(channel: channel)
        let isAdmitted = places.withLock { places in
            let unknown = places.values.count { $0.market == nil }
            guard places.count < limits.connections, unknown < limits.connectionsUnknown else { return false }
            places[ObjectIdentifier(channel)] = Place(connection: connection)
            return true
        }
        return isAdmitted ? connection : nil
    }

    func remove(_ connection: PeerConnection) {
        places.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection.channel)) }
        connection.closed()
    }

    func connection(of channel: any Channel) -> PeerConnection? {
        places.withLock { $0[ObjectIdentifier(channel)]?.connection }
    }

    /// Counts the connection as this market's. False if the market has too many.
    func claim(_ connection: PeerConnection, for market: Market) -> Bool {
        places.withLock { places in
            let place = ObjectIdentifier(connection.channel)
            guard places[place]?.market != market else { return true }
            guard places.values.count(where: { $0.market == market }) < limits.connectionsPerMarket else {
                return false
            }
            places[place]?.market = market
            return true
        }
    }

    /// Ends the connections whose key no longer stands for the market that they were opened as. One that is just being
    /// answered ends with its answer, which is then 401.
    func closeWhere(_ isDistrusted: (_ pin: Digest, _ market: Market) -> Bool) {
        // Judged outside of the lock: whoever judges may find that trust has changed once more, and come back here.
        let standing = places.withLock { Array($0.values) }
        let distrusted = standing.filter { place in
            guard let pin = place.connection.knownPin, let market = place.market else { return false }
            return isDistrusted(pin, market)
        }
        for place in distrusted where !place.connection.isAnswering {
            place.connection.channel.close(promise: nil)
        }
        for place in distrusted where place.connection.isAnswering {
            place.connection.cancelWork()
        }
    }
}
