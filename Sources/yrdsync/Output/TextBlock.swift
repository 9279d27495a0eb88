// Cells as wide as the screen allows: cut to one line, or folded into several, counted in terminal cells.

extension Screen {
    /// At most `width` cells, with an ellipsis where something was left out. The result is safe to print.
    static func cut(_ text: String, to width: Int) -> String {
        let text = safe(text)
        guard self.width(of: text) > width else { return text }
        var result = ""
        var used = 0
        for character in text {
            let cells = self.width(of: String(character))
            guard used + cells <= width - 1 else { break }
            result.append(character)
            used += cells
        }
        return result + "…"
    }

    /// Lines of at most `width` cells; at least one. A line break in the text is one here too.
    static func folded(_ text: String, to width: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
            foldedLine(safe(String($0)), to: width)
        }
    }

    /// Breaks after a space if there is one in the line's second half, else anywhere, as Chinese does.
    private static func foldedLine(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for character in text {
            let cells = self.width(of: String(character))
            if used + cells > width, used > 0 {
                let rest = tail(ofFull: &line)
                lines.append(line)
                line = rest
                used = self.width(of: rest)
                if line.isEmpty, character == " " { continue }
            }
            line.append(character)
            used += cells
        }
        return lines + [line]
    }

    private static func tail(ofFull line: inout String) -> String {
        guard let space = line.lastIndex(of: " "), line.distance(from: line.startIndex, to: space) > line.count / 2
        else { return "" }
        let tail = String(line[line.index(after: space)...])
        line = String(line[..<space])
        return tail
    }

    /// A table whose cells may have several lines; no column is wider than its share of `width`.
    static func foldedTable(_ rows: [[String]], firstColumnMax: Int, width: Int) -> [String] {
        guard let columns = rows.first?.count, columns > 1 else { return table(rows) }
        let first = min(firstColumnMax, rows.map { self.width(of: safe($0[0])) }.max() ?? 0)
        let share = max(12, (width - first) / (columns - 1) - 2)
        return table(
            rows.flatMap { row in
                level(row.enumerated().map { index, cell in folded(cell, to: index == 0 ? firstColumnMax : share) })
            })
    }

    /// Names and what they stand for: the last cell of each row has what room is left, and as many lines as it needs.
    static func facts(_ rows: [[String]]) -> [String] {
        let names = rows.map { row in row.dropLast().map { self.width(of: safe($0)) + 2 } }
        let columns = names.map(\.count).max() ?? 0
        let used = (0..<columns).reduce(0) { sum, column in
            sum + (names.compactMap { column < $0.count ? $0[column] : nil }.max() ?? 0)
        }
        let room = Terminal.isScreen ? max(20, Terminal.columns - used) : Int.max
        return table(
            rows.flatMap { row in level(row.dropLast().map { [$0] } + [folded(row.last ?? "", to: room)]) })
    }

    /// Cells of several lines as rows of one line each.
    private static func level(_ cells: [[String]]) -> [[String]] {
        (0..<(cells.map(\.count).max() ?? 1)).map { line in cells.map { line < $0.count ? $0[line] : "" } }
    }
}
