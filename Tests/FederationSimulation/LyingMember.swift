// A member with a valid key and no honesty: everything it signs is well signed, except when it is not.

import MarketCatalog
import PeerTrust
import SyncCore
import SyncSimulation

/// Keeps its own chains and hands entries to whom it likes; honest nodes relay them.
struct LyingMember {
    let market: Market
    let key: SigningKey
    let descriptor: Descriptor
    private let origin: Origin
    private let allowsForks: Bool
    private var generator: SeededGenerator
    /// One, or one for each branch.
    private var chains: [[Entry]] = [[]]
    private var known: [Origin: Row] = [:]
    private(set) var tally = Tally()

    init(index: Int, allowsForks: Bool, _ seed: SeededGenerator) throws {
        generator = seed
        self.allowsForks = allowsForks
        market = Market(SimulatedCatalog.homes[index].market)!
        key = try SeededKeys.signingKey(&generator)
        let incarnation = ID16(generator.bytes(ID16.byteCount))!
        origin = Origin(market: market, incarnation: incarnation)
        descriptor = try SimulatedNode.firstDescriptor(index: index, key, incarnation)
    }

    /// Makes something up, having seen `frontier`. The batch carries its chain, so that nobody need ask for it.
    mutating func lie(seeing frontier: Frontier, keys: [String], token: String) throws -> (String, Batch) {
        for row in frontier.rows where row.origin != origin {
            if known[row.origin].map({ $0.sequence < row.sequence }) ?? true { known[row.origin] = row }
        }
        let chain = generator.pick(chains.count)
        let (name, entries, isKept) = try madeUp(after: chains[chain], keys, token)
        tally.count("lie: \(name)")
        let batch = Batch(entries: chains[chain] + entries)
        if name == "fork" {
            chains.append(Array(chains[chain].dropLast()) + entries)
            return (name, Batch(entries: chains.last!))
        }
        if isKept { chains[chain] += entries }
        return (name, batch)
    }

