// `keys rotate --tls`: serial n+1 lists both keys, then the node switches, then serial n+2 lists the new one alone.

import Foundation
import PeerTrust
import ReplicaStore
package import SyncCore

/// How far the rotation of the TLS key has come.
package enum TLSRotation: Hashable, Sendable {
    case none
    /// The descriptor lists both keys; the old one is still shown. These trusted peers are not known to hold it.
    case announced(missing: [Market])
    /// The new key is shown; the descriptor still lists both.
    case switched
}

extension LocalNode {
    /// Makes the new key and lists it beside the old one. What follows happens by itself: `advanceTLSRotation`.
    package func rotateTLSKey() throws {
        try withKeysLocked {
            try settleTLSFiles()
            guard case .none = try tlsRotation() else {
                throw NodeError(
                    code: "rotation_under_way", "TLS 密钥正在更换中:见 yrdsync keys list",
                    "the TLS key is being rotated already: see yrdsync keys list")
            }
            let key: TLSKey
            if FileManager.default.fileExists(atPath: directory.nextTLSKey) {
                // An interrupted rotation has left it behind, and nobody has seen it.
                key = try KeyFile.tlsKey(directory.nextTLSKey)
            } else {
                key = try TLSKey.generate()
                try keyRing.write(try key.pem(), to: directory.nextTLSKey)
            }
            let certificate = try key.certificatePEM(
                market: market, nowSeconds: Int64(Date().timeIntervalSince1970))
            try NodeFile.write(certificate, to: directory.nextTLSCertificate)
            let named = try TLSPublicKey(spki: key.spki)
            try publish { $0.tls.append(named) }
        }
    }

    package func tlsRotation() throws -> TLSRotation {
        let own = try ownDescriptor()
        guard own.tlsPins.count == 2 else { return .none }
        guard keyRing.file(ofTLSKey: own.tlsPins[1]) == directory.nextTLSKey else { return .switched }
        let missing = try trust().trusted.map(\.market).filter {
            try replica.peer($0).knownSerial < own.serial
        }
        return .announced(missing: missing)
    }

    /// Takes the next step, if its time has come: the switch, once every trusted peer holds the descriptor that lists both
    /// keys; the end, once nothing speaks with the old key any more.
    ///
    /// - Parameter certificatesInUse: those with which the caller may still speak to peers.
    package func advanceTLSRotation(certificatesInUse: [[UInt8]]) throws {
        guard try tlsRotation() != .none, let lock = try FileLock.take(directory.keysLock) else { return }
        try withExtendedLifetime(lock) {
            try settleTLSFiles()
            switch try tlsRotation() {
            case .announced(let missing) where missing.isEmpty:
                let old = try PrivateKeyFile.read(directory.tlsKey)
                try PrivateKeyFile.write(old, to: directory.oldTLSKey)
                try PrivateKeyFile.write(try PrivateKeyFile.read(directory.nextTLSKey), to: directory.tlsKey)
                try settleTLSFiles()
            case .switched where try !isOldKeySpoken(certificatesInUse):
                try publish { $0.tls.removeFirst() }
                try? PrivateKeyFile.remove(directory.oldTLSKey)
            case .announced, .switched, .none:
                break
            }
        }
    }

    /// The same beside no daemon: a daemon knows better which key is still in use.
    package func advanceTLSRotationAlone() throws {
        guard let lock = try FileLock.take(directory.serveLock) else { return }
        try withExtendedLifetime(lock) { try advanceTLSRotation(certificatesInUse: []) }
    }

    /// A peer that names the same root holds our present descriptor, whoever gave it to it.
    func noteSameRoot(_ theirs: Hello, mine: Hello) throws {
        guard mine.hasSameRoot(as: theirs) else { return }
        let own = try ownDescriptor()
        guard own.tlsPins.count == 2 else { return }
        try trustKeeper.noteShown(own.serial, by: theirs.market)
    }

    private func isOldKeySpoken(_ certificates: [[UInt8]]) throws -> Bool {
        let present = try NodeFile.read(directory.tlsCertificate, maxBytes: 64 << 10)
        return certificates.contains { $0 != present }
    }

    /// Key and certificate are two files: after a crash between them the second one follows.
    private func settleTLSFiles() throws {
        let files = FileManager.default
        guard let next = files.contents(atPath: directory.nextTLSKey),
            next == files.contents(atPath: directory.tlsKey)
        else { return }
        if let certificate = files.contents(atPath: directory.nextTLSCertificate) {
            try NodeFile.write(Array(certificate), to: directory.tlsCertificate)
            try files.removeItem(atPath: directory.nextTLSCertificate)
        }
        try PrivateKeyFile.remove(directory.nextTLSKey)
    }
}
