// node.yaml: what is taken, and what is refused with the field's name.

import MarketCatalog
import SyncCore
import Testing

@testable import SyncNode

@Suite("Node configuration")
struct NodeConfigurationTests {
    private static let plain = """
        federation: yrd
        market: shanghai
        listen: "127.0.0.1:7441"
        endpoint: "https://127.0.0.1:7441"
        """

    @Test func `what init writes is read back`() throws {
        var written = try NodeConfiguration.parse(Self.plain)
        written.endpoint = nil
        #expect(try NodeConfiguration.parse(written.yaml) == written)
        written.endpoint = "https://[::1]:7441"
        written.listenHost = "::1"
        #expect(try NodeConfiguration.parse(written.yaml) == written)
    }

    @Test func `a peer's interval is read, and a peer that is not named is visited every five minutes`() throws {
        let configuration = try NodeConfiguration.parse(Self.plain + "\npeers:\n  jiangsu: {every: 30s, jitter: 2s}\n")
        #expect(configuration.schedule(of: Market("jiangsu")!) == PeerSchedule(everySeconds: 30, jitterSeconds: 2))
        #expect(configuration.schedule(of: Market("anhui")!).everySeconds == 300)
    }

    @Test func `real time is for the peers that ask for it`() throws {
        let peers = "\npeers:\n  jiangsu: {every: 1h, realtime: true}\n  anhui: {realtime: false}\n"
        let configuration = try NodeConfiguration.parse(Self.plain + peers)
        #expect(configuration.schedule(of: Market("jiangsu")!).isRealTime)
        #expect(configuration.schedule(of: Market("jiangsu")!).everySeconds == 3_600)
        #expect(!configuration.schedule(of: Market("anhui")!).isRealTime)
        #expect(!configuration.schedule(of: Market("zhejiang")!).isRealTime)
    }

    @Test func `what is wrong with real time is said in both languages`() {
        let error = #expect(throws: NodeError.self) {
            try NodeConfiguration.parse(Self.plain + "\npeers: {jiangsu: {realtime: on}}\n")
        }
        #expect(error?.message.en.hasSuffix("peers.jiangsu.realtime: true or false") == true)
        #expect(error?.message.zh.hasSuffix("peers.jiangsu.realtime:只能写 true 或 false") == true)
    }

    @Test func `a peer with whom real time is to hold is dialled again after about a second, at most about a minute`() {
        #expect((1...9).map { Backoff.reconnectSeconds(failures: $0, chance: 1) } == [1, 2, 4, 8, 16, 32, 64, 64, 64])
        #expect(Backoff.reconnectSeconds(failures: 3, chance: 0) == 2)
    }

    @Test(arguments: ["peers:", "peers: ~", "peers: null", "peers: {}"])
    func `no peers may be said in every way that YAML has`(_ line: String) throws {
        #expect(try NodeConfiguration.parse(Self.plain + "\n" + line + "\n").peers.isEmpty)
    }

    /// The parser finds the same key twice, and not one that is tagged otherwise.
    @Test(arguments: [
        ("market: anhui", "duplicated key(s): 'market'"), ("!other market: anhui", "market: given twice"),
    ])
    func `a field that stands twice is refused in one line`(_ line: String, _ words: String) {
        let error = #expect(throws: NodeError.self) {
            try NodeConfiguration.parse(Self.plain + "\n" + line + "\n")
        }
        #expect(error?.code == "bad_configuration")
        #expect(error?.message.en.hasSuffix(words) == true, "\(error?.message.en ?? "")")
        #expect(error?.message.zh.contains("\n") == false)
    }

    @Test(arguments: ["peers: 'null'", "peers: ''", "peers: jiangsu", "peers: []"])
    func `peers are a mapping or nothing`(_ line: String) {
        let error = #expect(throws: NodeError.self) {
            try NodeConfiguration.parse(Self.plain + "\n" + line + "\n")
        }
        #expect(error?.message.en.contains("peers") == true)
    }

    @Test(arguments: [
        ("market: shanghai", "market: Shanghai", "market"),
        ("listen: \"127.0.0.1:7441\"", "listen: nowhere", "listen"),
        ("federation: yrd", "federation: yrd\nnonsense: 1", "nonsense"),
        ("federation: yrd", "federation: yrd\nlang: fr", "lang"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {every: soon}}", "peers.jiangsu.every"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {every: 0s}}", "peers.jiangsu.every"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {every: 9223372036854775807d}}", "peers.jiangsu.every"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {every: 367d}}", "peers.jiangsu.every"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {jitter: -1s}}", "peers.jiangsu.jitter"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {cron: '0 2 * * *'}}", "peers.jiangsu.cron"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {realtime: yes}}", "peers.jiangsu.realtime"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {realtime: 1s}}", "peers.jiangsu.realtime"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {realtime: }}", "peers.jiangsu.realtime"),
        ("federation: yrd", "federation: yrd\npeers: {jiangsu: {realtime: [true]}}", "peers.jiangsu.realtime"),
        ("federation: yrd", "federation: yrd\nrealtime: true", "realtime"),
    ])
    func `a wrong field is refused by its name`(_ old: String, _ new: String, _ field: String) {
        let error = #expect(throws: NodeError.self) {
            try NodeConfiguration.parse(Self.plain.replacing(old, with: new))
        }
        #expect(error?.code == "bad_configuration")
        #expect(error?.message.en.contains(field + ":") == true)
        #expect(error?.message.zh.contains(field + ":") == true && error?.message.zh.contains(" a ") == false)
    }

    @Test(arguments: [
        ("127.0.0.1:7441", "127.0.0.1", 7_441), ("[::1]:1", "::1", 1), ("localhost:0", "localhost", 0),
    ])
    func `a listen address is host and port`(_ text: String, _ host: String, _ port: Int) {
        let address = ListenAddress(text)
        #expect(address?.host == host)
        #expect(address?.port == port)
    }

    @Test(arguments: [
        "", ":1", "host", "host:", "host:65536", "host:-1", "::1:7441", "host:x", "[]:0", "host:+1", "a\"b:1",
        "[host]:1",
    ])
    func `anything else is not`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `nobody can dial every address or any port`() {
        #expect(ListenAddress("0.0.0.0:7441")?.isDialable == false)
        #expect(ListenAddress("[::]:7441")?.isDialable == false)
        #expect(ListenAddress("127.0.0.1:0")?.isDialable == false)
        #expect(ListenAddress("127.0.0.1:1")?.isDialable == true)
    }

    @Test func `a peer that fails is tried again after 30 s, doubling, at most an hour`() {
        #expect(
            (1...10).map { Backoff.delaySeconds(failures: $0) } == [
                30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600,
            ])
    }
}
