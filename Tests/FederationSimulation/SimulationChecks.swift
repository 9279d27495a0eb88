// The promises, checked when everything has arrived.

import MarketCatalog
import PeerTrust
import ReplicaStore
import SyncCore
import SyncSimulation

extension Simulation {
    /// A node finds nothing wrong with itself: every signature, every chain, rows against log, fold of the log = tables.
    func verify(_ node: SimulatedNode, isDeep: Bool = true) throws {
        // What escaped capture is named until the audit comes by.
        let findings = try node.findings(isDeep: isDeep).filter {
            ($0.code != "row_altered" || !ledger.hasEscapes(at: node)) && !(allowsForks && $0.code == "fork")
        }
        if let first = findings.first {
            throw Violation("\(node.market) finds \(first.code) \(first.key ?? first.origin ?? ""): \(first.detail)")
        }
    }

    mutating func check() throws {
        let logs = try nodes.map { try $0.export() }
        try checkArrival(logs)
        for (node, log) in zip(nodes, logs) {
            try checkLog(log, of: node)
            try checkVerdicts(log, of: node)
            try verify(node)
            try checkHidden(node)
        }
        try checkDeclared(logs)
        try checkWriters(logs)
        try checkConvergence()
        try checkIdempotence(logs)
    }

    /// After a transaction of ours nothing personal lies in the clear in a file that is under a key.
    func checkHidden(_ node: SimulatedNode) throws {
        if let clear = try node.clearValues().first { throw Violation("\(node.market) left \(clear) in the clear") }
    }

    /// Bounded liveness, and that nothing which was accepted is gone.
    private mutating func checkArrival(_ logs: [ExportedLog]) throws {
        let arrival = Arrival(logs)
        for (id, dot) in ledger.expected.sorted(by: { $0.value < $1.value }) where !arrival.contains(id) {
            throw Violation("\(dot) was sealed and is nowhere")
        }
        for (node, log) in zip(nodes, logs) {
            let missing = arrival.missing(in: log)
            if let first = missing.first {
                throw Violation("\(missing.count) entries never came to \(node.market), \(first) among them")
            }
        }
    }

    /// Every node judges every entry as it deserves, whoever it got it from.
    private mutating func checkVerdicts(_ log: ExportedLog, of node: SimulatedNode) throws {
        let (liars, version) = (liar?.market, try node.rootVersion())
        let setAside = Set(
            try node.replica.quarantine().filter { $0.class == EntryRefusal.Class.forbidden.rawValue }.map(\.id))
        for one in log.entries {
            guard one.market == liars else {
                if let fault = one.fault {
                    throw Violation("at \(node.market): the honest \(one.dot) is void: \(fault)")
                }
                continue
            }
            guard let (lie, fate) = liar?.fates[one.id] else { throw Violation("nobody signed \(one.dot)") }
            let isVoid = !counts(one, in: log, under: version)
            let isAsDeserved =
                switch fate {
                // What binds the context of the next one is what has an effect: so beyond the end a form that was wrong may
                // be right, and is void all the same.
                case .takesEffect where isVoid, .forbidden where isVoid: one.fault == "closed"
                case .faulty(let code) where isVoid: one.fault == "closed" || one.fault == code
                case .takesEffect: one.fault == nil && !setAside.contains(one.id)
                case .faulty(let code): one.fault == code
                case .forbidden: one.fault == nil && setAside.contains(one.id)
                case .waits, .notAuthentic: false
                }
            guard isAsDeserved else {
                throw Violation("\(node.market) made \(one.fault ?? "an effect") of \(one.dot), a lie: \(lie)")
            }
            tally.count(isVoid ? "lie judged: void" : "lie judged: \(lie)")
        }
    }

    private mutating func checkLog(_ log: ExportedLog, of node: SimulatedNode) throws {
        if let fault = log.causalityFault() { throw Violation("at \(node.market): \(fault)") }
        if let fault = log.groupFault() { throw Violation("at \(node.market): \(fault)") }
        try checkSignatures(log, at: node)
        let honest = Set(nodes.map(\.market))
        for one in log.entries where honest.contains(one.market) {
            if let fault = log.contextFault(of: one) { throw Violation("at \(node.market): \(fault)") }
        }
        let quarantine = try node.replica.quarantine()
        tally.count("fork proved", quarantine.count { $0.class == EntryRefusal.Class.fork.rawValue })
        let forbidden = quarantine.first { item in
            item.class == EntryRefusal.Class.forbidden.rawValue
                && honest.contains { item.origin.hasPrefix($0.name + ".") }
        }
        if let forbidden { throw Violation("at \(node.market): the honest \(forbidden.origin) was forbidden a write") }
        guard try node.replica.summary().pending == 0 else { throw Violation("\(node.market) has unsealed writes") }
    }

    /// Provenance, without the code that verifies: an Ed25519 signature is the one that its market's key makes again.
    private func checkSignatures(_ log: ExportedLog, at node: SimulatedNode) throws {
        var keys = Dictionary(uniqueKeysWithValues: nodes.map { ($0.market, $0.key) })
        if let liar { keys[liar.market] = liar.key }
        for one in log.entries {
            guard let key = keys[one.market], one.id == OpenSSLHashing.sha256(Self.signedBytes(of: one)),
                one.entry.signatures == [try key.sign(.changeSet, one.entry.header.encoded())]
            else { throw Violation("\(node.market) keeps \(one.dot), which \(one.market) has not signed") }
        }
    }

