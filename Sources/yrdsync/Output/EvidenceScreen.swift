// What an evidence file proves, for people and for programs.

import MarketCatalog
import PeerTrust
import SyncCore
import SyncNode

struct EvidenceScreen {
    let report: EvidenceReport
    /// Markets whose fingerprints were given on the command line, and are right.
    let isCompared: Set<Market>

    /// Safe to print.
    var lines: [String] {
        var lines = Screen.facts([
            [say("记录", "record"), "\(report.record.type) \(report.record.key)"],
            [say("联邦", "federation"), report.federation.text],
        ])
        lines += [
            "", say("密钥所属,须与各市场公布的指纹核对:", "the keys are those of, to be compared with what each market publishes:"),
        ]
        lines += Screen.table(
            report.descriptors.map { descriptor in
                [
                    "  " + descriptor.market.name, say("第 \(descriptor.serial) 版", "serial \(descriptor.serial)"),
                    descriptor.fingerprint,
                    isCompared.contains(descriptor.market) ? say("已核对", "compared") : say("未核对", "not compared"),
                ]
            })
        if let root = report.root {
            lines.append(
                say(
                    "信任根第 \(root.version) 版,指纹须核对:\(root.fingerprint)",
                    "under trust root version \(root.version), to be compared too: \(root.fingerprint)"))
        }
        for change in report.changes { lines += ["", Screen.safe(head(change))] + details(change).map { "    " + $0 } }
        return lines
    }

    private func head(_ change: EvidenceReport.ProvenChange) -> String {
        let who = [change.market.name, change.note?.author?.string].compactMap(\.self).joined(separator: " · ")
        let name = screen?.name(of: change.change, change.note) ?? change.change.kind.name
        return "\(Instant.local(change.header.timeMilliseconds))  \(who)  \(name)  \(DotPrefix.short(change.dot))"
    }

    private func details(_ change: EvidenceReport.ProvenChange) -> [String] {
        let receivers = change.receivedBy.map { "\($0.market) (\(Instant.local($0.timeMilliseconds)))" }
        let facts = [
            [say("标识", "id"), change.id.hex],
            [
                say("签收", "received by"),
                receivers.isEmpty ? say("没有回执证明", "no receipt proves it") : receivers.joined(separator: ", "),
            ],
        ]
        return Screen.facts(facts) + (screen?.lines(change.change, note: change.note) ?? [])
    }

    /// Names where the bundle's dictionary is the signed one; else nothing but the ids.
    private var screen: ChangeScreen? { report.catalog.map { ChangeScreen(catalog: $0) } }

    var json: JSON {
        .object([
            ("federation", .string(report.federation.text)), ("type", .string(report.record.type.string)),
            ("key", .string(report.record.key.string)),
            ("root", report.root.map { .string($0.fingerprint) } ?? .null),
            (
                "descriptors",
                .array(
                    report.descriptors.map {
                        .object([
                            ("market", .string($0.market.name)), ("serial", .number($0.serial)),
                            ("fingerprint", .string($0.fingerprint)),
                            ("compared", .bool(isCompared.contains($0.market))),
                        ])
                    })
            ),
            ("change_sets", .array(report.changes.map(json))),
        ])
    }

    private func json(_ change: EvidenceReport.ProvenChange) -> JSON {
        .object([
            ("origin", .string(change.dot.origin.description)), ("seq", .number(change.dot.sequence)),
            ("id", .string(change.id.hex)), ("market", .string(change.market.name)),
            ("time", .integer(change.header.timeMilliseconds)), ("op", .string(change.change.kind.name)),
            ("units", LogJSON.units(change.change, report.catalog)),
            ("author", .optional(change.note?.author?.string)), ("reason", .optional(change.note?.reason?.string)),
            ("resolves", LogJSON.resolution(change.note)),
            (
                "received",
                .array(
                    change.receivedBy.map {
                        .object([("market", .string($0.market.name)), ("time", .integer($0.timeMilliseconds))])
                    })
            ),
        ])
    }
}
