// Registers write dates in every way that a person or a spreadsheet can think of; the register here stores one.

/// A day of the Gregorian calendar, written `YYYY-MM-DD`.
package struct CalendarDate: Hashable, Sendable {
    /// Contracts of technology markets are younger, and terms end sooner.
    package static let years = 1900...2199

    package let year: Int
    package let month: Int
    package let day: Int

    /// Nil for a day that the calendar does not have.
    package init?(year: Int, month: Int, day: Int) {
        guard Self.years.contains(year), (1...12).contains(month),
            (1...Self.days(year: year, month: month)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads the stored form; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        guard let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    package var text: String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    /// What can be said of an imported cell.
    package enum Reading: Hashable, Sendable {
        case date(CalendarDate)
        /// Written like a date, but no day of the calendar.
        case impossible
        case unreadable
    }

    /// Reads 2021-03-05, 2021.3.5, 2021/3/5, 2021年3月5日, 20210305 and Excel's day number 44260, each in full-width
    /// forms too, and with a time of day, which is left out.
    package static func read(_ cell: String) -> Reading {
        var rest = Array(Normalisation.compatible(cell).utf8)[...]
        let first = takeDigits(&rest)
        switch (first.count, rest.isEmpty) {
        case (5, true): return readExcelDay(number(first)!)
        case (8, true):
            return reading(number(first.prefix(4)), number(first.dropFirst(4).prefix(2)), number(first.suffix(2)))
        case (4, false): break
        default: return .unreadable
        }
        guard let separator = separators.first(where: { rest.starts(with: $0.first) }) else { return .unreadable }
        rest = rest.dropFirst(separator.first.count)
        let month = takeDigits(&rest)
        guard (1...2).contains(month.count), rest.starts(with: separator.second) else { return .unreadable }
        rest = rest.dropFirst(separator.second.count)
        let day = takeDigits(&rest)
        guard (1...2).contains(day.count) else { return .unreadable }
        if let end = separator.ends.first(where: { rest.starts(with: $0) }) { rest = rest.dropFirst(end.count) }
        guard isTimeOfDay(rest) else { return .unreadable }
        return reading(number(first), number(month), number(day))
    }

    private struct Separator {
        let first: [UInt8]
        let second: [UInt8]
        /// What may, and for the Chinese form should, follow the day.
        let ends: [[UInt8]]
    }

    private static let separators =
        ["-", "/", "."].map { Separator(first: Array($0.utf8), second: Array($0.utf8), ends: []) }
        + [Separator(first: Array("年".utf8), second: Array("月".utf8), ends: ["日", "号"].map { Array($0.utf8) })]

    private static func reading(_ year: Int?, _ month: Int?, _ day: Int?) -> Reading {
        guard let year, let month, let day else { return .unreadable }
        return CalendarDate(year: year, month: month, day: day).map { .date($0) } ?? .impossible
    }

    /// Excel counts days from 1899-12-30 (for days after February 1900, whose 29th it invented). Numbers that stand for
    /// a day before 1954 or after 2119 are something else.
    private static func readExcelDay(_ number: Int) -> Reading {
        guard (20_000...80_000).contains(number) else { return .unreadable }
        var year = 1899
        // Days since 1 January of `year`: 30 December is the 364th day, counted from 1.
        var rest = number + 363
        while rest >= days(year: year) {
            rest -= days(year: year)
            year += 1
        }
        var month = 1
        while rest >= days(year: year, month: month) {
            rest -= days(year: year, month: month)
            month += 1
        }
        return reading(year, month, rest + 1)
    }

    /// Empty, or `[ T]hh:mm[:ss[.fraction]]`, as databases and spreadsheets append to a day.
    private static func isTimeOfDay(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        guard let mark = rest.popFirst() else { return true }
        guard mark == UInt8(ascii: " ") || mark == UInt8(ascii: "T") else { return false }
        let parts = rest.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = number(parts[0]), (0...24).contains(hour),
            let minute = number(parts[1]), (0...59).contains(minute)
        else { return false }
        guard parts.count == 3 else { return true }
        let seconds = parts[2].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return seconds.count <= 2 && seconds.allSatisfy { number($0) != nil } && number(seconds[0])! <= 60
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    /// Up to nine digits; nil for none, more, or anything else.
    private static func number(_ bytes: some Collection<UInt8>) -> Int? {
        guard (1...9).contains(bytes.count), bytes.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func days(year: Int) -> Int { isLeap(year) ? 366 : 365 }

    private static func days(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether ten bytes are the stored form already: the way in for nearly every cell.
    static func isStored(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10])
        else { return false }
        return CalendarDate(year: year, month: month, day: day) != nil
    }
}
