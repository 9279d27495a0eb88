// When the watch over commits looks next.

/// Looks follow an event ever more rarely, until nobody waits any more for a commit to follow it.
struct LookPace: Equatable {
    /// Until the next look; nil where none is due before the next event.
    private(set) var pause: Duration?
    /// Since the event.
    private var waited = Duration.zero

    static let first = Duration.microseconds(50)
    /// The first look after a commit that left nothing pending.
    static let afterCommit = Duration.microseconds(200)
    /// So long a commit is rested after: what is written meanwhile is looked at once.
    static let rest = Duration.milliseconds(1)
    /// The daemon looks by itself once a second.
    static let settleTime = Duration.seconds(1)

    mutating func restart() { self = LookPace(from: Self.first) }

    /// In proportion to what has passed already, so that noticing costs a small part of a commit's own time, and an event
    /// that no commit follows (a checkpoint, a rollback) some thirty looks of microseconds.
    mutating func lookedInVain() {
        waited += pause ?? .zero
        pause = waited < Self.settleTime ? pause.map { $0 * ($0 < .milliseconds(2) ? 1.3 : 1.5) } : nil
    }

    /// How long to rest after a commit was told, nil not at all; after that it is looked at again in any case.
    ///
    /// A commit that begins the log anew changes the version once when it begins and once when it stands, and of the second
    /// no event tells. So a version that is new where nothing is pending may be such a one's beginning: it will stand a
    /// moment later. (Or it was a seal, our own or another process's: then the looks are for nothing.)
    mutating func told(isPending: Bool) -> Duration? {
        self = LookPace(from: isPending ? Self.rest : Self.afterCommit)
        return isPending ? Self.rest : nil
    }

    init() {}

    private init(from pause: Duration) { self.pause = pause }
}
