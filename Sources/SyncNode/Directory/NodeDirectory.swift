// Where a node keeps what: one folder, whose names other programs rely on (DESIGN.md section 12).

package import SyncCore

package struct NodeDirectory: Hashable, Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    package var configuration: String { path + "/node.yaml" }
    package var replica: String { path + "/replica.sqlite" }
    package var descriptor: String { path + "/descriptor.yaml" }
    package var keys: String { path + "/keys" }
    package var signingKey: String { path + "/keys/signing.pem" }
    /// A key of a suite that is about to take over, or has and is not in its place yet.
    package func nextSigningKey(_ suite: Suite) -> String { path + "/keys/signing.next.\(suite.rawValue).pem" }
    /// Of the other suite: there only where the market signs with both.
    package var secondSigningKey: String { path + "/keys/signing.second.pem" }
    package var tlsKey: String { path + "/keys/tls.pem" }
    package var nextTLSKey: String { path + "/keys/tls.next.pem" }
    package var nextTLSCertificate: String { path + "/keys/tls.next.crt" }
    /// The key before this one, as long as the descriptor names it.
    package var oldTLSKey: String { path + "/keys/tls.old.pem" }
    package var tlsCertificate: String { path + "/keys/tls.crt" }
    /// Which trust roots this market has signed.
    package var signedRoots: String { path + "/keys/roots.signed" }
    /// The ids of signing keys whose revocation was begun on this machine, one a line.
    package var revokedKeys: String { path + "/keys/revoked" }
    /// Held while the own descriptor is read and written.
    package var descriptorLock: String { path + "/keys/descriptor.lock" }
    package var keysLock: String { path + "/keys/keys.lock" }
    /// Of what is encrypted at rest, unless node.yaml says where else.
    package var personalKey: String { path + "/keys/personal.key" }
    package var fence: String { path + "/keys/fence" }
    package var restoreMark: String { path + "/keys/restored" }
    package var peers: String { path + "/peers" }
    package var pulse: String { path + "/serve.pulse" }
    package var serveLock: String { path + "/serve.lock" }
    /// What people did, a line each, only ever appended to.
    package var audit: String { path + "/audit.log" }
    package var auditLock: String { path + "/audit.lock" }
}
