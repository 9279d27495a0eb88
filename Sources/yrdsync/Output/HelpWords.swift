// The argument parser speaks English; its headings and complaints, in the language of this run.

import Foundation
import SyncCore

enum HelpWords {
    /// Help, or what the parser complains of.
    static func localised(_ text: String) -> String {
        guard Language.current == .zh else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            patterns.reduce(String(line)) { line, pattern in
                line.replacingOccurrences(of: pattern.english, with: pattern.chinese, options: .regularExpression)
            }
        }.joined(separator: "\n")
    }

    /// Checked against `swift-argument-parser` 1.8; what it words otherwise stays English.
    private static let patterns: [(english: String, chinese: String)] = [
        ("^OVERVIEW: ", "概述:"), ("^USAGE: ", "用法:"), ("^Usage: ", "用法:"), ("^ARGUMENTS:$", "参数:"),
        ("^OPTIONS:$", "选项:"), ("^SUBCOMMANDS:$", "子命令:"), ("^Help:  ", "说明:"), ("^Error: ", "错误:"),
        ("<subcommand>", "<子命令>"), ("<options>", "<选项>"),
        ("^  See '(.*)' for (detailed help|more information)\\.$", "  详见 $1"),
        ("Show help information\\.", "显示帮助"), ("Show the version\\.", "显示版本"),
        ("Show subcommand help information\\.", "显示子命令的帮助"), ("\\(default: ", "(缺省:"), ("\\(values: ", "(可取:"),
        ("; default: ", ";缺省:"), ("Missing expected argument '", "缺少参数 '"), ("Missing one of: ", "缺少其中之一:"),
        ("Missing value for '", "选项缺值 '"), ("Unknown option '", "没有选项 '"), ("Did you mean '(.*)'\\?", "是否想写 '$1'?"),
        ("The value '(.*)' is invalid for '([^']*)'", "'$1' 不能用于 '$2'"), ("Unexpected argument '", "多余的参数 '"),
        ("([0-9]+) unexpected arguments: ", "$1 个多余的参数:"),
        ("The option '(.*)' does not take any value, but '(.*)' was specified\\.", "选项 '$1' 不带值,却写了 '$2'"),
    ]
}
