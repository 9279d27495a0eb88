// Checkpoints made, judged, and laid beside each other.

import MarketCatalog
package import PeerTrust
import ReplicaStore
package import SyncCore

/// A checkpoint whose signatures hold.
package struct JudgedCheckpoint: Sendable {
    package let market: Market
    package let statement: FrontierStatement
    /// As the file says: not signed.
    package let catalog: Digest

    /// Whether two speak of one point: the same change sets, under the same root and catalog.
    package func isComparable(with other: JudgedCheckpoint) -> Bool {
        statement.frontier == other.statement.frontier && catalog == other.catalog
            && statement.trustRootVersion == other.statement.trustRootVersion
    }

    package func agrees(with other: JudgedCheckpoint) -> Bool {
        isComparable(with: other) && statement.digest == other.statement.digest
    }
}

package struct CheckpointDesk {
    private let node: LocalNode

    package init(_ node: LocalNode) { self.node = node }

    /// This node's word on its state as it is now, for a file.
    package func make() throws -> (file: CheckpointFile, checkpoint: JudgedCheckpoint) {
        let signed = try node.checkpoint()
        let file = CheckpointFile(
            signed, of: node.market, catalog: node.catalog.hash, try node.ownDescriptor())
        return (file, try judge(try file.encoded()))
    }

    /// By the keys that this node knows, without any network; throws what is wrong with it.
    package func judge(_ bytes: [UInt8]) throws -> JudgedCheckpoint {
        guard let claim = CheckpointFile.claim(in: bytes) else {
            throw NodeError(
                code: "no_checkpoint", "这不是检查点文件:见 yrdsync checkpoint new",
                "this is no checkpoint file: see yrdsync checkpoint new")
        }
        let membership = try node.trust().membership
        switch membership.verify(
            .checkpoint, claim.signed.body, claim.signed.signatures, from: claim.market, isPast: true)
        {
        case .verified(let verified):
            return JudgedCheckpoint(market: claim.market, statement: verified.payload, catalog: claim.catalog)
        case .unknownMember, .unknownKeySpan:
            throw NodeError(
                .trust, code: "key_unknown", "本节点没有 \(claim.market) 当时的密钥,无法验证",
                "this node has no key of \(claim.market) for that time, and cannot tell", peer: claim.market)
        case .notAuthentic(let fault):
            throw NodeError(
                .trust, code: fault.code, "\(claim.market) 的检查点签名不成立:\(fault.code)",
                "the signature of \(claim.market)'s checkpoint does not hold: \(fault.code)", peer: claim.market)
        }
    }

    /// Whether this node's own state agrees: nil where it stands at other change sets, or under another root or catalog.
    package func agrees(with checkpoint: JudgedCheckpoint) throws -> Bool? {
        let position = try node.replica.position()
        guard position.frontier == checkpoint.statement.frontier, node.catalog.hash == checkpoint.catalog,
            try node.trust().rootVersion == checkpoint.statement.trustRootVersion
        else { return nil }
        return position.digest == checkpoint.statement.digest
    }

    /// Of how many origins (branches counted each) the checkpoint's market had applied more than is here.
    package func originsMissing(of checkpoint: JudgedCheckpoint) throws -> Int {
        try node.replica.rowsFallen(from: checkpoint.statement.frontier, to: node.replica.frontier()).count
    }
}
