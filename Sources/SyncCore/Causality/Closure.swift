// The trust root's word on where an incarnation ends: what lies beyond has no effect on any node (DESIGN.md section 8).

/// An entry of a closed origin counts if it is one of the last ones, or comes before one of them. Every other one is *void*:
/// kept and relayed, since contexts may name it, and without effect.
package struct Closure: Hashable, Sendable {
    package let origin: Origin
    /// The last entries that count, ascending: one, or one for each branch that counts. None: nothing of this origin does.
    package let ends: [EntryPlace]

    package init(origin: Origin, ends: some Sequence<EntryPlace>) {
        self.origin = origin
        self.ends = ends.sorted()
    }

    package var rows: [Row] { ends.map { Row(origin: origin, sequence: $0.sequence, idPrefix: $0.id.prefix) } }
}
