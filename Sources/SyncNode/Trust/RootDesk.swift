// `keys trust`: a trust root is proposed from what a node knows, read by each member, and signed with its offline key.

import Foundation
package import PeerTrust
import ReplicaStore
package import SyncCore

package struct RootDesk {
    let node: LocalNode

    package init(_ node: LocalNode) {
        self.node = node
    }

    package func root() throws -> TrustRoot? { try node.trustKeeper.root() }

    // MARK: Root keys

    /// Makes a root key in a file outside the node, and its public half beside it. The file is to be kept off this machine.
    package func makeKey(_ path: String, _ suite: Suite) throws -> RootPublicKey {
        let folder = URL(fileURLWithPath: node.directory.path).standardizedFileURL.resolvingSymlinksInPath().path
        let file = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
        guard !(file + "/").hasPrefix(folder + "/") else {
            throw NodeError(
                .usage, code: "root_key_inside", "根密钥须放在节点目录之外", "a root key is kept outside the node's folder")
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw NodeError(code: "file_exists", "\(path) 已存在", "\(path) is there already")
        }
        let key = try SigningKey.generate(suite)
        let named = RootPublicKey(market: node.market, key: try key.verificationKey)
        try PrivateKeyFile.write(try key.pem(), to: path)
        try NodeFile.write(Array(named.line.utf8), to: path + ".pub")
        return named
    }

    // MARK: Proposing

    /// The next version: the members of the adopted one with the keys that their descriptors name now, those whose root key
    /// is given anew, and without the retired ones. The first version names this node and every trusted peer.
    ///
    /// - Parameters:
    ///   - requiring: suites without which nothing of a member counts; of others, what the adopted root and their descriptors
    ///     require.
    ///   - closing: takes the place of what the adopted one says of the same incarnations.
    ///   - revoking: signing keys of this node's market.
    package func propose(
        rootKeys: [RootPublicKey] = [], retiring: [Market] = [], requiring: [Market: [Suite]] = [:],
        closing: [Closure] = [], revoking: [Digest] = []
    ) throws -> TrustRoot {
        let trust = try node.trust()
        let adopted = trust.root
        let known = trust.standing
        var members = adopted?.fields.members ?? []
        for market in retiring where members.first(where: { $0.market == market })?.isRetired != false {
            throw NodeError(
                .usage, code: "not_a_member", "\(market) 不是现行信任根的成员",
                "\(market) is no member of the adopted trust root",
                peer: market)
        }
        members = try members.map { member in
            let descriptor = known.first { $0.market == member.market }
            // As the adopted root counts them: the key that is closed now has signed the descriptor that names the next one.
            var signing = member.signingKeys(continuedBy: descriptor)
            // A market's own proposal names its present keys, even if it has lost every one that the root knows: the others'
            // signatures are the check.
            if member.market == node.market, !member.isRetired {
                signing = RootMember.merged(signing, with: trust.own.signing)
            }
            var member = member
            member.close(closing.filter { $0.origin.market == member.market })
            if member.market == node.market { member.revoke(revoking) }
            if member.isRetired { return member }
            let further = try applied(FormerDescriptors(trust.former, of: member, standing: descriptor), member)
            // Incarnations that count stay the market's when the key that introduced them is rotated out.
            if !member.isRetired { signing = RootMember.merged(signing, with: further) }
            return try retiring.contains(member.market)
                ? retired(member, signing)
                : RootMember(
                    market: member.market, isRetired: false,
                    rootKeys: replaced(member.rootKeys, by: rootKeys, of: member.market), signing: signing,
                    require: required(of: member, descriptor),
                    closures: member.closures,
                    revoked: member.revoked)
        }
        let named = Set(rootKeys.map(\.market))
        let joining = adopted == nil ? Set(([trust.own] + trust.trusted).map(\.market)) : named
        for market in joining.sorted() where !members.contains(where: { $0.market == market }) {
            members.append(try joined(market, known, rootKeys))
        }
        for (market, suites) in requiring {
            guard let index = members.firstIndex(where: { $0.market == market && !$0.isRetired }) else {
                throw NodeError(
                    .usage, code: "not_a_member", "\(market) 不是所提议的信任根的成员",
                    "\(market) is no member of the trust root that is proposed", peer: market)
            }
            if let missing = suites.first(where: { !members[index].canSpeak(in: $0) }) {
                throw NodeError(
                    .usage, code: "suite_without_key", "\(market) 在信任根中没有可用的 \(missing.name) 密钥",
                    "\(market) has no \(missing.name) key in the trust root that may still sign",
                    peer: market)
            }
            members[index].require = suites
        }
        let fields = TrustRootFields(
            federation: node.federation, version: (adopted?.version ?? 0) + 1, previous: adopted?.digest,
            members: members.sorted { $0.market < $1.market })
        do {
            return try TrustRootText.proposal(fields)
        } catch {
            throw NodeError(.usage, code: error.code, error.words)
        }
    }

    /// What the federation has once required of a market it lets go by a word of its own only (`requiring`).
    private func required(of member: RootMember, _ descriptor: Descriptor?) -> [Suite] {
        let isItsWord = descriptor.map { member.market == node.market || member.isSpoken(by: $0) } ?? false
        return Set(member.require + (isItsWord ? descriptor?.require ?? [] : [])).sorted()
    }

    private func replaced(_ keys: [VerificationKey], by given: [RootPublicKey], of market: Market) -> [VerificationKey]
    {
        let new = given.filter { $0.market == market }.map(\.key)
        return new.isEmpty ? keys : new
    }

    private func joined(_ market: Market, _ known: [Descriptor], _ rootKeys: [RootPublicKey]) throws -> RootMember {
        let keys = rootKeys.filter { $0.market == market }.map(\.key)
        guard !keys.isEmpty else {
            throw NodeError(
                .usage, code: "root_key_needed", "缺少 \(market) 的根公钥:--root-key 文件.pub",
                "the public root key of \(market) is needed: --root-key FILE.pub", peer: market)
        }
        guard let descriptor = known.first(where: { $0.market == market }) else {
            throw NodeError(
                .usage, code: "not_trusted", "没有 \(market) 的描述文件:见 yrdsync peers add",
                "there is no descriptor of \(market): see yrdsync peers add", peer: market)
        }
        return RootMember(
            market: market, isRetired: false, rootKeys: keys, signing: descriptor.signing, require: descriptor.require)
    }

    /// What former descriptors say of incarnations that count, and of which something is applied here.
    private func applied(_ former: FormerDescriptors, _ member: RootMember) throws -> [SpannedKey] {
        try former.keys.compactMap { entry in
            let spans = try entry.spans.filter { span in
                let origin = Origin(market: member.market, incarnation: span.incarnation)
                return try !former.disowned.contains(span.incarnation) && !member.closes(span.incarnation)
                    && node.replica.chainStarts(of: member.market)
                        .contains(ChainStart(origin: origin, keyID: entry.key.keyID))
            }
            return spans.isEmpty ? nil : SpannedKey(key: entry.key, spans: spans)
        }
    }

    /// Each of its incarnations ends where it stands here: the last entry of every branch that is applied.
    private func retired(_ member: RootMember, _ signing: [SpannedKey]) throws -> RootMember {
        var retired = RootMember(
            market: member.market, isRetired: true, rootKeys: member.rootKeys, signing: signing,
            require: member.require, closures: member.closures, revoked: member.revoked)
        let incarnations = signing.incarnations.filter { !member.closes($0) }
        retired.close(
            try incarnations.map { incarnation in
                let origin = Origin(market: member.market, incarnation: incarnation)
                return Closure(origin: origin, ends: try node.replica.heads(of: origin))
            })
        return retired
    }

    // MARK: Signing

    /// Signs a proposal with this market's offline key: one file a version, which is written down before it is signed.
    package func sign(_ bytes: [UInt8], with key: SigningKey) throws -> TrustRoot {
        let new: TrustRoot
        do {
            new = try TrustRoot.parse(bytes)
        } catch {
            throw NodeError(.trust, code: error.code, error.words)
        }
        let adopted = try root()
        try check(new, continues: adopted)
        let deciding = adopted?.fields ?? new.fields
        guard let member = deciding.member(node.market), !member.isRetired,
            member.rootKeys.contains(where: { $0.keyID == key.keyID && $0.suite == key.suite })
        else {
            throw NodeError(
                .trust, code: "not_a_root_key", "这不是 \(node.market) 在信任根中的根密钥",
                "this is no root key of \(node.market) in the trust root")
        }
        let signed = SignedRoots(node.directory)
        switch try signed.digest(ofVersion: new.version) {
        case new.digest: break
        case nil: try signed.remember(new)
        default:
            throw NodeError(
                .trust, code: "root_signed_another", "本市场已签署过另一份版本 \(new.version):每个版本只签一份",
                "this market has signed another version \(new.version): one file a version")
        }
        return try new.signed(by: key, of: node.market)
    }

    private func check(_ new: TrustRoot, continues adopted: TrustRoot?) throws {
        let refusal: TrustRootRefusal? =
            switch RootSuccession.of(new, adopted: adopted, federation: node.federation) {
            case .refused(.notSigned), .successor, .first: nil
            case .refused(let refusal): refusal
            case .unchanged: .lower(new.version, adopted: new.version)
            }
        if let refusal { throw NodeError(.trust, code: refusal.code, refusal.words) }
        guard adopted != nil || new.version == 1 else {
            throw NodeError(
                .trust, code: "root_skipped", "本节点尚无信任根:请先采用现行版本",
                "this node has no trust root: adopt the present one first")
        }
    }
}
