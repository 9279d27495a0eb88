// A federation's first trust root, as its operators found it: offline keys, one file that all sign, adopted by one.

import ForeignPrograms
import Testing

struct FoundedRoot {
    let federation: Federation
    /// Each market's offline key, in a folder that is no node's.
    private(set) var keys: [String: String] = [:]
    let first: String

    /// A command that must succeed.
    @discardableResult
    static func succeed(_ node: NodeProcess, _ arguments: String...) throws -> CommandResult {
        let result = try Programs.run(Programs.yrdsync, arguments + ["-C", node.path])
        try #require(result.status == 0, "\(node.market) \(arguments): \(result.errors)")
        return result
    }

    /// The daemons take it from each other, since each market has signed it.
    init(_ federation: Federation) throws {
        self.federation = federation
        first = federation.folder + "/root.1.yaml"
        for node in federation.nodes { try makeKey(node) }
        let named = keys.values.sorted().flatMap { ["--root-key", $0 + ".pub"] }
        let proposer = federation.nodes[0]
        let proposed = try Programs.run(
            Programs.yrdsync, ["keys", "trust", "propose", first] + named + ["-C", proposer.path])
        try #require(proposed.status == 0, "\(proposed.errors)")
        #expect(try proposer.yrdsync("keys", "trust", "adopt", first).status == 5)
        for node in federation.nodes { try sign(first, by: node) }
        try Self.succeed(proposer, "keys", "trust", "adopt", first)
    }

    mutating func makeKey(_ node: NodeProcess) throws {
        let path = federation.folder + "/\(node.market).root"
        try Self.succeed(node, "keys", "root", "new", path)
        keys[node.market] = path
    }

    func sign(_ file: String, by nodes: NodeProcess...) throws {
        for node in nodes { try Self.succeed(node, "keys", "trust", "sign", file, "--key", keys[node.market]!) }
    }
}
