// What a library of others says of a failure, inside a sentence of ours.

extension String {
    /// Its first line, without what ends it: parsers print the lines of the file below their message, and no more of a file
    /// than a message needs belongs on a screen or in a log.
    package var asReason: String {
        let line = prefix { !$0.isNewline }.prefix(160)
        return String(line[..<(line.lastIndex { !":. ".contains($0) }.map(line.index(after:)) ?? line.startIndex)])
    }
}
