// A member with a valid key and no honesty: everything it signs is well signed, except when it is not.

import MarketCatalog
import PeerTrust
import SyncCore
import SyncSimulation

/// What every honest node must make of an entry.
enum Fate: Hashable {
    case takesEffect
    /// Applied without effect, for this reason.
    case faulty(String)
    /// Applied, and its change set aside.
    case forbidden
    /// It is never applied: what it names will never come.
    case waits
    /// It is never applied: it is no entry of this member's.
    case notAuthentic

    var isApplied: Bool { self != .waits && self != .notAuthentic }
}

/// One thing made up, and the batch that carries it, its chain before it.
struct Lie {
    let name: String
    let entry: Entry
    let fate: Fate
    let batch: Batch
}

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
    /// Every head that it was shown: of which two of one origin are branches it cannot tell.
    private var known: Set<Row> = []
    private(set) var tally = Tally()
    /// What must become of every entry that was ever signed.
    private(set) var fates: [Digest: (lie: String, fate: Fate)] = [:]

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
    mutating func lie(seeing frontier: Frontier, keys: [String], token: String) throws -> Lie {
        known.formUnion(frontier.rows.filter { $0.origin != origin })
        let chain = generator.pick(chains.count)
        let (name, entries, fate) = try madeUp(after: chains[chain], keys, token)
        tally.count("lie: \(name)")
        for (place, entry) in entries.enumerated() {
            // Of two, the second is the lie.
            let id = entry.header.entryID(OpenSSLHashing.hashing)
            fates[id] = (name, place == entries.count - 1 ? fate : .takesEffect)
        }
        let lie = Lie(name: name, entry: entries.last!, fate: fate, batch: Batch(entries: chains[chain] + entries))
        if name == "fork" {
            chains.append(Array(chains[chain].prefix(Int(entries[0].header.sequence) - 1)) + entries)
            return Lie(name: name, entry: entries.last!, fate: fate, batch: Batch(entries: chains.last!))
        }
        if fate.isApplied { chains[chain] += entries }
        return lie
    }

    /// Whether a chain's next context may fall: nothing effective has named anything yet.
    private func isUnbound(_ chain: [Entry]) -> Bool {
        chain.allSatisfy { entry in
            if case .faulty = fates[entry.header.entryID(OpenSSLHashing.hashing)]?.fate { return true }
            return (try? Context(decoding: entry.context))?.frontier.rows.isEmpty == true
        }
    }

    private mutating func madeUp(
        after chain: [Entry], _ keys: [String], _ token: String
    ) throws -> (name: String, entries: [Entry], fate: Fate) {
        let key = Text(generator.pick(from: keys))
        let note = Change(
            kind: .update, record: RecordID(type: "item", key: key),
            units: [UnitValues(unit: 32, values: [.text(Text(token))])])
        let context = Context(
            catalogHash: SimulatedCatalog.catalog.hash, frontier: Frontier(rows: known))
        switch generator.pick(19) {
        case 0: return ("unauthorised unit", [try entry(chain, context, [update(key, 1, [.text("mine")])])], .forbidden)
        case 1:
            let delete = Change(kind: .delete, record: note.record, units: [])
            return ("unauthorised delete", [try entry(chain, context, [delete])], .forbidden)
        case 2: return ("gap", [try entry(chain, context, [note], sequence: UInt64(chain.count) + 2)], .waits)
        case 3:
            guard allowsForks, !chain.isEmpty, chains.count < 4 else { break }
            let branch = Array(chain.prefix(generator.pick(chain.count)))
            let other = try entry(branch, context, [note])
            // The branch may leave inside a group.
            let isStray = branch.last.map {
                $0.header.groupContinues && $0.header.contextHash != other.header.contextHash
            }
            return ("fork", [other], isStray == true ? .faulty("group_context_differs") : .takesEffect)
        case 4:
            // No op begins with a byte of the upper half.
            let garbage = [0x80 | UInt8(generator.pick(128))] + generator.bytes(generator.pick(40))
            return (
                "garbage op", [try entry(chain, context, [], raw: [garbage])], .faulty("undecodable_malformed")
            )
        case 5:
            let fallen = Context(catalogHash: .zero, frontier: .empty)
            return (
                "context fell", [try entry(chain, fallen, [note])],
                isUnbound(chain) ? .takesEffect : .faulty("context_fell")
            )
        case 6:
            let row = Row(origin: unknownOrigin(), sequence: 1, idPrefix: ID16(generator.bytes(16))!)
            let unknown = Context(catalogHash: .zero, frontier: Frontier(rows: known.union([row])))
            return ("context names nothing", [try entry(chain, unknown, [note])], .waits)
        case 7:
            let own = Row(origin: origin, sequence: 1, idPrefix: .zero)
            let named = Context(catalogHash: .zero, frontier: Frontier(rows: known.union([own])))
            return ("context names itself", [try entry(chain, named, [note])], .faulty("context_names_own_origin"))
        case 8:
            let time: Int64 = generator.pick(from: [0, 1, 1 << 52, Int64(Limits.counterMax)])
            return ("absurd clock", [try entry(chain, context, [note], time: time)], .takesEffect)
        case 9: return ("group without end", [try entry(chain, context, [note], continues: true)], .waits)
        case 10:
            let first = try entry(chain, context, [note], continues: true)
            let second = try entry(chain + [first], context, [update(key, 33, [.integer(7)])])
            return ("group", [first, second], .takesEffect)
        case 11:
            let first = try entry(chain, context, [note], continues: true)
            let bare = Context(catalogHash: .zero, frontier: context.frontier)
            let second = try entry(chain + [first], bare, [note])
            return ("group with two contexts", [first, second], .faulty("group_context_differs"))
        case 12:
            let good = try entry(chain, context, [note])
            var signature = good.signatures[0].signature
            signature[generator.pick(signature.count)] ^= 1
            let forged = SignatureRecord(suite: self.key.suite, keyID: self.key.keyID, signature: signature)
            return ("wrong signature", [copy(good, signatures: [forged])], .notAuthentic)
        case 13:
            let good = try entry(chain, context, [note])
            var ops = good.ops
            ops[ops.count - 1] ^= 1
            return ("altered op", [copy(good, ops: ops)], .notAuthentic)
        case 14:
            let strange = Change(
                kind: .update, record: RecordID(type: "ufo", key: "1"),
                units: [UnitValues(unit: 40, values: [.integer(1)])])
            let both = try entry(chain, context, [update(key, 60, [.null]), strange])
            return ("unknown type and unit", [both], .takesEffect)
        case 15:
            let strange = try entry(chain, context, [update(key, 33, [.text("x")])])
            return ("value that does not fit", [strange], .faulty("value_does_not_fit"))
        case 16:
            let keeping = Change(
                kind: .update, record: note.record, units: note.units,
                keeps: [Keep(unit: 32, row: 0, sequence: UInt64(chain.count) + 9)])
            return ("keep of the unseen", [try entry(chain, context, [keeping])], .faulty("keep_not_seen"))
        case 17:
            let claim = Note(reason: "settled", conflictID: Digest(generator.bytes(32)), choice: .take)
            return ("false resolution", [try entry(chain, context, [note], notes: [claim])], .takesEffect)
        default: break
        }
        return ("plain write", [try entry(chain, context, [note])], .takesEffect)
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
