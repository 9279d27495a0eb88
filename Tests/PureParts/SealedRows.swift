// Rows of a register as they travel: the same on every machine and in every run, so that what they cost can be counted.

import MarketCatalog
import PeerTrust
import SyncCore
import SyncSimulation

/// One entry that creates records, sealed and signed by a market that is a member, and what reading it needs.
struct SealedRows {
    static let count = 1_000

    let rule: RecordRule
    let schema: Schema
    let changes: [Change]
    let entry: Entry
    let membership: Membership

    private static let federation = FederationName("test")!
    private static let market = Market("shanghai")!
    /// The private key is the number 1: no secret.
    private static let pem =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n-----END PRIVATE KEY-----\n"

    init() throws {
        schema = try Catalog.builtIn(sha256: OpenSSLHashing.sha256).schema
        rule = schema.records["contract"]!
        var chance = SeededGenerator(seed: 1)
        let rule = rule
        changes = (0..<Self.count).map { Self.create($0, rule, &chance) }

        let key = try SigningKey(pem: Array(Self.pem.utf8))
        let incarnation = ID16((1...16).map { UInt8($0) })!
        let (hashing, tls) = (OpenSSLHashing.hashing, try TLSKey.generate())
        let fields = DescriptorFields(
            federation: Self.federation, market: Self.market, serial: 1, endpoint: nil,
            tls: [try TLSPublicKey(spki: tls.spki)],
            signing: [
                SpannedKey(
                    key: try key.verificationKey, spans: [KeySpan(incarnation: incarnation, fromSequence: 1)])
            ],
            require: [key.suite])
        membership = Membership(
            federation: Self.federation, trusted: [try DescriptorDraft(fields: fields).signed(by: [key], tls: [tls])])
        let ops = EncodedOps(notes: [], changes: changes.map { $0.encoded() }, suite: key.suite, hashing)
        let context = Context(catalogHash: schema.catalogHash, frontier: .empty).encoded()
        let header = EnvelopeHeader(
            suite: key.suite, groupContinues: false, federation: Self.federation.id,
            origin: Origin(market: Self.market, incarnation: incarnation), sequence: 1, trustRootVersion: 0,
            timeMilliseconds: 1_700_000_000_000, opCount: UInt32(ops.count), payloadBytes: UInt64(ops.payloadBytes),
            previous: .zero, opsRoot: ops.root, contextHash: hashing.digest(key.suite, context), keyID: key.keyID)
        entry = Entry(
            header: header, signatures: [try key.sign(.changeSet, header.encoded())], context: context, ops: ops.framed)
    }

    /// Shanghai's contracts, keys ascending; a third of the columns empty, as in the registers.
    private static func create(_ index: Int, _ rule: RecordRule, _ chance: inout SeededGenerator) -> Change {
        let digits = String(index + 1)
        let key = "20233101" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        var units: [UnitValues] = []
        for unit in rule.units {
            let values = unit.columns.map { value($0.type, &chance) }
            // A create leaves out a unit that is all NULL.
            if values.contains(where: { $0 != .null }) { units.append(UnitValues(unit: unit.number, values: values)) }
        }
        return Change(kind: .create, record: RecordID(type: Text(rule.type), key: Text(key)), units: units)
    }

    private static let texts = ["上海浦江智能科技有限公司", "高精度传感器关键技术研究", "先进制造", "31010400", "苏州恒瑞新材料有限公司"]

    private static func value(_ type: ColumnType, _ chance: inout SeededGenerator) -> FieldValue {
        guard !chance.chance(percent: 33) else { return .null }
        return switch type {
        case .integer, .money: .integer(Int64(chance.pick(1 << 30)))
        case .date: .text(Text("2023-0\(1 + chance.pick(9))-1\(chance.pick(10))"))
        case .code, .region, .uscc: .text(Text("code\(10 + chance.pick(80))"))
        // No contract has one, and an entry with one would not be in the plain form.
        case .codeSet: .null
        case .text: .text(Text(chance.pick(from: texts)))
        }
    }
}
