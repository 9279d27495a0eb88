// Chinese or English: decided once, before anything is printed.

import Foundation
import SyncCore

extension Language {
    /// `--lang`, else the locale.
    static let current: Language = {
        let arguments = CommandLine.arguments
        if let index = arguments.firstIndex(of: "--lang"), index + 1 < arguments.count,
            let language = Language(rawValue: arguments[index + 1])
        {
            return language
        }
        if let language = arguments.compactMap({ argument in
            argument.hasPrefix("--lang=") ? Language(rawValue: String(argument.dropFirst(7))) : nil
        }).first {
            return language
        }
        // One by one: the whole environment as a dictionary takes longer than all of this.
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { (name: String) in
            getenv(name).map { String(cString: $0) }
        }.first { !$0.isEmpty }
        return locale?.hasPrefix("zh") == true ? .zh : .en
    }()
}

/// The text in the language of this run.
func say(_ zh: String, _ en: String) -> String {
    Language.current == .zh ? zh : en
}
