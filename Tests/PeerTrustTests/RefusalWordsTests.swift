// What a person reads when trust is refused, in Chinese and in English.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Words of refusals")
struct RefusalWordsTests {
    private static let market = Market("jiangsu")!
    private static let federation = FederationName("elsewhere")!

    private static let descriptors: [DescriptorRefusal] = [
        .tooLarge(bytes: 20_000), .notUTF8, .forbiddenCharacter(LocalizedText(zh: "反引号", en: "a backtick"), line: 3),
        .otherDocument(line: 3), .nestedTooDeeply(line: 3), .notYAML(LocalizedText(zh: "文件为空", en: "it is empty")),
        .noSignatures, .signaturesNotLast,
        .unknownKey("x"), .missingKey("x"), .wrongOrder("x"), .wrongValue("x", expected: Expected.onlyVersion),
        .wrongValue("x", expected: Expected.plainValue), .wrongValue("x", expected: Expected.federationName),
        .wrongValue("x", expected: Market.form), .wrongValue("x", expected: Expected.signature),
        .repeatedKey("x"), .requiredSuiteWithoutKey(.sm2SM3), .notSigned(by: "x"), .wrongSignature(by: "x"),
    ]
    private static let keys: [KeyRefusal] = [.notStrictDER, .notCanonical, .lowOrder, .notOnCurve, .notProven]
    private static let roots: [TrustRootRefusal] = [
        .previousMissing, .noMembers, .sharedKey(market), .retiredWithOpenSpan(market), .revokedWithOpenSpan(market),
        .otherFederation(federation), .lower(2, adopted: 3), .skips(5, adopted: 3), .otherPrevious(4), .rival(4),
        .notSigned(by: [market, Market("anhui")!], needed: 3), .notSigned(by: [], needed: 3),
        .fingerprintNeeded("0f"), .otherFingerprint("0f"), .notOurs(market),
    ]
    private static let successions: [SuccessionRefusal] = [
        .otherFederation(federation, ours: TestMarket.federation), .otherMarket(market, Market("anhui")!),
        .serialNotHigher(1, trusted: 1), .pinOfAnotherMarket(market), .keyOfAnotherMarket(market),
        .notSignedByPreviousKey(market), .otherFingerprint("0f"),
    ]
    private static let steps: [FileRefusal.Step] = [
        .opening, .examining, .reading, .listing, .creating, .writing, .protecting, .synchronizing, .namingCopy,
        .replacing, .removing,
    ]
    private static let files: [FileRefusal] =
        ([.notRegular, .otherOwner, .openToOthers(mode: 0o666), .tooLarge(max: 9), .shrunk]
        + steps.map { .failed($0, errno: 13, reason: "Permission denied") })
        .map { FileRefusal(path: "keys/a.pem", cause: $0) }
    private static let folders: [TrustDirectory.Refusal] = [
        .name(inside: market), .name(inside: nil), .otherFederation(federation), .sharedKey(with: market),
    ].map { TrustDirectory.Refusal(file: "peers/x.yaml", cause: $0) }

    /// Sentences of which none is another's, none is left open, and none is in the other language.
    private func check(_ words: [LocalizedText]) {
        for text in words {
            #expect(text.en.hasSuffix(".") && text.zh.hasSuffix("。"), "\(text)")
            #expect(text.en.utf8.allSatisfy { $0 < 0x80 }, "\(text.en)")
            #expect(!text.zh.contains(" the ") && !text.zh.contains("The "), "\(text.zh)")
            #expect(text.zh.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(text.zh)")
        }
        #expect(Set(words.map(\.zh)).count == words.count)
        #expect(Set(words.map(\.en)).count == words.count)
    }

    @Test func `each is said in both languages, and differently from all others`() {
        check(Self.descriptors.map(\.words) + Self.keys.map { DescriptorRefusal.refusedKey("x", $0).finding })
        check(Self.roots.map(\.words) + Self.descriptors.map { TrustRootRefusal.form($0).words })
        check(Self.keys.map(\.words) + Self.successions.map(\.words) + Self.folders.map(\.words))
        check(Self.files.map(\.words))
    }

    @Test func `what is wrong with a trust root's form is not said of a descriptor`() {
        for refusal in Self.descriptors {
            let words = TrustRootRefusal.form(refusal).words
            #expect(words.zh.contains("信任根") && !words.zh.contains("描述文件"), "\(words.zh)")
            #expect(words.en.contains("rust root") && !words.en.contains("descriptor"), "\(words.en)")
        }
    }

    @Test func `each root, key and succession has a code of its own`() {
        #expect(Set(Self.roots.map(\.code)).count == Self.roots.count - 1, "one is there twice")
        #expect(Set(Self.keys.map(\.code)).count == Self.keys.count)
        #expect(Set(Self.successions.map(\.code)).count == Self.successions.count)
    }
}
