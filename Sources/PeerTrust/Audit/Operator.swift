// People of a node, each with a key of their own, and what they are there for.

package import SyncCore

/// What a person of a node is there for. The first three administer and exclude each other (三员分立): who grants trust does
/// not run the machine, and neither of them keeps the log of what they did.
package enum OperatorRole: UInt8, CaseIterable, Sendable {
    /// Runs the node: restores, repairs, upgrades.
    case system = 1
    /// Grants and takes back trust: keys, peers, the trust root, what is set aside.
    case security = 2
    /// Reads and keeps the audit log.
    case audit = 3
    /// Decides conflicts, and sees personal columns for a reason.
    case business = 4

    package var name: String {
        switch self {
        case .system: "system"
        case .security: "security"
        case .audit: "audit"
        case .business: "business"
        }
    }

    package init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}

/// A person as `node.yaml` names them.
package struct Operator: Hashable, Sendable {
    package static let nameBytesMax = 32

    package let name: String
    package let role: OperatorRole
    package let key: VerificationKey

    package init(name: String, role: OperatorRole, key: VerificationKey) {
        self.name = name
        self.role = role
        self.key = key
    }

    /// Lower-case letters, digits, `-` and `_`: it stands in lists, one word a person.
    package static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...nameBytesMax).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
            }
    }

    /// `ed25519 BASE64` or `sm2 BASE64`: a public key as `node.yaml` carries it.
    package static func text(of key: VerificationKey) -> String {
        (key.suite == .sm2SM3 ? "sm2 " : "ed25519 ") + Base64.encode(key.spki)
    }

    package static func key(_ text: String) -> VerificationKey? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, let spki = Base64.decode(words[1]) else { return nil }
        switch words[0] {
        case "ed25519": return try? VerificationKey(suite: .ed25519SHA256, spki: spki)
        case "sm2": return try? VerificationKey(suite: .sm2SM3, spki: spki)
        default: return nil
        }
    }
}

/// Everyone that `node.yaml` names, as the audit log keeps it: its signatures can be verified long after a person has left.
package struct Operators: Hashable, Sendable {
    package static let countMax = 64

    /// Ascending by name.
    package let all: [Operator]

    package static let none = Operators([])

    package init(_ all: [Operator]) {
        self.all = all.sorted { $0.name < $1.name }
    }

    package func named(_ name: String) -> Operator? { all.first { $0.name == name } }

    package func holding(_ keyID: Digest) -> Operator? { all.first { $0.key.keyID == keyID } }

    /// `NAME ROLE SUITE BASE64`, one a line.
    package var text: String { all.map { "\($0.name) \($0.role.name) \(Operator.text(of: $0.key))\n" }.joined() }

    package init?(text: String) {
        var all: [Operator] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, Operator.isName(words[0]), let role = OperatorRole(name: words[1]),
                let key = Operator.key(words[2] + " " + words[3])
            else { return nil }
            all.append(Operator(name: words[0], role: role, key: key))
        }
        self.init(all)
        guard self.text == text else { return nil }
    }

    /// SHA-256 of the text; zeros where nobody is named.
    package var digest: Digest { all.isEmpty ? .zero : OpenSSLHashing.sha256(Array(text.utf8)) }
}
