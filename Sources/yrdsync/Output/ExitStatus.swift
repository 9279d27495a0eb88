// Exit codes that other programs rely on (DESIGN.md section 12).

/// How a command ended. Of several, the one that comes first here decides.
enum ExitStatus: Int32, CaseIterable {
    case usage = 2
    case refusedForTrust = 5
    case failed = 1
    case unreachable = 4
    /// It worked, and something waits for a person.
    case waitsForPerson = 3
    case done = 0

    static func worst(_ statuses: [ExitStatus]) -> ExitStatus {
        allCases.first { statuses.contains($0) } ?? .done
    }
}
