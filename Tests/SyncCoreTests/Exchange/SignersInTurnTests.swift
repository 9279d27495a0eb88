// Which key is in force is said by an entry's own ancestors: so that no node refuses what another one holds.

import Testing

@testable import SyncCore

@Suite("Signers in turn")
struct SignersInTurnTests {
    private static let (old, new, third) = (
        Digest(words: (1, 0, 0, 0)), Digest(words: (2, 0, 0, 0)), Digest(words: (3, 0, 0, 0))
    )

    /// Three entries; the second hands over, and the new key signs the third.
    private let log: OriginLog

    init() {
        var log = OriginLog("jiangsu")
        for key in [Self.old, Self.old, Self.new] { log.append(keyID: key) }
        self.log = log
    }

    private func admit(_ batch: [VerifiedEntry], onto applied: [VerifiedEntry] = []) -> Admission {
        var standing = AppliedLog(applied)
        standing.nextSigners = [log[2].id: Self.new]
        return Admission(of: batch, knowledge: standing.knowledge)
    }

    @Test func `the new key takes over behind the entry that hands over, applied before or in the same batch`() {
        for count in 0...2 {
            let admission = admit(Array(log.entries.dropFirst(count)), onto: Array(log.entries.prefix(count)))
            #expect(admission.admitted.count == 3 - count)
            #expect(admission.wronglySigned.isEmpty)
        }
    }

    @Test func `the old key signs nothing behind it, and no other key does`() {
        for key in [Self.old, Self.third] {
            var wrong = log.branch(after: 2)
            wrong.append(keyID: key)
            wrong.append(keyID: key)
            for count in 0...2 {
                let admission = admit(Array(wrong.entries.dropFirst(count)), onto: Array(wrong.entries.prefix(count)))
                #expect(admission.admitted == Array(wrong.entries[count..<2]))
                #expect(admission.wronglySigned == [wrong[3]])
                #expect(admission.waiting.map(\.need) == [.predecessor(wrong[3].header.dot)])
            }
        }
    }

    @Test func `on a branch that left before, the old key goes on and the new one signs nothing`() {
        var branch = log.branch(after: 1)
        for number in 0..<3 { branch.append(website: "branch \(number)", keyID: Self.old) }
        // Whichever of the two comes first.
        #expect(admit(Array(branch.entries.dropFirst()), onto: log.entries).admitted.count == 3)
        #expect(admit(Array(log.entries.dropFirst()), onto: branch.entries).admitted.count == 2)
        var wrong = branch
        wrong.append(keyID: Self.new)
        #expect(admit([wrong[5]], onto: log.entries + branch.entries.dropFirst()).wronglySigned == [wrong[5]])
    }

    @Test func `a group with one wrong signature is nothing at all`() {
        var wrong = log.branch(after: 2)
        wrong.append(continues: true, keyID: Self.new)
        wrong.append(keyID: Self.old)
        let admission = admit(Array(wrong.entries.suffix(2)), onto: Array(log.entries.prefix(2)))
        #expect(admission.admitted.isEmpty)
        #expect(admission.wronglySigned == Array(wrong.entries.suffix(2)))
    }

    @Test func `a key takes over inside a group too`() {
        for (key, isTaken) in [(Self.new, true), (Self.old, false)] {
            var group = log.branch(after: 1)
            let rotation = group.append(continues: true, keyID: Self.old)
            group.append(keyID: key)
            var standing = AppliedLog([log[1]])
            standing.nextSigners = [rotation.id: Self.new]
            let admission = Admission(of: Array(group.entries.dropFirst()), knowledge: standing.knowledge)
            #expect(admission.admitted.count == (isTaken ? 2 : 0))
        }
    }

    @Test func `what is known already is not judged again`() {
        let admission = admit(log.entries, onto: log.entries)
        #expect(admission.knownAlready == 3)
        #expect(admission.wronglySigned.isEmpty)
    }
}
