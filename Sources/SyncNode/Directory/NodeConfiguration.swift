// node.yaml: what an operator decides about a node. Everything else is in the replica or in the descriptors.

import Foundation
package import PeerTrust
package import SyncCore
import Yams

/// When a peer is visited.
package struct PeerSchedule: Hashable, Sendable {
    package static let standard = PeerSchedule(everySeconds: 300, jitterSeconds: 15)

    package var everySeconds: Int
    /// Up to this much is added to each interval, so that nodes do not all call at once.
    package var jitterSeconds: Int
    /// Whether a pull is held open at the peer, and commits are pushed to it: what is written on either side arrives at
    /// once. Off unless asked for: visits at intervals are what was agreed on, and a held connection is not.
    package var isRealTime: Bool

    package init(everySeconds: Int, jitterSeconds: Int, isRealTime: Bool = false) {
        self.everySeconds = everySeconds
        self.jitterSeconds = jitterSeconds
        self.isRealTime = isRealTime
    }
}

package struct NodeConfiguration: Hashable, Sendable {
    package var federation: String
    package var market: Market
    package var listenHost: String
    package var listenPort: Int
    /// The URL under which others reach this node; nil for one that only dials out.
    package var endpoint: String?
    package var language: String?
    package var timeZone: String
    package var peers: [Market: PeerSchedule]
    /// Who may give sensitive commands; anyone at this machine while nobody is named.
    package var operators: [Operator]
    /// Where the key of personal values lies, if not in `keys/`.
    package var personalKey: String?

    package init(
        federation: String, market: Market, listenHost: String, listenPort: Int, endpoint: String?,
        language: String?, timeZone: String, peers: [Market: PeerSchedule] = [:], operators: [Operator] = [],
        personalKey: String? = nil
    ) {
        self.personalKey = personalKey
        self.operators = operators
        self.federation = federation
        self.market = market
        self.listenHost = listenHost
        self.listenPort = listenPort
        self.endpoint = endpoint
        self.language = language
        self.timeZone = timeZone
        self.peers = peers
    }

    package func schedule(of peer: Market) -> PeerSchedule { peers[peer] ?? .standard }

    // MARK: Reading

    package static func read(_ path: String) throws -> NodeConfiguration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NodeError(
                code: "not_a_node", "无法读取 \(path):这是节点目录吗?请用 -C 目录 指明。",
                "\(path) cannot be read: is this a node's directory? Give it with -C DIR.")
        }
        return try parse(String(decoding: data, as: UTF8.self), path: path)
    }

    package static func parse(_ text: String, path: String = "node.yaml") throws -> NodeConfiguration {
        let node: Node?
        do {
            // Every field is read as text: the resolver that guesses types compiles regular expressions first.
            node = try Yams.compose(yaml: text, .basic)
        } catch {
            let reason = String(describing: error).asReason
            throw NodeError(
                code: "bad_configuration", "\(path) 无法解析:\(reason)", "\(path) cannot be parsed: \(reason)")
        }
        guard let mapping = node?.mapping else {
            throw NodeError(code: "bad_configuration", "\(path):不是一组字段", "\(path): not a mapping")
        }
        return try NodeConfigurationReader(path: path).read(mapping)
    }

    /// The file that `init` writes.
    package var yaml: String {
        """
        # This node. Every field is explained in Config/node.example.yaml of the project.
        federation: \(federation)
        market: \(market)
        listen: "\(ListenAddress.text(host: listenHost, port: listenPort))"
        endpoint: "\(endpoint ?? "none")"
        time_zone: \(timeZone)
        \(language.map { "lang: \($0)" } ?? "# lang: zh")
        # When peers are visited; those not named here, every 5 minutes.
        # peers:
        #   jiangsu: {every: 30s, realtime: true}

        """
    }
}

/// Turns YAML into a configuration, with errors that name the field.
private struct NodeConfigurationReader {
    private static let secondsMax = 366 * 86_400

    let path: String

    func read(_ mapping: Node.Mapping) throws -> NodeConfiguration {
        let fields = try fields(
            mapping,
            allowed: [
                "federation", "market", "listen", "endpoint", "lang", "time_zone", "peers", "operators", "personal_key",
            ],
            in: "")
        guard let market = Market(try text(fields["market"], "market")) else {
            throw fault("market", Market.form.zh, Market.form.en)
        }
        let (host, port) = try address(try text(fields["listen"], "listen"))
        let endpoint = try text(fields["endpoint"], "endpoint")
        let language = try fields["lang"].map { try text($0, "lang") }
        if let language, !["zh", "en"].contains(language) { throw fault("lang", "zh 或 en", "zh or en") }
        var peers: [Market: PeerSchedule] = [:]
        if let node = fields["peers"], !isNull(node) {
            guard let mapping = node.mapping else { throw fault("peers", "须为以市场为键的一组字段", "a mapping of markets") }
            for (name, schedule) in mapping {
                guard let peer = Market(try text(name, "peers")) else {
                    throw fault("peers", Market.form.zh, Market.form.en)
                }
                peers[peer] = try self.schedule(schedule, "peers.\(peer)")
            }
        }
        return NodeConfiguration(
            federation: try text(fields["federation"], "federation"), market: market, listenHost: host,
            listenPort: port, endpoint: endpoint == "none" ? nil : endpoint, language: language,
            timeZone: try fields["time_zone"].map { try text($0, "time_zone") } ?? "Asia/Shanghai", peers: peers,
            operators: try fields["operators"].map { isNull($0) ? [] : try operators($0) } ?? [],
            personalKey: try fields["personal_key"].map { try text($0, "personal_key") })
    }

