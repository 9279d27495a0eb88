// Dates as registers write them.

import Testing

@testable import MarketCatalog

@Suite("Dates")
struct CalendarDateTests {
    @Test(arguments: [
        "2021-03-05", "2021-3-5", "2021.3.5", "2021/3/5", "2021/03/05", "2021年3月5日", "2021年03月05日", "2021年3月5号",
        "20210305", "44260", fullWidth("2021-03-05"), fullWidth("2021年3月5日"), fullWidth(" 2021.3.5 "),
        fullWidth("2021/3/5"), fullWidth("44260"),
        "2021-03-05 00:00:00", "2021/3/5 0:00", "2021-03-05T08:30:00", "2021-03-05 23:59:59.123", "2021年3月5",
        " 2021/3/5\t",
    ])
    func `every way of writing a day is read as the same day`(_ cell: String) {
        #expect(CalendarDate.read(cell) == .date(CalendarDate(year: 2021, month: 3, day: 5)!))
    }

    @Test(arguments: [
        "2021-02-29", "2021-02-30", "2021-13-01", "2021-00-10", "2021-04-31", "2021.6.31", "2021年2月30日", "1900/2/29",
        "20210230", "2100-02-29", "1899-12-31", "2200-01-01", "2021-03-00", "2021-03-32", "0021-03-05",
    ])
    func `a day that the calendar does not have is impossible`(_ cell: String) {
        #expect(CalendarDate.read(cell) == .impossible)
    }

    @Test(arguments: [
        "", "abc", "2021", "2021-03", "21-3-5", "5/3/2021", "2021-3-5-1", "2021-03/05", "2021-003-05", "2021.3.5.",
        "二〇二一年三月五日",
        "2021年3-5", "19999", "80001", "4426", "442600", "-44260", "44260.5", "2021-03-05x", "2021-03-05 25:00",
        "2021-03-05 1",
        "2021-03-05 12:61", "2021-- 05", "2021-03-05 12:00:00:00", "2021030", "999999999999999999999",
    ])
    func `what is no date is unreadable`(_ cell: String) {
        #expect(CalendarDate.read(cell) == .unreadable)
    }

    @Test func `leap years are the Gregorian ones`() {
        #expect(CalendarDate(year: 2000, month: 2, day: 29) != nil)
        #expect(CalendarDate(year: 2024, month: 2, day: 29) != nil)
        #expect(CalendarDate(year: 2023, month: 2, day: 29) == nil)
        #expect(CalendarDate(year: 1900, month: 2, day: 29) == nil)
    }

    /// The slow obvious model: one day after the other.
    @Test func `Excel's days follow each other without gap from 1954 to 2119`() {
        var day = CalendarDate(year: 1954, month: 10, day: 3)!
        for number in 20_000...80_000 {
            guard CalendarDate.read("\(number)") == .date(day) else {
                Issue.record("day \(number) is not \(day.text)")
                return
            }
            day =
                CalendarDate(year: day.year, month: day.month, day: day.day + 1)
                ?? CalendarDate(year: day.year, month: day.month + 1, day: 1)
                ?? CalendarDate(year: day.year + 1, month: 1, day: 1)!
        }
        #expect(day.text == "2119-01-12")
    }

    @Test func `only the stored form is the stored form`() {
        #expect(CalendarDate("2021-03-05")?.text == "2021-03-05")
        for other in ["2021-3-5", "2021-03-05 ", "2021/03/05", "2021-02-30", "", "2021-03-0五"] {
            #expect(CalendarDate(other) == nil)
        }
    }
}