    /// DSSE's encoding of the header, written out (DESIGN.md section 7).
    private static func signedBytes(of one: ExportedEntry) -> [UInt8] {
        Array("DSSEv1 47 application/vnd.yrd-techmarket.changeset.v1+bin 240 ".utf8) + one.entry.header.encoded()
    }

    /// Tables and conflicts are what the log says, by rules that are told without any state.
    private mutating func checkDeclared(_ logs: [ExportedLog]) throws {
        var seen: Set<Digest> = []
        for (node, log) in zip(nodes, logs) {
            let position = try node.replica.position()
            // Equal frontiers have equal logs; convergence says that they show the same.
            guard seen.insert(position.digest).inserted else { continue }
            let declared = DeclaredFederation(log, schema: SimulatedCatalog.newer.schema)
            let open = try node.openConflicts()
            guard open == declared.conflicts else {
                throw Violation(
                    "\(node.market) lists \(open.count) conflicts, the log makes \(declared.conflicts.count)")
            }
            tally.count("conflict open at the end", open.count)
            for (id, record) in declared.records { try checkRow(id, record, at: node) }
        }
    }

    /// Nobody's value was replaced by a writer who had not been shown it.
    private func checkWriters(_ logs: [ExportedLog]) throws {
        var seen: Set<Frontier> = []
        for (node, log) in zip(nodes, logs) where seen.insert(try node.replica.frontier()).inserted {
            let check = LostUpdate(
                in: log, schema: SimulatedCatalog.newer.schema, authors: Set(nodes.map(\.market)),
                shownAtCommit: ledger.shownAtCommit, wasEffective: { wasEffective($0, for: $1, in: log) })
            if let fault = check.fault() { throw Violation("at \(node.market): \(fault)") }
        }
    }

    private func checkRow(_ id: RecordID, _ declared: DeclaredRecord, at node: SimulatedNode) throws {
        let row = try node.replica.record(id)
        guard (row != nil) == declared.isShown else {
            throw Violation("\(node.market) \(row == nil ? "hides" : "shows") \(id.type) \(id.key), the log does not")
        }
        guard let row, let rule = SimulatedCatalog.newer.schema.record(id.type) else { return }
        for unit in rule.units {
            let values = declared.shown[unit.number] ?? unit.columns.map { _ in .null }
            let shown = unit.columns.map { row.values[$0.name] ?? .null }
            guard shown == values else {
                throw Violation("\(node.market) shows \(shown) in \(unit.name) of \(id.key), the log makes \(values)")
            }
        }
    }

    /// One frontier, one state, on every node, forks or none.
    private func checkConvergence() throws {
        var byFrontier: [Frontier: (market: Market, digest: Digest, tables: [String], conflicts: [DeclaredConflict])] =
            [:]
        for node in nodes {
            guard try node.rootVersion() == nodes[0].rootVersion() else {
                throw Violation("\(node.market) follows another trust root than \(nodes[0].market) in the end")
            }
            let position = try node.replica.position()
            let state = (node.market, position.digest, try node.tables(), try node.openConflicts())
            guard let first = byFrontier[position.frontier] else {
                byFrontier[position.frontier] = state
                continue
            }
            guard first.digest == state.1 else {
                throw Violation("\(first.market) and \(node.market) differ in digest")
            }
            guard first.tables == state.2 else {
                throw Violation("\(first.market) and \(node.market) differ in tables")
            }
            guard first.conflicts == state.3 else {
                throw Violation("\(first.market) and \(node.market) differ in conflicts")
            }
        }
        if byFrontier.count > 1 { throw Violation("\(byFrontier.count) frontiers in the end") }
    }

    /// While everything is still under way: whoever stands at one frontier shows one state. A node that has local writes
    /// shows them too, and one with another catalog shows other columns.
    mutating func checkMeanwhile(_ some: [SimulatedNode]) throws {
        var first: [Frontier: (node: SimulatedNode, digest: Digest, tables: [String], conflicts: [DeclaredConflict])] =
            [:]
        for node in some where !isWriting(at: node) {
            let position = try node.replica.position()
            let state = (node, position.digest, try node.tables(), try node.openConflicts())
            for conflict in state.3 where conflictsSeen.insert(conflict).inserted { tally.count("conflict opened") }
            guard let before = first[position.frontier] else {
                first[position.frontier] = state
                continue
            }
            guard try before.node.isUpgraded == node.isUpgraded && before.node.rootVersion() == node.rootVersion()
            else {
                continue
            }
            tally.count("pair of nodes compared meanwhile")
            guard before.digest == state.1, before.tables == state.2, before.conflicts == state.3 else {
                throw Violation("\(before.node.market) and \(node.market) stand at one frontier and differ")
            }
        }
    }

    /// Everything again changes nothing.
    private mutating func checkIdempotence(_ logs: [ExportedLog]) throws {
        for (place, node) in nodes.enumerated() {
            let before = try node.replica.summary()
            let tables = try node.tables()
            // In another's order of application.
            let batch = Batch(entries: logs[(place + 1) % logs.count].entries.map(\.entry))
            let report = try node.apply(batch, from: nil)
            guard report.applied == 0, try node.replica.summary() == before, try node.tables() == tables else {
                throw Violation("\(node.market) took \(report.applied) entries that it had")
            }
            note("\(node.market) ends at \(before.digest.hex), \(before.frontier.rows.map(\.dot))")
        }
    }
}
