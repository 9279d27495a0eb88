// Everything that decodes what somebody else wrote.

extension FuzzTarget {
    static let all = [
        entry, changes, op, batch, push, zstd, message, frames, json, route, name, descriptor, root, key, catalog,
        register,
        cell, set, state, node, audit,
    ]
}
