// A digest as people compare it on the telephone.

internal import SyncCore

extension Digest {
    /// 16 groups of 4 hexadecimal digits.
    var fingerprint: String {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: " ")
    }

    /// True if a person's text is this fingerprint: blanks, colons, hyphens and case do not matter, every digit does.
    func hasFingerprint(_ text: String) -> Bool { text.lowercased().filter { !" :-\t\n".contains($0) } == hex }
}
