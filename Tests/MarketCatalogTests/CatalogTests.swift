// Other programs rely on the names and numbers of the catalog; here they are held.

import SyncCore
import Testing

@testable import MarketCatalog

@Suite("The built-in catalog")
struct CatalogTests {
    @Test func `a contract has exactly the stable columns, in their order`() {
        #expect(contract.keyColumn.name == "registration_no")
        #expect(
            contract.columns.map(\.name) == [
                "project_name", "category", "subcategory", "seller_name", "seller_uscc", "seller_kind", "seller_region",
                "buyer_name", "buyer_uscc", "buyer_kind", "buyer_region", "buyer_country", "total_amount_fen",
                "technology_amount_fen", "payment_mode", "signed_on", "valid_from", "valid_to", "registered_on",
                "registrar_code", "by_commitment", "technology_field", "ip_kind", "objective", "plan_source",
                "served_industry", "status", "fulfilment", "remark", "clerk", "contact_person", "contact_phone",
            ])
    }

    @Test func `an agency has exactly the stable columns, in their order`() {
        #expect(agency.keyColumn.name == "agency_id")
        #expect(
            agency.columns.map(\.name) == [
                "name", "uscc", "legal_form", "organisation_type", "region_code", "level", "filing_no", "recognised_on",
                "services", "evaluation_grade", "brokers", "contact_person", "contact_phone", "website", "status",
                "remark",
            ])
    }

    /// Numbers, columns and rules of a unit are for ever: a change here breaks every stored change set.
    @Test func `the units have the numbers, columns and rules they had at first`() {
        #expect(
            Self.described(contract) == [
                "1 project home home: project_name", "2 category home home: category subcategory",
                "3 seller home home: seller_name seller_uscc seller_kind seller_region",
                "4 amounts home home: total_amount_fen technology_amount_fen", "5 payment home home: payment_mode",
                "6 term home home: signed_on valid_from valid_to",
                "7 registration home home: registered_on registrar_code by_commitment",
                "8 classification home home: technology_field ip_kind objective plan_source served_industry",
                "9 status home home: status",
                "32 buyer any manual: buyer_name buyer_uscc buyer_kind buyer_region buyer_country",
                "33 fulfilment any manual: fulfilment", "34 remark any manual: remark",
            ])
        #expect(
            Self.described(agency) == [
                "1 identity home home: name uscc legal_form organisation_type", "2 location home home: region_code",
                "3 level home home: level filing_no recognised_on", "4 evaluation home home: evaluation_grade",
                "5 status home home: status", "32 services any manual: services", "33 brokers any latest: brokers",
                "34 contact any manual: contact_person contact_phone", "35 website any manual: website",
                "36 remark any manual: remark",
            ])
    }

    private static func described(_ type: RecordType) -> [String] {
        type.units.map { unit in
            "\(unit.number) \(unit.name) \(unit.write) \(unit.merge): \(unit.columns.joined(separator: " "))"
        }
    }

    @Test func `ring 0 gets the same units, with their types`() throws {
        let rule = try #require(catalog.schema.record("contract"))
        #expect(rule == contract.rule)
        #expect(rule.units.map(\.number) == contract.units.map(\.number))
        #expect(
            rule.unit(4)?.columns == [
                ColumnRule(name: "total_amount_fen", type: .money),
                ColumnRule(name: "technology_amount_fen", type: .money),
            ])
        #expect(catalog.schema.record("agency")?.unit(32)?.columns.first?.type == .codeSet(list: "service"))
        #expect(catalog.schema.catalogHash == catalog.hash)
    }

    @Test func `clerk and contacts of a contract never leave the node`() {
        #expect(contract.localColumns.map(\.name) == ["clerk", "contact_person", "contact_phone"])
        #expect(contract.localColumns.allSatisfy { $0.unit == nil && $0.isPersonal })
        #expect(agency.localColumns.isEmpty)
        #expect(agency.columns.filter(\.isPersonal).map(\.name) == ["contact_person", "contact_phone"])
    }

    @Test func `every column but the local ones says its unit`() {
        for type in catalog.recordTypes {
            for column in type.columns {
                let unit = column.unit.flatMap { type.unit($0) }
                #expect((unit == nil) == (column.share == .home), "\(column.name)")
                #expect(unit?.columns.contains(column.name) ?? true, "\(column.name)")
            }
        }
    }

    @Test func `the home of a record stands in its key`() {
        #expect(
            catalog.markets.mapValues(\.name) == ["31": "shanghai", "32": "jiangsu", "33": "zhejiang", "34": "anhui"])
        #expect(contract.home.market(ofKey: "2023330106000001")?.name == "zhejiang")
        #expect(contract.home.market(ofKey: "2023110106000001") == nil)
        #expect(agency.home.market(ofKey: "34-TTA-000001")?.name == "anhui")
        #expect(contract.rule.mayWrite(shanghai, unit: 4, ofKey: "2023310106000001"))
        #expect(!contract.rule.mayWrite(jiangsu, unit: 4, ofKey: "2023310106000001"))
        #expect(contract.rule.mayWrite(jiangsu, unit: 34, ofKey: "2023310106000001"))
    }

    @Test func `the key's form can be said to SQLite`() {
        let digits = String(repeating: "[0-9]", count: 14)
        #expect(contract.keyColumn.glob == "20" + digits)
        #expect(agency.keyColumn.glob == "[0-9][0-9]-TTA-" + String(repeating: "[0-9]", count: 6))
    }

    @Test func `the rules across columns name columns of their record`() {
        #expect(
            contract.rules.map(\.name) == [
                "amounts_out_of_order", "term_out_of_order", "signed_after_registration",
                "subcategory_of_other_category",
            ])
        #expect(contract.rules[0].kind == .ordered(["technology_amount_fen", "total_amount_fen"]))
        #expect(
            contract.rules[3].kind
                == .childOf(column: "subcategory", parentColumn: "category", list: "subcategory"))
        #expect(contract.column(named: "technology_amount_fen")?.minimum == 0)
        for rule in contract.rules {
            #expect(rule.columns.allSatisfy { contract.column(named: $0) != nil })
        }
    }

    @Test(arguments: [
        ("category", "dev transfer licence consult service"),
        (
            "subcategory",
            "dev_commission dev_coop tr_patent tr_patent_app tr_secret tr_software li_patent li_secret "
                + "sv_general sv_broker sv_training"
        ),
        ("payment_mode", "lump_sum instalment royalty upfront_royalty equity"),
        ("contract_status", "draft submitted registered cancelled revoked"),
        ("fulfilment", "none started partial done disputed"),
        ("legal_form", "enterprise institution association in_house"),
        ("agency_level", "national provincial municipal listed none"),
        ("service", "dev transfer service consult appraisal finance platform"),
        ("agency_status", "active suspended revoked dissolved transferred"),
        ("plan_source", "national ministry province local none"),
        ("ip_kind", "patent_inv patent_um patent_des software ic_layout plant bio_pharma design_copyright secret none"),
        ("technology_field", "01 02 03 04 05 06 07 08 09 10 11"),
        ("objective", "01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("industry", "A B C D E F G H I J K L M N O P Q R S T"),
        ("party_kind", "010 011 012 013 014 020 021 022 023 024 030 100 110 150 170 200 300 340 400 500 600"),
        ("country", "110 116 142 303 304 502"),
        ("region", "310000 310115 320500 330100 341400 340000 710000 820000"),
    ])
    func `the code lists hold what the trade calls its things`(list: String, slugs: String) {
        for slug in slugs.split(separator: " ") {
            #expect(catalog.code(String(slug), in: list) != nil, "\(list) lacks \(slug)")
        }
    }

    @Test func `every code column has its list, and every list is used`() {
        let used = Set(catalog.recordTypes.flatMap { $0.columns.compactMap(\.type.codeList) })
        #expect(used == Set(catalog.codeLists.keys))
    }

    @Test func `every subcategory belongs to a category, and consulting has none`() throws {
        let list = try #require(catalog.codeLists["subcategory"])
        #expect(list.parentList == "category")
        #expect(list.entries.allSatisfy { $0.parent != nil })
        #expect(Set(list.entries.compactMap(\.parent)) == ["dev", "transfer", "licence", "service"])
    }

    @Test func `a code is found by slug, by its names, by alias, in any width and case`() throws {
        let category = try #require(catalog.codeLists["category"])
        for name in ["dev", "DEV", "技术开发", "技术开发合同", " 技术开发 ", fullWidth(" Dev "), "Technology Development"] {
            #expect(category.slug(for: name) == "dev", "\(name)")
        }
        #expect(category.slug(for: "技术合作") == nil)
        #expect(category.slug(for: "") == nil)
        let country = try #require(catalog.codeLists["country"])
        #expect(country.slug(for: "刚果(金)") == "252")
        #expect(country.slug(for: fullWidth("刚果(金)")) == "252")
    }

    @Test func `all sixteen districts of Shanghai and all cities of the delta are known by name`() throws {
        let regions = try #require(catalog.codeLists["region"])
        #expect(regions.slug(for: "上海市徐汇区") == "310104")
        #expect(regions.slug(for: "徐汇") == "310104")
        #expect(regions.slug(for: "江苏省南京市鼓楼区") == "320106")
        // Xuzhou has one too.
        #expect(regions.slug(for: "鼓楼区") == nil)
        #expect(
            regions.entries.count { $0.parent == "310100" && $0.slug != "310230" && !$0.label.zh.contains("撤销") } == 16)
        #expect(regions.entries.count { $0.parent == "320000" } == 13)
        #expect(regions.entries.count { $0.parent == "330000" } == 11)
        #expect(regions.entries.count { $0.parent == "340000" && $0.slug != "341400" } == 16)
        #expect(regions.entries.count { $0.parent == nil } == 34)
    }

    @Test func `the hash covers every byte and path of every file, in byte order of the paths`() throws {
        let files = [
            CatalogFile(path: "b", bytes: [1, 2]), CatalogFile(path: "a/ü", bytes: []),
        ]
        #expect(
            Catalog.hashedBytes(files) == [
                0, 0, 0, 1, 0x62, 0, 0, 0, 2, 1, 2, 0, 0, 0, 4, 0x61, 0x2F, 0xC3, 0xBC, 0, 0, 0, 0,
            ])
        #expect(catalog.hash == checksum(Catalog.hashedBytes(BuiltInFiles.catalog)))
        #expect(catalog.files.map { Text($0.path) } == catalog.files.map { Text($0.path) }.sorted())
        let shuffled = try Catalog.load(files: BuiltInFiles.catalog.reversed(), sha256: checksum)
        #expect(shuffled.hash == catalog.hash)
        var changed = BuiltInFiles.catalog
        changed[0] = CatalogFile(path: changed[0].path, bytes: changed[0].bytes + Array("# more\n".utf8))
        #expect(try Catalog.load(files: changed, sha256: checksum).hash != catalog.hash)
    }

    @Test func `labels are there in both languages`() {
        for type in catalog.recordTypes {
            for label in [type.label, type.keyColumn.label] + type.columns.map(\.label) + type.units.map(\.label) {
                #expect(!label[.zh].isEmpty && !label[.en].isEmpty && label[.en].utf8.allSatisfy { $0 < 0x80 })
            }
        }
    }
}
