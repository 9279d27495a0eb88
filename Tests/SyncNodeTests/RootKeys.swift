// The markets' offline keys, and a first trust root that all of them have signed.

import PeerTrust
import SyncCore

@testable import SyncNode

struct RootKeys {
    private let federation: DeskFederation
    let files: [Market: String]
    let named: [RootPublicKey]

    init(_ federation: DeskFederation) throws {
        self.federation = federation
        var files: [Market: String] = [:]
        named = try federation.nodes.map { node in
            files[node.market] = federation.folder + "/\(node.market).root"
            return try RootDesk(node).makeKey(files[node.market]!, .ed25519SHA256)
        }
        self.files = files
    }

    func sign(_ root: TrustRoot, by nodes: LocalNode...) throws -> TrustRoot {
        try nodes.reduce(root) { root, node in
            try RootDesk(node).sign(root.raw, with: try KeyFile.signingKey(files[node.market]!))
        }
    }

    /// Version 1, adopted by everyone.
    @discardableResult
    func adoptFirst() throws -> TrustRoot {
        let nodes = federation.nodes
        var root = try RootDesk(nodes[0]).propose(rootKeys: named)
        for node in nodes { root = try sign(root, by: node) }
        for node in nodes { _ = try node.trustKeeper.adopt(root.raw, fingerprint: nil) }
        return root
    }
}