    private mutating func madeUp(
        after chain: [Entry], _ keys: [String], _ token: String
    ) throws -> (name: String, entries: [Entry], isKept: Bool) {
        let key = Text(generator.pick(from: keys))
        let note = Change(
            kind: .update, record: RecordID(type: "item", key: key),
            units: [UnitValues(unit: 32, values: [.text(Text(token))])])
        let context = Context(
            catalogHash: SimulatedCatalog.catalog.hash, frontier: Frontier(rows: known.values))
        switch generator.pick(19) {
        case 0: return ("unauthorised unit", [try entry(chain, context, [update(key, 1, [.text("mine")])])], true)
        case 1:
            let delete = Change(kind: .delete, record: note.record, units: [])
            return ("unauthorised delete", [try entry(chain, context, [delete])], true)
        case 2: return ("gap", [try entry(chain, context, [note], sequence: UInt64(chain.count) + 2)], false)
        case 3:
            guard allowsForks, !chain.isEmpty, chains.count < 4 else { break }
            return ("fork", [try entry(Array(chain.dropLast()), context, [note])], false)
        case 4:
            let garbage = generator.bytes(1 + generator.pick(40))
            return ("garbage op", [try entry(chain, context, [], raw: [garbage])], true)
        case 5:
            let fallen = Context(catalogHash: .zero, frontier: .empty)
            return ("context fell", [try entry(chain, fallen, [note])], true)
        case 6:
            let row = Row(origin: unknownOrigin(), sequence: 1, idPrefix: ID16(generator.bytes(16))!)
            let unknown = Context(catalogHash: .zero, frontier: Frontier(rows: known.values + [row]))
            return ("context names nothing", [try entry(chain, unknown, [note])], false)
        case 7:
            let own = Row(origin: origin, sequence: 1, idPrefix: .zero)
            let named = Context(catalogHash: .zero, frontier: Frontier(rows: known.values + [own]))
            return ("context names itself", [try entry(chain, named, [note])], true)
        case 8:
            let time: Int64 = generator.pick(from: [0, 1, 1 << 52, Int64(Limits.counterMax)])
            return ("absurd clock", [try entry(chain, context, [note], time: time)], true)
        case 9: return ("group without end", [try entry(chain, context, [note], continues: true)], false)
        case 10:
            let first = try entry(chain, context, [note], continues: true)
            let second = try entry(chain + [first], context, [update(key, 33, [.integer(7)])])
            return ("group", [first, second], true)
        case 11:
            let first = try entry(chain, context, [note], continues: true)
            let bare = Context(catalogHash: .zero, frontier: context.frontier)
            return ("group with two contexts", [first, try entry(chain + [first], bare, [note])], true)
        case 12:
            let good = try entry(chain, context, [note])
            var signature = good.signatures[0].signature
            signature[generator.pick(signature.count)] ^= 1
            let forged = SignatureRecord(suite: self.key.suite, keyID: self.key.keyID, signature: signature)
            return ("wrong signature", [copy(good, signatures: [forged])], false)
        case 13:
            let good = try entry(chain, context, [note])
            var ops = good.ops
            ops[ops.count - 1] ^= 1
            return ("altered op", [copy(good, ops: ops)], false)
        case 14:
            let strange = Change(
                kind: .update, record: RecordID(type: "ufo", key: "1"),
                units: [UnitValues(unit: 40, values: [.integer(1)])])
            return ("unknown type and unit", [try entry(chain, context, [update(key, 60, [.null]), strange])], true)
        case 15: return ("value that does not fit", [try entry(chain, context, [update(key, 33, [.text("x")])])], true)
        case 16:
            let keeping = Change(
                kind: .update, record: note.record, units: note.units,
                keeps: [Keep(unit: 32, row: 0, sequence: UInt64(chain.count) + 9)])
            return ("keep of the unseen", [try entry(chain, context, [keeping])], true)
        case 17:
            let claim = Note(reason: "settled", conflictID: Digest(generator.bytes(32)), choice: .take)
            return ("false resolution", [try entry(chain, context, [note], notes: [claim])], true)
        default: break
        }
        return ("plain write", [try entry(chain, context, [note])], true)
    }

    private mutating func unknownOrigin() -> Origin { Origin(market: market, incarnation: ID16(generator.bytes(16))!) }

    private func update(_ key: Text, _ unit: UnitNumber, _ values: [FieldValue]) -> Change {
        Change(
            kind: .update, record: RecordID(type: "item", key: key),
            units: [UnitValues(unit: unit, values: values)])
    }

    private func copy(_ entry: Entry, signatures: [SignatureRecord]? = nil, ops: [UInt8]? = nil) -> Entry {
        Entry(
            header: entry.header, signatures: signatures ?? entry.signatures, context: entry.context,
            ops: ops ?? entry.ops)
    }

    private mutating func entry(
        _ chain: [Entry], _ context: Context, _ changes: [Change], raw: [[UInt8]] = [], notes: [Note] = [],
        sequence: UInt64? = nil, time: Int64 = 1_700_000_000_000, continues: Bool = false
    ) throws -> Entry {
        let hashing = OpenSSLHashing.hashing
        let ops = EncodedOps(notes: notes, changes: changes.map { $0.encoded() } + raw, suite: key.suite, hashing)
        let header = EnvelopeHeader(
            suite: key.suite, groupContinues: continues, federation: SimulatedNode.federation.id, origin: origin,
            sequence: sequence ?? UInt64(chain.count) + 1, trustRootVersion: 0,
            timeMilliseconds: time == 1_700_000_000_000 ? time + Int64(generator.pick(1_000_000)) : time,
            opCount: UInt32(ops.count), payloadBytes: UInt64(ops.payloadBytes),
            previous: chain.last?.header.entryID(hashing) ?? .zero, opsRoot: ops.root,
            contextHash: hashing.digest(key.suite, context.encoded()), keyID: key.keyID)
        return Entry(
            header: header, signatures: [try key.sign(.changeSet, header.encoded())], context: context.encoded(),
            ops: ops.framed)
    }
}
