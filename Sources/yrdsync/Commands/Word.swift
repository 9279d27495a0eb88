// A reason and a name, as a person gives them on the command line.

import Foundation
import SyncCore
import SyncNode

enum Word {
    /// - Parameter place: where the reason will stand, for whoever left it out.
    static func reason(_ text: String?, where place: String) throws -> Text {
        guard let text, !text.allSatisfy(\.isWhitespace) else {
            throw NodeError(
                .usage, code: "reason_needed",
                say("请用 --reason 说明理由:\(place)", "say why with --reason: \(place)"))
        }
        return try checked(text, "--reason", max: Limits.reasonBytes)
    }

    /// By default the login name; nil if there is none.
    static func author(_ name: String?) throws -> Text? {
        let name = name ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
        return name.isEmpty ? nil : try checked(name, "--author", max: Limits.authorBytes)
    }

    private static func checked(_ text: String, _ option: String, max: Int) throws -> Text {
        guard text.utf8.count <= max else {
            throw NodeError(
                .usage, code: "too_long",
                say(
                    "\(option) 有 \(text.utf8.count) 字节,最多 \(max) 字节",
                    "\(option) has \(text.utf8.count) bytes, at most \(max) are allowed"))
        }
        return Text(text)
    }
}
