// What reaches a terminal: nothing from a record unescaped, columns aligned also for Chinese.

import Foundation
import Synchronization

enum Screen {
    /// Data, on standard output.
    static func print(_ line: String) {
        let isWritten = Array((line + "\n").utf8).withUnsafeBytes { DataStream.write($0, to: STDOUT_FILENO) }
        if !isWritten { exit(ExitStatus.failed.rawValue) }
    }

    /// Remarks and failures, on standard error.
    static func remark(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// C0, C1, DEL and bidirectional controls made visible, so that no record can move the cursor or turn text around.
    static func safe(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || isBidiControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func isBidiControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Columns as wide as their widest cell; no line ends in spaces.
    static func table(_ rows: [[String]]) -> [String] {
        let rows = rows.map { $0.map(safe) }
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], width(of: cell))
            }
        }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - width(of: cell))
            }.joined(separator: "  ").trimmingSuffix(" ")
        }
    }

    /// Cells of a terminal: two for East Asian wide characters.
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        guard let last = lastIndex(where: { $0 != character }) else { return "" }
        return String(self[...last])
    }
}

/// Instants for people and for JSON.
enum Instant {
    /// RFC 3339 in UTC, with milliseconds.
    static func utc(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    static func json(_ milliseconds: Int64?) -> JSON { milliseconds.map { .string(utc($0)) } ?? .null }

    /// In the machine's time zone, to the second.
    static func local(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }
}
