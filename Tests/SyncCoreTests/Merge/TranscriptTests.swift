// The cases of the merge, each told as a story. `Story` explains the sentences.

import Testing

@testable import SyncCore

@Suite("Stories of the merge")
struct TranscriptTests {
    @Test func `the same unit edited apart is a conflict that one resolution closes everywhere`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            everyone shows name=Lixin website=a
            everyone has website: shanghai=a jiangsu=b
            anhui resolves website to jiangsu
            everyone syncs
            everyone shows name=Lixin website=b
            everyone has no conflict
            """)
    }

    @Test func `while a conflict is open, home is shown, else the latest`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=home
            jiangsu sets website=later
            jiangsu sets remark=early
            anhui sets remark=late
            everyone syncs
            everyone shows name=Lixin website=home remark=late
            everyone has website: shanghai=home jiangsu=later
            everyone has remark: jiangsu=early anhui=late
            """)
    }

    @Test func `different units edited apart join without a conflict`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old remark=old
            everyone syncs
            shanghai sets website=a
            jiangsu sets remark=b
            everyone syncs
            everyone shows name=Lixin website=a remark=b
            everyone has no conflict
            """)
    }

    @Test func `equal values written apart are one value`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=a
            everyone syncs
            everyone has no conflict
            anhui sets website=b
            everyone syncs
            everyone shows name=Lixin website=b
            everyone has no conflict
            """)
        #expect(story["shanghai"].state(story.record).siblings(of: TestCatalog.website).count == 1)
    }

    @Test func `text that looks equal but differs in its bytes is a conflict`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=caf\u{E9}
            jiangsu sets website=cafe\u{301}
            everyone syncs
            everyone has website: shanghai=caf\u{E9} jiangsu=cafe\u{301}
            """)
    }

    @Test func `an edit that a delete did not see keeps the record shown until home decides`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai deletes
            shanghai shows nothing
            jiangsu sets website=new
            everyone syncs
            everyone shows name=Lixin website=new
            everyone has existence: shanghai=absent jiangsu=present
            shanghai resolves existence to delete
            everyone syncs
            everyone shows nothing
            everyone has no conflict
            """)
    }

    @Test func `keeping the record after a delete restores all its values`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old remark=r
            everyone syncs
            shanghai deletes
            jiangsu sets website=new
            everyone syncs
            shanghai resolves existence to keep
            everyone syncs
            everyone shows name=Lixin website=new remark=r
            everyone has no conflict
            """)
        let siblings = story["jiangsu"].state(story.record).units.flatMap(\.siblings)
        #expect(siblings.allSatisfy { $0.deletedBy.isEmpty })
    }

    @Test func `a delete of a record that another did not touch just deletes`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            jiangsu hears shanghai
            jiangsu sets website=new
            shanghai hears jiangsu
            shanghai deletes
            everyone syncs
            everyone shows nothing
            everyone has no conflict
            """)
    }

    @Test func `two deletes apart agree`() throws {
        var story = Story("shanghai shanghai2 jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai deletes
            shanghai2 deletes
            everyone syncs
            everyone shows nothing
            everyone has no conflict
            shanghai creates name=Again
            everyone syncs
            everyone shows name=Again
            everyone has no conflict
            """)
        #expect(story["jiangsu"].state(story.record).existence.count == 1)
    }

    @Test func `two deletes that each saw another edit leave nothing unseen`() throws {
        var story = Story("shanghai shanghai2 jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            jiangsu sets website=j
            anhui sets website=a
            shanghai hears jiangsu
            shanghai2 hears anhui
            shanghai deletes
            shanghai2 deletes
            everyone syncs
            everyone shows nothing
            """)
    }

    @Test func `two inserts of one key are one record, and what differs is a conflict`() throws {
        var story = Story("shanghai shanghai2 jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=a
            shanghai2 creates name=Lixin website=b remark=r
            everyone syncs
            everyone shows name=Lixin website=b remark=r
            everyone has website: shanghai=a shanghai=b
            """)
        #expect(story["jiangsu"].view(story.record).conflicts.count == 1)
    }

    @Test func `an ordinary edit while a conflict is open leaves the hidden value alone`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            everyone shows name=Lixin website=a
            anhui sets website=c
            everyone syncs
            everyone has website: jiangsu=b anhui=c
            everyone shows name=Lixin website=c
            shanghai sets website=d
            everyone syncs
            everyone has website: jiangsu=b shanghai=d
            """)
    }

    @Test func `writing the hidden value by hand closes the conflict`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            anhui sets website=b
            everyone syncs
            everyone shows name=Lixin website=b
            everyone has no conflict
            """)
    }

    @Test func `an edit of another unit while a conflict is open touches nothing of it`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            anhui sets remark=r
            everyone syncs
            everyone has website: shanghai=a jiangsu=b
            everyone shows name=Lixin website=a remark=r
            """)
    }

    @Test func `a late third edit after a resolution is a new conflict`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            anhui sets website=late
            shanghai hears jiangsu
            shanghai resolves website to jiangsu
            shanghai has no conflict
            everyone syncs
            everyone has website: shanghai=b anhui=late
            """)
    }

    @Test func `two equal resolutions at once close the conflict`() throws {
        var story = Story("shanghai jiangsu anhui zhejiang")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            anhui resolves website to jiangsu
            zhejiang resolves website to jiangsu
            everyone syncs
            everyone shows name=Lixin website=b
            everyone has no conflict
            """)
    }

    @Test func `two different resolutions at once are a new conflict between the resolvers`() throws {
        var story = Story("shanghai jiangsu anhui zhejiang")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            anhui resolves website to jiangsu
            zhejiang resolves website to =c
            everyone syncs
            everyone has website: anhui=b zhejiang=c
            """)
    }

    @Test func `keeping and deleting at once is a new conflict about existence`() throws {
        var story = Story("shanghai shanghai2 jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai deletes
            jiangsu sets website=new
            everyone syncs
            shanghai resolves existence to keep
            shanghai2 resolves existence to delete
            everyone syncs
            everyone shows name=Lixin website=new
            everyone has existence: shanghai=absent shanghai=present
            """)
    }

    @Test func `a conflict's id changes with its siblings, so a stale one is known`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            anhui sets website=c
            shanghai hears jiangsu
            """)
        let early = try #require(story["shanghai"].view(story.record).conflict(of: TestCatalog.website))
        try story.tell("everyone syncs")
        let full = try #require(story["shanghai"].view(story.record).conflict(of: TestCatalog.website))
        #expect(early.id(.forTests) != full.id(.forTests))
        #expect(early.coveredEntries.count == 2 && full.coveredEntries.count == 3)
        for node in ["jiangsu", "anhui"] {
            let there = try #require(story[node].view(story.record).conflict(of: TestCatalog.website))
            #expect(there.id(.forTests) == full.id(.forTests))
        }
    }

    @Test func `an edit of any unit between show and delete changes the id of an existence conflict`() throws {
        var story = Story("shanghai jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai deletes
            jiangsu sets website=new
            everyone syncs
            """)
        let shown = try #require(story["shanghai"].view(story.record).conflict(of: 0))
        try story.tell(
            """
            anhui sets remark=r
            shanghai hears anhui
            """)
        let now = try #require(story["shanghai"].view(story.record).conflict(of: 0))
        #expect(shown.id(.forTests) != now.id(.forTests))
    }

    @Test func `delete, then re-create with fewer values: what is not carried is NULL everywhere`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old remark=old brokers=5
            everyone syncs
            shanghai deletes
            everyone syncs
            shanghai creates name=Again
            everyone syncs
            everyone shows name=Again
            everyone has no conflict
            """)
        #expect(story["jiangsu"].state(story.record).units.count == 1)
    }

    @Test func `an edit apart from delete and re-create meets the new record`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai deletes
            shanghai creates name=Again website=new
            jiangsu sets website=late
            everyone syncs
            everyone has website: shanghai=new jiangsu=late
            everyone shows name=Again website=new
            """)
    }

    @Test func `a unit that an older catalog does not know is carried, and replaced by a later create`() throws {
        var story = Story("shanghai(older) jiangsu anhui(older)")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            jiangsu sets website=w
            everyone syncs
            jiangsu shows name=Lixin website=w
            shanghai shows name=Lixin
            shanghai deletes
            shanghai creates name=Again
            everyone syncs
            everyone shows name=Again
            everyone has no conflict
            """)
        #expect(story["anhui"].state(story.record).siblings(of: TestCatalog.website).isEmpty)
    }

    @Test func `an unknown unit written apart from a delete keeps the record shown`() throws {
        var story = Story("shanghai(older) jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai deletes
            jiangsu sets website=w
            everyone syncs
            shanghai shows name=Lixin
            jiangsu shows name=Lixin website=w
            everyone has existence: shanghai=absent jiangsu=present
            """)
    }

    @Test func `home policy: home's value joins the others, whatever its incarnation`() throws {
        var story = Story("shanghai jiangsu anhui shanghai2")
        try story.tell(
            """
            shanghai creates name=Lixin level=1
            everyone syncs
            shanghai2 sets level=2
            jiangsu sets level=3
            anhui sets level=4
            everyone syncs
            everyone shows name=Lixin level=2
            everyone has no conflict
            """)
    }

    @Test func `home policy: no value of home, or two, is a conflict`() throws {
        var story = Story("shanghai jiangsu anhui shanghai2")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            jiangsu sets level=3
            anhui sets level=4
            everyone syncs
            everyone has level: jiangsu=3 anhui=4
            shanghai resolves level to =5
            shanghai2 resolves level to =6
            everyone syncs
            everyone has level: shanghai=5 shanghai=6
            everyone shows name=Lixin level=6
            """)
    }

    @Test func `latest policy: the later is shown, and is no conflict, home or not`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets brokers=5
            jiangsu sets brokers=6
            everyone syncs
            everyone shows name=Lixin brokers=6
            everyone has no conflict
            """)
    }

    @Test func `a machine that was cloned: nothing is undone, what overlaps is a conflict, one decision settles it`()
        throws
    {
        var story = Story("shanghai jiangsu anhui shanghai2")
        try story.tell(
            """
            shanghai creates name=Lixin website=a
            everyone syncs
            shanghai2 clones shanghai
            shanghai sets website=b
            shanghai2 sets website=c level=2
            jiangsu hears shanghai
            anhui hears shanghai2
            jiangsu hears anhui
            jiangsu shows name=Lixin website=c level=2
            jiangsu has website: shanghai=b shanghai=c
            everyone syncs
            everyone has website: shanghai=b shanghai=c
            shanghai resolves website to =d
            shanghai2 sets level=3
            everyone syncs
            everyone shows name=Lixin website=d level=3
            everyone has no conflict
            """)
    }

    @Test func `a plain delete while a unit is in conflict does not destroy the hidden value`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            shanghai deletes
            everyone syncs
            everyone shows name=Lixin website=a
            everyone has existence: shanghai=absent jiangsu=present
            everyone has website: shanghai=a jiangsu=b
            shanghai deletes
            everyone syncs
            everyone shows name=Lixin website=a
            shanghai resolves existence to delete
            everyone syncs
            everyone shows nothing
            """)
    }

    @Test func `only who may write what a resolution writes may resolve`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai deletes
            jiangsu sets website=new
            everyone syncs
            """)
        let conflict = try #require(story["jiangsu"].view(story.record).conflict(of: 0))
        let refusal = Resolution.Refusal.notAllowed(home: Market("shanghai"))
        #expect(throws: refusal) {
            try Resolution.draft(.keep, of: conflict, rule: TestCatalog.current, by: Market("jiangsu")!)
        }
    }

    @Test func `a resolution answers the conflict it was asked about`() throws {
        var story = Story("shanghai jiangsu")
        try story.tell(
            """
            shanghai creates name=Lixin website=old
            everyone syncs
            shanghai sets website=a
            jiangsu sets website=b
            everyone syncs
            """)
        let conflict = try #require(story["jiangsu"].view(story.record).conflict(of: TestCatalog.website))
        func refusal(_ request: ResolutionRequest) -> Resolution.Refusal? {
            do throws(Resolution.Refusal) {
                _ = try Resolution.draft(request, of: conflict, rule: TestCatalog.current, by: Market("anhui")!)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(.keep) == .wrongChoice)
        #expect(refusal(.delete) == .wrongChoice)
        #expect(refusal(.take(.zero)) == .noSuchSide)
        #expect(refusal(.value([])) == .valueDoesNotFit)
        #expect(refusal(.value([.integer(1)])) == .valueDoesNotFit)
        #expect(refusal(.value([.null])) == nil)
        #expect(refusal(.take(conflict.sides[0].stamp.id)) == nil)
    }

    /// Once a gap in the rules: a node with an older catalog cannot show the sides of a unit it does not know.
    @Test func `a plain delete under an older catalog keeps the values of unknown units that nobody looked at`() throws
    {
        var story = Story("shanghai(older) jiangsu anhui")
        try story.tell(
            """
            shanghai creates name=Lixin
            everyone syncs
            jiangsu sets website=a
            anhui sets website=b
            everyone syncs
            jiangsu has website: jiangsu=a anhui=b
            shanghai has no conflict
            shanghai deletes
            everyone syncs
            jiangsu has existence: shanghai=absent jiangsu=present
            jiangsu has website: jiangsu=a anhui=b
            """)
    }
}
