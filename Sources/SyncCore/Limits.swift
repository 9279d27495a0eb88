// Everything a peer controls has a maximum, and it stands here (DESIGN.md section 10). A decoder refuses before it
// allocates; tests try each limit at n-1, n and n+1.

/// The limits of the protocol, version 1. Bytes unless the name says otherwise.
package enum Limits {
    package static let headerBytes = 240
    package static let signaturesPerEntry = 4
    /// Notes and changes of one change set together.
    package static let opsPerChangeSet = 4_096
    package static let payloadBytes = 8 << 20
    package static let changeBytes = 256 << 10
    package static let textBytes = 64 << 10
    package static let setElements = 256
    package static let typeNameBytes = 32
    package static let keyBytes = 128
    package static let unitsPerType = 62
    package static let valuesPerUnit = 64
    package static let keepsPerUnit = 64
    /// From this many siblings on, `status` warns and plain SQL writes to the unit are refused at the statement.
    package static let siblingsWarned = 32
    package static let noteFields = 32
    package static let authorBytes = 128
    package static let reasonBytes = 2_048

    package static let contextRows = 1_024
    /// 1 version byte, 32 catalog hash, 2 count, 1,024 rows of 56.
    package static let contextBytes = 1 + 32 + 2 + contextRows * Row.encodedBytes
    /// Sequences and times stay exact in every language's numbers.
    package static let counterMax: UInt64 = (1 << 53) - 1

    /// Branches of one market's forked origins that a node takes without another market's word. What others have named is
    /// remembered for so many rows a market.
    package static let branchesOfMarket = 16
    package static let namedRowsOfMarket = 64

    package static let groupChanges = 65_536
    package static let groupBytes = 32 << 20

    /// A sender closes a batch here …
    package static let batchRawBytesSent = 8 << 20
    package static let batchCompressedBytesSent = 4 << 20
    /// … and a receiver takes up to here, since a group travels whole.
    package static let batchRawBytesTaken = 40 << 20
    package static let batchEntries = 65_536
    package static let zstdWindowBytes = 8 << 20

    package static let helloBytes = 4 << 10
    package static let headsBytes = 1 << 20
    package static let pullRequestBytes = 128 << 10
    package static let pullResponseBytes = 64 << 20
    package static let pullResponseSeconds = 60
    package static let longPollSecondsMax = 25
    /// Pulls held open: of one peer, where the newest stand, and in all, which leaves connections for everything else.
    package static let waitingPullsPerPeer = 2
    package static let waitingPulls = 48
    package static let receiptsBytes = 320 << 10
    package static let compareBytes = 64 << 10
    package static let descriptorsBytes = 1 << 20
    package static let descriptorBytes = 16 << 10
    package static let trustRootBytes = 256 << 10
    package static let entryBytes = 9 << 20
    package static let heldOrigins = 1_024
    /// Lines of what one peer handed over that is no entry. They are kept as evidence, and the first ones are enough.
    package static let notAuthenticKept = 256

    /// Findings of one kind about one market or incarnation, which its peers bring about.
    package static let findingsOfOneSubject = 16

    package static let members = 64
    package static let connections = 64
    package static let requestHeaderSeconds = 10
    package static let idleSeconds = 30
    package static let lowSpeedBytesPerSecond = 1 << 10
    package static let lowSpeedSeconds = 30

    /// A change set's clock further ahead of our wall clock than this is flagged and never advances ours.
    package static let clockAheadMillisecondsMax: Int64 = 10 * 60 * 1_000
}
