// What a plain SQL write means: the sealer's decision.

import Testing

@testable import SyncCore

@Suite("Local edits")
struct LocalEditTests {
    private static let record = TestCatalog.record("SH-1")
    private static let rule = TestCatalog.current

    private static func story() throws -> Story {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=w
            everyone syncs
            """)
        return story
    }

    private static func draft(_ view: RecordView, _ content: RowContent) -> LocalEdit.Draft? {
        LocalEdit.draft(record: record, rule: rule, view: view, content: content)
    }

    @Test func `nothing shown and nothing there is no change`() {
        let view = RecordView(of: RecordState(), record: Self.record, rule: Self.rule)
        #expect(Self.draft(view, .absent) == nil)
    }

    @Test func `a row that is as it was is no change`() throws {
        let view = try Self.story()["shanghai"].view(Self.record)
        #expect(Self.draft(view, .present(view.shown.mapValues(\.values))) == nil)
    }

    @Test func `an update carries the units that differ and no others`() throws {
        let view = try Self.story()["shanghai"].view(Self.record)
        var row = view.shown.mapValues(\.values)
        row[TestCatalog.website] = [.null]
        row[TestCatalog.remark] = [.text("r")]
        let draft = try #require(Self.draft(view, .present(row)))
        #expect(draft.kind == .update)
        #expect(draft.units.map(\.unit) == [TestCatalog.website, TestCatalog.remark])
        #expect(draft.kept.isEmpty)
    }

    @Test func `a create leaves out what is NULL, and carries one unit at least`() {
        let view = RecordView(of: RecordState(), record: Self.record, rule: Self.rule)
        let some = Self.draft(view, .present([TestCatalog.remark: [.text("r")], TestCatalog.website: [.null]]))
        #expect(some?.kind == .create)
        #expect(some?.units == [UnitValues(unit: TestCatalog.remark, values: [.text("r")])])
        let none = Self.draft(view, .present([:]))
        #expect(none?.units == [UnitValues(unit: TestCatalog.name, values: [.null])])
    }

    @Test func `a delete and an update keep what their author was not shown`() throws {
        var story = try Self.story()
        try story.tell(
            """
            shanghai sets website=a
            jiangsu sets website=b
            shanghai hears jiangsu
            """)
        let view = story["shanghai"].view(Self.record)
        let hidden = view.conflicts[0].sides.filter { $0.value == .unit([.text("b")]) }.map(\.stamp)
        #expect(Self.draft(view, .absent)?.kept == [TestCatalog.website: hidden])
        var row = view.shown.mapValues(\.values)
        row[TestCatalog.website] = [.text("c")]
        #expect(Self.draft(view, .present(row))?.kept == [TestCatalog.website: hidden])
        row[TestCatalog.website] = view.shown[TestCatalog.website]?.values
        row[TestCatalog.remark] = [.text("r")]
        #expect(Self.draft(view, .present(row))?.kept == [:])
    }

    @Test func `a value that was shown is not kept, whoever else wrote it`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=a
            anhui sets website=b
            everyone syncs
            """)
        let view = story["shanghai"].view(Self.record)
        let hidden = view.conflicts[0].sides.filter { $0.stamp.market.name == "anhui" }.map(\.stamp)
        #expect(view.conflicts[0].sides.count == 3)
        #expect(Self.draft(view, .absent)?.kept == [TestCatalog.website: hidden])
    }
}
