// The folder `peers/`: a descriptor in it is trust granted. So it matters who may write there.

package import SyncCore

/// The descriptors that a node trusts, one file a market.
package struct TrustDirectory: Sendable {
    private static let suffix = ".yaml"
    private static let modeOfFile: UInt32 = 0o644
    private static let writableByOthers: UInt32 = 0o022

    package let path: String
    package let federation: FederationName
    private let memory: DescriptorMemory

    package init(path: String, federation: FederationName, memory: DescriptorMemory = DescriptorMemory()) {
        self.path = path
        self.federation = federation
        self.memory = memory
    }

    /// What the folder holds: the good descriptors, ascending by market, and what was refused, by file name.
    package struct Contents: Sendable {
        package let descriptors: [Descriptor]
        package let refusals: [Refusal]
    }

    /// A file that grants no trust, and why.
    package struct Refusal: Error, Hashable, Sendable {
        package enum Cause: Hashable, Sendable {
            case file(FileRefusal)
            case descriptor(DescriptorRefusal)
            /// The file's name is not the name of the market inside.
            case name(inside: Market?)
            case otherFederation(FederationName)
            /// Two files name one key: which market would it be?
            case sharedKey(with: Market)
        }

        package let file: String
        package let cause: Cause

        package var code: String {
            switch cause {
            case .file(let refusal): refusal.code
            case .descriptor(let refusal): refusal.code
            case .name: "file_name_not_market"
            case .otherFederation: "other_federation"
            case .sharedKey: "key_of_another_market"
            }
        }

        package var words: LocalizedText {
            switch cause {
            case .file(let refusal): refusal.words
            case .descriptor(let refusal):
                LocalizedText(zh: "\(file):\(refusal.words.zh)", en: "\(file): \(refusal.words.en)")
            case .name(let market?):
                LocalizedText(
                    zh: "\(file) 是 \(market) 的描述文件;请改名为 \(market).yaml。",
                    en: "\(file) holds the descriptor of \(market); name it \(market).yaml.")
            case .name(nil):
                LocalizedText(
                    zh: "\(file) 的文件名不是市场的名称;请删除,或按其中的市场改名。",
                    en: "\(file) does not have a market's name; remove it, or name it after the market inside.")
            case .otherFederation(let name):
                LocalizedText(
                    zh: "\(file) 属于联邦 \(name);请删除。", en: "\(file) belongs to the federation \(name); remove it.")
            case .sharedKey(let market):
                LocalizedText(
                    zh: "\(file) 与 \(market).yaml 列有同一密钥;其中一个市场换新密钥之前,两者都不算数。",
                    en: """
                        \(file) names a key that \(market).yaml names too; neither counts until one market makes a new key.
                        """)
            }
        }
    }

    /// Reads every `*.yaml`. Throws only if the folder itself cannot be read or is open to others.
    package func read() throws(FileRefusal) -> Contents {
        try GuardedFile.checkFolder(path, forbiddenMode: Self.writableByOthers)
        var descriptors: [Descriptor] = []
        var refusals: [Refusal] = []
        for file in try GuardedFile.names(in: path) where file.hasSuffix(Self.suffix) {
            switch read(file) {
            case .success(let descriptor): descriptors.append(descriptor)
            case .failure(let refusal): refusals.append(refusal)
            }
        }
        let shared = Self.sharedKeys(descriptors)
        return Contents(
            descriptors: descriptors.filter { shared[$0.market] == nil }.sorted { $0.market < $1.market },
            refusals: (refusals + shared.map { Refusal(file: $0.name + Self.suffix, cause: .sharedKey(with: $1)) })
                .sorted { $0.file < $1.file })
    }

    /// Grants trust, or replaces what was granted. The file appears whole, or not at all.
    package func write(_ descriptor: Descriptor) throws(FileRefusal) {
        try GuardedFile.write(descriptor.raw, to: path(of: descriptor.market), mode: Self.modeOfFile)
    }

    package func remove(_ market: Market) throws(FileRefusal) {
        try GuardedFile.remove(path(of: market))
    }

    private func path(of market: Market) -> String { "\(path)/\(market)\(Self.suffix)" }

    private func read(_ file: String) -> Result<Descriptor, Refusal> {
        guard let market = Market(String(file.dropLast(Self.suffix.count))) else {
            return .failure(Refusal(file: file, cause: .name(inside: nil)))
        }
        let descriptor: Descriptor
        do {
            let bytes = try GuardedFile.read(
                path(of: market), forbiddenMode: Self.writableByOthers, maxBytes: Limits.descriptorBytes)
            do {
                descriptor = try memory.parse(bytes)
            } catch {
                return .failure(Refusal(file: file, cause: .descriptor(error)))
            }
        } catch {
            return .failure(Refusal(file: file, cause: .file(error)))
        }
        guard descriptor.market == market else {
            return .failure(Refusal(file: file, cause: .name(inside: descriptor.market)))
        }
        guard descriptor.federation == federation else {
            return .failure(Refusal(file: file, cause: .otherFederation(descriptor.federation)))
        }
        return .success(descriptor)
    }

    /// Every market that shares a TLS or signing key with another, and with which. All of them are refused: which file
    /// was there first is nothing that a folder remembers.
    private static func sharedKeys(_ descriptors: [Descriptor]) -> [Market: Market] {
        var shared: [Market: Market] = [:]
        for one in descriptors {
            let keys = Set(one.tlsPins + one.signing.map(\.key.keyID))
            for other in descriptors where other.market != one.market && shared[one.market] == nil {
                if !keys.isDisjoint(with: other.tlsPins + other.signing.map(\.key.keyID)) {
                    shared[one.market] = other.market
                }
            }
        }
        return shared
    }
}