    private func operators(_ node: Node) throws -> [Operator] {
        guard let mapping = node.mapping else { throw fault("operators", "须为以人员为键的一组字段", "a mapping of people") }
        var operators: [Operator] = []
        for (name, person) in mapping {
            let name = try text(name, "operators")
            let field = "operators.\(name)"
            guard Operator.isName(name) else {
                throw fault(
                    field, "名称须为 1 至 32 个小写字母、数字、- 和 _", "a name of 1 to 32 lower-case letters, digits, - and _")
            }
            guard let mapping = person.mapping else {
                throw fault(
                    field, "须写作 {role: security, key: \"ed25519 …\"}",
                    "a mapping such as {role: security, key: \"ed25519 …\"}")
            }
            let fields = try self.fields(mapping, allowed: ["role", "key"], in: field + ".")
            guard let role = OperatorRole(name: try text(fields["role"], field + ".role")) else {
                let roles = OperatorRole.allCases.map(\.name).joined(separator: ", ")
                throw fault(field + ".role", "须为其一:\(roles)", "one of \(roles)")
            }
            guard let key = Operator.key(try text(fields["key"], field + ".key")) else {
                throw fault(
                    field + ".key", "须为 `yrdsync operators new` 所显示的公钥",
                    "a public key as `yrdsync operators new` prints it")
            }
            // One person, one role: who administers does not watch over himself.
            if let other = operators.first(where: { $0.key == key || $0.name == name }) {
                throw fault(
                    field, "与 \(other.name) 同名或同钥:一人一职", "the name or key of \(other.name): one person, one role")
            }
            operators.append(Operator(name: name, role: role, key: key))
        }
        guard operators.count <= Operators.countMax else {
            throw fault("operators", "至多 \(Operators.countMax) 人", "at most \(Operators.countMax)")
        }
        return operators
    }

    private func schedule(_ node: Node, _ name: String) throws -> PeerSchedule {
        guard let mapping = node.mapping else { throw fault(name, "须写作 {every: 5m}", "a mapping such as {every: 5m}") }
        let fields = try fields(mapping, allowed: ["every", "jitter", "cron", "window", "realtime"], in: name + ".")
        for later in ["cron", "window"] where fields[later] != nil {
            throw fault("\(name).\(later)", "本版尚无此项;请用 every", "not available in this version; use every")
        }
        var schedule = PeerSchedule.standard
        if let every = fields["every"] { schedule.everySeconds = try seconds(every, "\(name).every") }
        schedule.jitterSeconds = min(schedule.jitterSeconds, schedule.everySeconds / 10)
        if let jitter = fields["jitter"] { schedule.jitterSeconds = try seconds(jitter, "\(name).jitter") }
        guard schedule.everySeconds >= 1 else { throw fault("\(name).every", "至少 1s", "at least 1s") }
        if let realTime = fields["realtime"] { schedule.isRealTime = try flag(realTime, "\(name).realtime") }
        return schedule
    }

    /// Written out: to one reader of YAML `yes` is true, to the next a text.
    private func flag(_ node: Node, _ name: String) throws -> Bool {
        switch node.string {
        case "true": return true
        case "false": return false
        default: throw fault(name, "只能写 true 或 false", "true or false")
        }
    }

    /// `30s`, `5m`, `2h`, `1d`.
    private func seconds(_ node: Node, _ name: String) throws -> Int {
        let text = try text(node, name)
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last, let factor = factors[unit], let count = Int(text.dropLast()),
            (0...Self.secondsMax / factor).contains(count)
        else { throw fault(name, "时长写作 30s、5m、2h 或 1d,至多 366d", "a time such as 30s, 5m, 2h or 1d, at most 366d") }
        return count * factor
    }

    private func address(_ text: String) throws -> (String, Int) {
        guard let address = ListenAddress(text) else {
            throw fault("listen", "写作 主机:端口,如 127.0.0.1:7441", "HOST:PORT, such as 127.0.0.1:7441")
        }
        return (address.host, address.port)
    }

    private func fields(_ mapping: Node.Mapping, allowed: [String], in prefix: String) throws -> [String: Node] {
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? "?"
            guard allowed.contains(name) else {
                throw fault(
                    prefix + name, "没有此项;可用的有 \(allowed.joined(separator: "、"))",
                    "no such field; known are \(allowed.joined(separator: ", "))")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw fault(prefix + name, "给出了两次", "given twice")
            }
        }
        return fields
    }

    private func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private func text(_ node: Node?, _ name: String) throws -> String {
        guard let text = node?.string, !text.isEmpty else { throw fault(name, "缺失,或不是文本", "missing or not a text") }
        return text
    }

    private func fault(_ field: String, _ zh: String, _ en: String) -> NodeError {
        NodeError(code: "bad_configuration", "\(path):\(field):\(zh)", "\(path): \(field): \(en)")
    }
}

/// `HOST:PORT`, IPv6 in brackets.
package struct ListenAddress: Hashable, Sendable {
    package let host: String
    package let port: Int

    package init?(_ text: String) {
        guard text.utf8.count <= 300, let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = Int(digits), (0...65_535).contains(port), String(port) == digits else { return nil }
        let name = text[..<colon]
        let isBracketed = name.hasPrefix("[") && name.hasSuffix("]")
        let host = isBracketed ? name.dropFirst().dropLast() : name
        // Only what a name or an address consists of: the rest would have to be quoted wherever the host is written.
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostPart), isBracketed == host.contains(":") else {
            return nil
        }
        self.host = String(host)
        self.port = port
    }

    private static func isHostPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".-_:%".utf8.contains(byte)
        }
    }

    /// As `init` reads it.
    static func text(host: String, port: Int) -> String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// Nobody can dial "every address" or "some port".
    package var isDialable: Bool { port != 0 && !["0.0.0.0", "::"].contains(host) }

    package var url: String { "https://" + Self.text(host: host, port: port) }
}
