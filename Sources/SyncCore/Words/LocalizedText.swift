// Everything a person reads exists in Chinese and in English; which one is shown is decided at the very end.

/// The languages of labels and messages.
package enum Language: String, Sendable, CaseIterable {
    case zh
    case en
}

/// One text in every language.
package struct LocalizedText: Hashable, Sendable {
    package let zh: String
    package let en: String

    package init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    package subscript(language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }
}
