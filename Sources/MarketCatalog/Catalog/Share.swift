// How far a column's values may go.

package enum Share: String, Hashable, Sendable, CaseIterable {
    /// May be published.
    case `public`
    /// The four markets only.
    case federation
    /// Never leaves the node: it is in no unit and in no change set.
    case home
}
