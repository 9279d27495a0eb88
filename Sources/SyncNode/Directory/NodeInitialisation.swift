// `init`: a new node from nothing but a market's name and an address.

import Foundation
import MarketCatalog
package import PeerTrust
package import ReplicaStore
package import SyncCore

package struct NodeInitialisation: Hashable, Sendable {
    package var market: Market
    package var listen: ListenAddress
    package var federation: String
    /// Nil: the listen address; `.some(nil)`: none, the node only dials out.
    package var endpoint: String??
    /// A folder with a catalog of the federation's own; nil for the one in the executable.
    package var catalogPath: String?
    package var signing: SigningSuites

    package init(
        market: Market, listen: ListenAddress, federation: String, endpoint: String??, catalogPath: String?,
        signing: SigningSuites = .ed25519
    ) {
        self.market = market
        self.listen = listen
        self.federation = federation
        self.endpoint = endpoint
        self.catalogPath = catalogPath
        self.signing = signing
    }

    /// Makes the node and returns its descriptor. Nothing is left behind if it fails.
    package func run(in directory: NodeDirectory) throws -> Descriptor {
        guard let federationName = FederationName(federation) else {
            throw NodeError(
                .usage, code: "bad_federation", "\(federation) 不是联邦名称", "\(federation) is not a federation's name")
        }
        let endpointURL = try endpointURL()
        let catalog = try loadCatalog()
        let existed = FileManager.default.fileExists(atPath: directory.path)
        if existed, try !FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty {
            throw NodeError(
                code: "not_empty", "\(directory.path) 不是空目录:节点须有自己的目录",
                "\(directory.path) is not empty: a node is made in a folder of its own")
        }
        do {
            return try make(directory, federationName, endpointURL, catalog)
        } catch {
            for name in existed ? (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [] : [""] {
                try? FileManager.default.removeItem(atPath: directory.path + "/" + name)
            }
            throw error
        }
    }

    private func endpointURL() throws -> String? {
        switch endpoint {
        case .some(.none): return nil
        case .some(.some(let url)):
            guard Endpoint(url) != nil else {
                throw NodeError(
                    .usage, code: "bad_endpoint", "\(url) 不是 https://主机:端口,也不是 none",
                    "\(url) is not https://HOST:PORT, nor none")
            }
            return url
        case .none:
            guard listen.isDialable else {
                throw NodeError(
                    .usage, code: "endpoint_needed",
                    "他人无法拨通 \(listen.host):\(listen.port):请给出 --endpoint https://主机:端口,或 none",
                    "nobody can dial \(listen.host):\(listen.port): give --endpoint https://HOST:PORT, or none")
            }
            return listen.url
        }
    }

    private func loadCatalog() throws -> Catalog {
        let sha256 = OpenSSLHashing.hashing.sha256
        if let catalogPath { return try Catalog.load(directory: catalogPath, sha256: sha256) }
        return try Catalog.builtIn(sha256: sha256)
    }

    private func make(
        _ directory: NodeDirectory, _ federationName: FederationName, _ endpointURL: String?, _ catalog: Catalog
    ) throws -> Descriptor {
        let files = FileManager.default
        for folder in [directory.path, directory.keys, directory.peers] {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: folder == directory.path ? [:] : [.posixPermissions: 0o700])
        }
        let signingKeys = try signing.suites.map(SigningKey.generate)
        let tlsKey = try TLSKey.generate()
        let certificate = try tlsKey.certificatePEM(market: market, nowSeconds: Int64(Date().timeIntervalSince1970))
        for (key, file) in zip(signingKeys, [directory.signingKey, directory.secondSigningKey]) {
            try PrivateKeyFile.write(try key.pem(), to: file)
        }
        try PrivateKeyFile.write(try tlsKey.pem(), to: directory.tlsKey)
        try NodeFile.write(certificate, to: directory.tlsCertificate)

        let incarnation = try IncarnationGenerator.make()
        let replica = try SQLiteReplica.create(
            path: directory.replica,
            identity: ReplicaIdentity(federation: federation, market: market, incarnation: incarnation),
            catalog: catalog, environment: .system(of: directory))
        try replica.close()
        try Fence(incarnation: incarnation, sequence: 0, id: .zero).raise(directory.fence)

        let descriptor = try DescriptorDraft(
            fields: DescriptorFields(
                federation: federationName, market: market, serial: 1, endpoint: endpointURL.flatMap { Endpoint($0) },
                tls: [try TLSPublicKey(spki: tlsKey.spki)],
                signing: try signingKeys.map {
                    SpannedKey(
                        key: try $0.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)])
                },
                require: signing.suites)
        ).signed(by: signingKeys, tls: [tlsKey])
        try NodeFile.write(descriptor.raw, to: directory.descriptor)
        try NodeFile.write(Array(configuration(endpointURL).yaml.utf8), to: directory.configuration)
        return descriptor
    }

    private func configuration(_ endpointURL: String?) -> NodeConfiguration {
        NodeConfiguration(
            federation: federation, market: market, listenHost: listen.host, listenPort: listen.port,
            endpoint: endpointURL, language: nil,
            timeZone: MarketProfile.builtIn(market)?.timeZone ?? "Asia/Shanghai")
    }
}

extension ReplicaEnvironment {
    /// OpenSSL's hashes and keys, the system's wall clock, and the node's key of personal values.
    package static func system(of directory: NodeDirectory) -> ReplicaEnvironment {
        ReplicaEnvironment(
            hashing: OpenSSLHashing.hashing,
            wallMilliseconds: { Int64(Date().timeIntervalSince1970 * 1_000) },
            enrolledKeyID: KeyProof.enrolledKeyID,
            restCipher: { try RestKeyFile(directory).cipher(of: $0) })
    }
}
