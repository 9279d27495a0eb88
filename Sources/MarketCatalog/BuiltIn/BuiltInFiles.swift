// swift-format-ignore-file
// Written by Config/embed from Config/catalog and peers/; do not edit. The catalog is carried as text in the executable
// because `init` must work from anywhere, without a folder beside the program. SwiftPM could do it too
// (`.embedInCode`), but only file by file under made-up constant names, without the paths that the catalog's hash is
// over, and as array literals that are slow to compile and unreadable in a diff. `BuiltInFilesTests` keeps this file
// and the folders equal.

/// The files that the executable carries.
enum BuiltInFiles {
    private static func file(_ path: String, _ text: StaticString) -> CatalogFile {
        CatalogFile(path: path, bytes: Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)))
    }

    static let catalog: [CatalogFile] = [
        file(
            "agency.yaml",
            #"""
# A technology transfer agency, as its market's institution library holds it. The key is minted by the first home and
# survives a move; services, contact and website are corrected by whichever market works with the agency.
label: {zh: 技术转移机构, en: technology transfer agency}

key:
  name: agency_id
  label: {zh: 机构编号, en: agency number}
  headers: [机构编号, 技术转移机构编号, 机构代码]
  pattern: "[0-9]{2}-TTA-[0-9]{6}"
  example: "31-TTA-000123"
  home: {offset: 0, length: 2}

units:
  - {number: 1, name: identity, label: {zh: 身份, en: identity}, write: home, merge: home,
     columns: [name, uscc, legal_form, organisation_type]}
  - {number: 2, name: location, label: {zh: 所在地, en: location}, write: home, merge: home, columns: [region_code]}
  - {number: 3, name: level, label: {zh: 级别, en: level}, write: home, merge: home,
     columns: [level, filing_no, recognised_on]}
  - {number: 4, name: evaluation, label: {zh: 评价, en: evaluation}, write: home, merge: home,
     columns: [evaluation_grade]}
  - {number: 5, name: status, label: {zh: 状态, en: status}, write: home, merge: home, columns: [status]}
  - {number: 32, name: services, label: {zh: 服务, en: services}, write: any, merge: manual, columns: [services]}
  - {number: 33, name: brokers, label: {zh: 技术经理人, en: brokers}, write: any, merge: latest, columns: [brokers]}
  - {number: 34, name: contact, label: {zh: 联系方式, en: contact}, write: any, merge: manual,
     columns: [contact_person, contact_phone]}
  - {number: 35, name: website, label: {zh: 网址, en: website}, write: any, merge: manual, columns: [website]}
  - {number: 36, name: remark, label: {zh: 备注, en: remark}, write: any, merge: manual, columns: [remark]}

columns:
  - {name: name, type: text, max: 200, required: true, share: public,
     label: {zh: 机构名称, en: name}, headers: [机构名称, 技术转移机构名称, 单位名称]}
  - {name: uscc, type: uscc, share: public, label: {zh: 统一社会信用代码, en: credit code},
     headers: [统一社会信用代码, 社会信用代码, 信用代码]}
  - {name: legal_form, type: code(legal_form), share: public,
     label: {zh: 法人类型, en: legal form}, headers: [法人类型, 法人性质]}
  - {name: organisation_type, type: code(organisation_type), share: public,
     label: {zh: 单位类型, en: type of organisation}, headers: [单位类型, 机构类型]}
  - {name: region_code, type: region, share: public, label: {zh: 行政区划代码, en: region},
     headers: [行政区划代码, 行政区划, 所在地区, 所在地]}
  - {name: level, type: code(agency_level), share: public,
     label: {zh: 级别, en: level}, headers: [级别, 机构级别]}
  - {name: filing_no, type: text, max: 50, code_like: true, share: public,
     label: {zh: 备案号, en: filing number}, headers: [备案号, 备案编号]}
  - {name: recognised_on, type: date, share: public,
     label: {zh: 认定日期, en: recognised on}, headers: [认定日期, 认定时间, 备案日期]}
  - {name: services, type: codes(service), share: public,
     label: {zh: 服务类型, en: services}, headers: [服务类型, 主营业务, 服务内容]}
  - {name: evaluation_grade, type: code(evaluation_grade), share: public,
     label: {zh: 年度评价, en: yearly evaluation}, headers: [年度评价, 评价等级, 年度评价等级]}
  - {name: brokers, type: integer, min: 0, share: public,
     label: {zh: 技术经理人数, en: number of brokers}, headers: [技术经理人数, 技术经纪人数, 技术经理人]}
  - {name: contact_person, type: text, max: 50, share: federation, personal: true,
     label: {zh: 联系人, en: contact person}, headers: [联系人, 联系人姓名]}
  - {name: contact_phone, type: text, max: 50, code_like: true, share: federation, personal: true,
     label: {zh: 联系电话, en: telephone}, headers: [联系电话, 联系人电话, 电话]}
  - {name: website, type: text, max: 200, share: public, label: {zh: 网址, en: website}, headers: [网址, 网站, 官网]}
  - {name: status, type: code(agency_status), share: public,
     label: {zh: 状态, en: status}, headers: [状态, 机构状态]}
  - {name: remark, type: text, max: 2000, share: federation, label: {zh: 备注, en: remark}, headers: [备注, 说明]}

"""#),
        file(
            "catalog.yaml",
            #"""
# The catalog: what the federation's records are. The files of this folder are hashed together (docs/protocol.md), so
# nodes can tell whether they speak of the same records; `yrdsync catalog` prints them as a data dictionary.
#
# What may change: labels, headers, aliases, lengths, and new lists, codes, columns, units and types. A change raises
# `version`. What stays for ever: a slug's meaning, a unit's number with its columns, types, write and merge rule.
version: 1

# The two digits that name a record's home, and the market that owns it. Append-only: a prefix never changes hands,
# or two markets would each hold themselves for the owner of one record.
homes:
  "31": shanghai
  "32": jiangsu
  "33": zhejiang
  "34": anhui

types: [contract, agency]

# The code lists, each in codes/<name>.csv with the columns slug, zh, en, parent, aliases (separated by |).
# `parents` names the list that the parent column refers to.
lists:
  agency_level: {label: {zh: 机构级别, en: level of an agency}}
  agency_status: {label: {zh: 机构状态, en: status of an agency}}
  category: {label: {zh: 合同类别, en: category of a contract}}
  contract_status: {label: {zh: 合同状态, en: status of a contract}}
  country: {label: {zh: 国别（地区）, en: country or territory (customs code)}}
  evaluation_grade: {label: {zh: 年度评价等级, en: grade of the yearly evaluation}}
  fulfilment: {label: {zh: 履行情况, en: fulfilment}}
  industry: {label: {zh: 国民经济行业门类, en: section of industry (GB/T 4754-2017)}}
  ip_kind: {label: {zh: 知识产权类别, en: kind of intellectual property}}
  legal_form: {label: {zh: 法人类型, en: legal form}}
  objective: {label: {zh: 社会经济目标, en: socio-economic objective}}
  organisation_type: {label: {zh: 单位类型, en: type of organisation}}
  party_kind: {label: {zh: 买卖方性质, en: kind of party}, parents: party_kind}
  payment_mode: {label: {zh: 支付方式, en: mode of payment}}
  plan_source: {label: {zh: 计划项目来源, en: source of the plan}}
  region: {label: {zh: 行政区划, en: region (GB/T 2260)}, parents: region}
  service: {label: {zh: 服务类型, en: service of an agency (GB/T 34670-2017)}}
  subcategory: {label: {zh: 合同子类, en: subcategory of a contract}, parents: category}
  technology_field: {label: {zh: 技术领域, en: field of technology}}
  yes_no: {label: {zh: 是否, en: yes or no}}

"""#),
        file(
            "codes/agency_level.csv",
            #"""
slug,zh,en,parent,aliases
national,国家级,national,,国家
provincial,省级,provincial,,省
municipal,市级,municipal,,市
listed,入库,listed,,已入库
none,未定级,none,,无

"""#),
        file(
            "codes/agency_status.csv",
            #"""
slug,zh,en,parent,aliases
active,有效,active,,正常|在册
suspended,暂停,suspended,,已暂停|中止
revoked,撤销,revoked,,已撤销|取消|摘牌
dissolved,注销,dissolved,,已注销|解散
transferred,迁出,transferred,,已迁出|迁移

"""#),
        file(
            "codes/category.csv",
            #"""
slug,zh,en,parent,aliases
dev,技术开发,technology development,,技术开发合同|开发
transfer,技术转让,technology transfer,,技术转让合同|转让
licence,技术许可,technology licence,,技术许可合同|许可
consult,技术咨询,technology consulting,,技术咨询合同|咨询
service,技术服务,technology service,,技术服务合同|服务

"""#),
        file(
            "codes/contract_status.csv",
            #"""
slug,zh,en,parent,aliases
draft,草稿,draft,,
submitted,已提交,submitted,,提交|待登记
registered,登记,registered,,已登记|有效
cancelled,注销,cancelled,,已注销|解除
revoked,撤销,revoked,,已撤销

"""#),
        file(
            "codes/country.csv",
            #"""
slug,zh,en,parent,aliases
101,阿富汗,Afghanistan,,
102,巴林,Bahrain,,
103,孟加拉国,Bangladesh,,
104,不丹,Bhutan,,
105,文莱,Brunei,,
106,缅甸,Myanmar,,
107,柬埔寨,Cambodia,,
108,塞浦路斯,Cyprus,,
109,朝鲜,North Korea,,
110,中国香港,Hong Kong (China),,香港
111,印度,India,,
112,印度尼西亚,Indonesia,,印尼
113,伊朗,Iran,,
114,伊拉克,Iraq,,
115,以色列,Israel,,
116,日本,Japan,,
117,约旦,Jordan,,
118,科威特,Kuwait,,
119,老挝,Laos,,
120,黎巴嫩,Lebanon,,
121,中国澳门,Macao (China),,澳门
122,马来西亚,Malaysia,,
123,马尔代夫,Maldives,,
124,蒙古,Mongolia,,
125,尼泊尔,Nepal,,
126,阿曼,Oman,,
127,巴基斯坦,Pakistan,,
128,巴勒斯坦,Palestine,,
129,菲律宾,Philippines,,
130,卡塔尔,Qatar,,
131,沙特阿拉伯,Saudi Arabia,,沙特
132,新加坡,Singapore,,
133,韩国,South Korea,,
134,斯里兰卡,Sri Lanka,,
135,叙利亚,Syria,,
136,泰国,Thailand,,
137,土耳其,Türkiye,,
138,阿联酋,United Arab Emirates,,阿拉伯联合酋长国
139,也门,Yemen,,
141,越南,Viet Nam,,
142,中国,China,,中华人民共和国
143,中国台湾,Taiwan (China),,台湾|台澎金马关税区
144,东帝汶,Timor-Leste,,
145,哈萨克斯坦,Kazakhstan,,
146,吉尔吉斯斯坦,Kyrgyzstan,,
147,塔吉克斯坦,Tajikistan,,
148,土库曼斯坦,Turkmenistan,,
149,乌兹别克斯坦,Uzbekistan,,
199,亚洲其他国家（地区）,"Asia, other",,
201,阿尔及利亚,Algeria,,
202,安哥拉,Angola,,
203,贝宁,Benin,,
204,博茨瓦纳,Botswana,,
205,布隆迪,Burundi,,
206,喀麦隆,Cameroon,,
207,加那利群岛,Canary Islands,,
208,佛得角,Cabo Verde,,
209,中非,Central African Republic,,中非共和国
210,塞卜泰,Ceuta,,
211,乍得,Chad,,
212,科摩罗,Comoros,,
213,刚果（布）,Congo,,刚果共和国
214,吉布提,Djibouti,,
215,埃及,Egypt,,
216,赤道几内亚,Equatorial Guinea,,
217,埃塞俄比亚,Ethiopia,,
218,加蓬,Gabon,,
219,冈比亚,Gambia,,
220,加纳,Ghana,,
221,几内亚,Guinea,,
222,几内亚比绍,Guinea-Bissau,,
223,科特迪瓦,Côte d'Ivoire,,
224,肯尼亚,Kenya,,
225,利比里亚,Liberia,,
226,利比亚,Libya,,
227,马达加斯加,Madagascar,,
228,马拉维,Malawi,,
229,马里,Mali,,
230,毛里塔尼亚,Mauritania,,
231,毛里求斯,Mauritius,,
232,摩洛哥,Morocco,,
233,莫桑比克,Mozambique,,
234,纳米比亚,Namibia,,
235,尼日尔,Niger,,
236,尼日利亚,Nigeria,,
237,留尼汪,Réunion,,
238,卢旺达,Rwanda,,
239,圣多美和普林西比,São Tomé and Príncipe,,
240,塞内加尔,Senegal,,
241,塞舌尔,Seychelles,,
242,塞拉利昂,Sierra Leone,,
243,索马里,Somalia,,
244,南非,South Africa,,
245,西撒哈拉,Western Sahara,,
246,苏丹,Sudan,,
247,坦桑尼亚,Tanzania,,
248,多哥,Togo,,
249,突尼斯,Tunisia,,
250,乌干达,Uganda,,
251,布基纳法索,Burkina Faso,,
252,刚果（金）,Democratic Republic of the Congo,,刚果民主共和国
253,赞比亚,Zambia,,
254,津巴布韦,Zimbabwe,,
255,莱索托,Lesotho,,
256,梅利利亚,Melilla,,
257,斯威士兰,Eswatini,,
258,厄立特里亚,Eritrea,,
259,马约特,Mayotte,,
260,南苏丹,South Sudan,,
299,非洲其他国家（地区）,"Africa, other",,
301,比利时,Belgium,,
302,丹麦,Denmark,,
303,英国,United Kingdom,,
304,德国,Germany,,
305,法国,France,,
306,爱尔兰,Ireland,,
307,意大利,Italy,,
308,卢森堡,Luxembourg,,
309,荷兰,Netherlands,,
310,希腊,Greece,,
311,葡萄牙,Portugal,,
312,西班牙,Spain,,
313,阿尔巴尼亚,Albania,,
314,安道尔,Andorra,,
315,奥地利,Austria,,
316,保加利亚,Bulgaria,,
318,芬兰,Finland,,
320,直布罗陀,Gibraltar,,
321,匈牙利,Hungary,,
322,冰岛,Iceland,,
323,列支敦士登,Liechtenstein,,
324,马耳他,Malta,,
325,摩纳哥,Monaco,,
326,挪威,Norway,,
327,波兰,Poland,,
328,罗马尼亚,Romania,,
329,圣马力诺,San Marino,,
330,瑞典,Sweden,,
331,瑞士,Switzerland,,
334,爱沙尼亚,Estonia,,
335,拉脱维亚,Latvia,,
336,立陶宛,Lithuania,,
337,格鲁吉亚,Georgia,,
338,亚美尼亚,Armenia,,
339,阿塞拜疆,Azerbaijan,,
340,白俄罗斯,Belarus,,
343,摩尔多瓦,Moldova,,
344,俄罗斯,Russia,,俄罗斯联邦
347,乌克兰,Ukraine,,
350,斯洛文尼亚,Slovenia,,
351,克罗地亚,Croatia,,
352,捷克,Czechia,,捷克共和国
353,斯洛伐克,Slovakia,,
354,北马其顿,North Macedonia,,马其顿
355,波黑,Bosnia and Herzegovina,,波斯尼亚和黑塞哥维那
356,梵蒂冈,Vatican City,,
357,法罗群岛,Faroe Islands,,
358,塞尔维亚,Serbia,,
359,黑山,Montenegro,,
399,欧洲其他国家（地区）,"Europe, other",,
401,安提瓜和巴布达,Antigua and Barbuda,,
402,阿根廷,Argentina,,
403,阿鲁巴,Aruba,,
404,巴哈马,Bahamas,,
405,巴巴多斯,Barbados,,
406,伯利兹,Belize,,
408,玻利维亚,Bolivia,,
410,巴西,Brazil,,
411,开曼群岛,Cayman Islands,,
412,智利,Chile,,
413,哥伦比亚,Colombia,,
414,多米尼克,Dominica,,
415,哥斯达黎加,Costa Rica,,
416,古巴,Cuba,,
417,库腊索,Curaçao,,
418,多米尼加,Dominican Republic,,多米尼加共和国
419,厄瓜多尔,Ecuador,,
420,法属圭亚那,French Guiana,,
421,格林纳达,Grenada,,
422,瓜德罗普,Guadeloupe,,
423,危地马拉,Guatemala,,
424,圭亚那,Guyana,,
425,海地,Haiti,,
426,洪都拉斯,Honduras,,
427,牙买加,Jamaica,,
428,马提尼克,Martinique,,
429,墨西哥,Mexico,,
430,蒙特塞拉特,Montserrat,,
431,尼加拉瓜,Nicaragua,,
432,巴拿马,Panama,,
433,巴拉圭,Paraguay,,
434,秘鲁,Peru,,
435,波多黎各,Puerto Rico,,
437,圣卢西亚,Saint Lucia,,
439,圣文森特和格林纳丁斯,Saint Vincent and the Grenadines,,
440,萨尔瓦多,El Salvador,,
441,苏里南,Suriname,,
442,特立尼达和多巴哥,Trinidad and Tobago,,
443,特克斯和凯科斯群岛,Turks and Caicos Islands,,
444,乌拉圭,Uruguay,,
445,委内瑞拉,Venezuela,,
446,英属维尔京群岛,British Virgin Islands,,
447,圣基茨和尼维斯,Saint Kitts and Nevis,,
499,拉丁美洲其他国家（地区）,"Latin America, other",,
501,加拿大,Canada,,
502,美国,United States,,美利坚合众国
503,格陵兰,Greenland,,
504,百慕大,Bermuda,,
599,北美洲其他国家（地区）,"North America, other",,
601,澳大利亚,Australia,,
602,库克群岛,Cook Islands,,
603,斐济,Fiji,,
606,瑙鲁,Nauru,,
607,新喀里多尼亚,New Caledonia,,
608,瓦努阿图,Vanuatu,,
609,新西兰,New Zealand,,
610,诺福克岛,Norfolk Island,,
611,巴布亚新几内亚,Papua New Guinea,,
613,所罗门群岛,Solomon Islands,,
614,汤加,Tonga,,
617,萨摩亚,Samoa,,
618,基里巴斯,Kiribati,,
619,图瓦卢,Tuvalu,,
620,密克罗尼西亚,Micronesia,,密克罗尼西亚联邦
621,马绍尔群岛,Marshall Islands,,
622,帕劳,Palau,,
623,法属波利尼西亚,French Polynesia,,
699,大洋洲其他国家（地区）,"Oceania, other",,
701,国（地）别不详,unknown,,

"""#),
        file(
            "codes/evaluation_grade.csv",
            #"""
slug,zh,en,parent,aliases
excellent,优秀,excellent,,优
good,良好,good,,良
pass,合格,pass,,
fail,不合格,fail,,

"""#),
        file(
            "codes/fulfilment.csv",
            #"""
slug,zh,en,parent,aliases
none,未履行,not started,,未开始
started,履行中,started,,已开始|执行中
partial,部分履行,partly done,,部分完成
done,履行完毕,done,,已履行|完成|已完成
disputed,有争议,disputed,,争议

"""#),
        file(
            "codes/industry.csv",
            #"""
slug,zh,en,parent,aliases
A,农、林、牧、渔业,"agriculture, forestry, animal husbandry and fishery",,农林牧渔业|农林牧渔
B,采矿业,mining,,采矿
C,制造业,manufacturing,,制造
D,电力、热力、燃气及水生产和供应业,"electricity, heat, gas and water supply",,电热燃水
E,建筑业,construction,,建筑
F,批发和零售业,wholesale and retail trade,,批零
G,交通运输、仓储和邮政业,"transport, storage and post",,交通仓储邮政
H,住宿和餐饮业,hotels and catering,,住宿餐饮
I,信息传输、软件和信息技术服务业,"information transmission, software and information technology",,信息传输、软件和信息技术服务
J,金融业,finance,,金融
K,房地产业,real estate,,房地产
L,租赁和商务服务业,leasing and business services,,租赁商务
M,科学研究和技术服务业,scientific research and technical services,,科学研究和技术服务
N,水利、环境和公共设施管理业,"water, environment and public facilities",,水利环境公共设施
O,居民服务、修理和其他服务业,"services to households, repair and other services",,居民服务
P,教育,education,,教育业
Q,卫生和社会工作,health and social work,,卫生社会
R,文化、体育和娱乐业,"culture, sports and entertainment",,文体娱乐
S,公共管理、社会保障和社会组织,"public administration, social security and social organisations",,公共管理
T,国际组织,international organisations,,

"""#),
        file(
            "codes/ip_kind.csv",
            #"""
slug,zh,en,parent,aliases
patent_inv,发明专利,invention patent,,发明
patent_um,实用新型专利,utility model patent,,实用新型
patent_des,外观设计专利,design patent,,外观设计
software,计算机软件著作权,software copyright,,软件著作权|计算机软件
ic_layout,集成电路布图设计,layout design of integrated circuits,,集成电路布图设计专有权
plant,植物新品种,new plant variety,,植物新品种权
bio_pharma,生物、医药新品种,new biological or medical variety,,生物医药新品种|生物、医药新品种权
design_copyright,设计著作权,design copyright,,
secret,技术秘密,technical secret,,非专利技术|专有技术
none,未涉及知识产权,no intellectual property,,未涉及|不涉及|无

"""#),
        file(
            "codes/legal_form.csv",
            #"""
slug,zh,en,parent,aliases
enterprise,企业法人,enterprise,,企业
institution,事业法人,public institution,,事业单位法人|事业
association,社团法人,association,,社会团体法人|社团
in_house,法人内设机构,unit inside a legal person,,内设机构

"""#),
        file(
            "codes/objective.csv",
            #"""
slug,zh,en,parent,aliases
01,环境保护、生态建设及污染防治,"environment, ecology and pollution control",,
02,能源生产、分配和合理利用,"production, distribution and use of energy",,
03,卫生事业发展,health,,卫生事业发展（不包括污染）
04,教育事业发展,education,,
05,基础设施以及城市和农村规划,"infrastructure, urban and rural planning",,
06,基础社会发展和社会服务,social development and services,,
07,地球和大气层的探索与利用,exploration of the earth and atmosphere,,
08,民用空间探测及开发,civil exploration of space,,
09,农林牧渔业发展,"agriculture, forestry and fishing",,
10,工商业发展,industry and commerce,,
11,非定向研究,non-oriented research,,
12,其他民用目标,other civil objectives,,
13,国防,defence,,

"""#),
        file(
            "codes/organisation_type.csv",
            #"""
slug,zh,en,parent,aliases
research,科研机构,research institute,,研究机构
university,高等院校,university or college,,高等学校|高校
exchange,交易机构,exchange,,技术交易机构
regional,区域综合性,"regional, general",,区域综合性机构
sector,行业或专业性,of a sector or speciality,,行业性|专业性|行业或专业性机构
campus,高校院所内设,inside a university or institute,,高校院所内设机构
other,其他,other,,其它

"""#),
        file(
            "codes/party_kind.csv",
            #"""
slug,zh,en,parent,aliases
010,机关法人,government body,,
011,国家级机关法人,"government body, national",010,机关法人（国家级）
012,省级机关法人,"government body, provincial",010,机关法人（省级）
013,市级机关法人,"government body, municipal",010,机关法人（市级）
014,县级及以下机关法人,"government body, county or below",010,机关法人（县级及以下）
020,事业法人,public institution,,
021,科研机构,research institute,020,事业法人（科研机构）
022,高等院校,university or college,020,高等学校|事业法人（高等院校）
023,医疗卫生,medical institution,020,医疗卫生机构|医疗、卫生|事业法人（医疗卫生）
024,其他事业法人,other public institution,020,其它事业法人|事业法人（其它）|事业法人（其他）
030,社团法人,association,,社会团体法人
100,内资企业,domestic enterprise,,
110,国有企业,state-owned enterprise,100,国有
120,集体企业,collective enterprise,100,集体
130,股份合作企业,joint-stock cooperative enterprise,100,股份合作
140,联营企业,associated enterprise,100,联营
150,有限责任公司,limited liability company,100,有限责任
160,股份有限公司,company limited by shares,100,股份有限
170,私营企业,private enterprise,100,私营
180,其他内资企业,other domestic enterprise,100,其他企业|其它内资企业
200,港澳台商投资企业,"enterprise with Hong Kong, Macao or Taiwan investment",,港澳台商投资
210,港澳台合资经营企业,"joint venture (Hong Kong, Macao, Taiwan)",200,与港澳台商合资经营企业
220,港澳台合作经营企业,"cooperative venture (Hong Kong, Macao, Taiwan)",200,与港澳台商合作经营企业
230,港澳台商独资企业,"wholly owned (Hong Kong, Macao, Taiwan)",200,港澳台商独资经营企业
240,港澳台商投资股份有限公司,"company limited by shares (Hong Kong, Macao, Taiwan)",200,
300,外商投资企业,foreign-invested enterprise,,外商投资
310,中外合资经营企业,Sino-foreign joint venture,300,中外合资企业
320,中外合作经营企业,Sino-foreign cooperative venture,300,中外合作企业
330,外资企业,wholly foreign-owned enterprise,300,外商独资企业
340,外商投资股份有限公司,foreign-invested company limited by shares,300,
400,个体经营,individual business,,个体工商户
500,自然人,natural person,,个人
600,其他组织,other organisation,,其它组织|其他

"""#),
        file(
            "codes/payment_mode.csv",
            #"""
slug,zh,en,parent,aliases
lump_sum,一次总付,lump sum,,一次性支付|一次性付款
instalment,分期支付,instalments,,分期付款|一次总算分期支付
royalty,提成支付,royalty,,提成
upfront_royalty,入门费加提成,initial fee and royalty,,提成支付附加预付入门费|入门费附加提成
equity,作价入股,equity,,技术入股|作价投资

"""#),
        file(
            "codes/plan_source.csv",
            #"""
slug,zh,en,parent,aliases
national,国家科技计划,national science and technology programme,,国家计划
ministry,部门计划,programme of a ministry,,
province,省、自治区、直辖市及计划单列市计划,programme of a province or municipality,,省级计划|省、自治区、直辖市计划
local,地市县计划,programme of a city or county,,
none,计划外,outside any programme,,无

"""#),
        file(
            "codes/region.csv",
            #"""
slug,zh,en,parent,aliases
110000,北京市,Beijing,,北京
120000,天津市,Tianjin,,天津
130000,河北省,Hebei,,河北
140000,山西省,Shanxi,,山西
150000,内蒙古自治区,Inner Mongolia,,内蒙古
210000,辽宁省,Liaoning,,辽宁
220000,吉林省,Jilin,,吉林
230000,黑龙江省,Heilongjiang,,黑龙江
310000,上海市,Shanghai,,上海
310100,上海市市辖区,Shanghai urban districts,310000,
310101,上海市黄浦区,"Huangpu District, Shanghai",310100,黄浦区|黄浦
310103,上海市卢湾区（2011年撤销）,"Luwan District, Shanghai (until 2011)",310100,卢湾区|上海市卢湾区
310104,上海市徐汇区,"Xuhui District, Shanghai",310100,徐汇区|徐汇
310105,上海市长宁区,"Changning District, Shanghai",310100,长宁区|长宁
310106,上海市静安区,"Jing'an District, Shanghai",310100,静安区|静安
310107,上海市普陀区,"Putuo District, Shanghai",310100,
310108,上海市闸北区（2015年撤销）,"Zhabei District, Shanghai (until 2015)",310100,闸北区|上海市闸北区
310109,上海市虹口区,"Hongkou District, Shanghai",310100,虹口区|虹口
310110,上海市杨浦区,"Yangpu District, Shanghai",310100,杨浦区|杨浦
310112,上海市闵行区,"Minhang District, Shanghai",310100,闵行区|闵行
310113,上海市宝山区,"Baoshan District, Shanghai",310100,宝山区|宝山
310114,上海市嘉定区,"Jiading District, Shanghai",310100,嘉定区|嘉定
310115,上海市浦东新区,"Pudong New Area, Shanghai",310100,浦东新区|浦东
310116,上海市金山区,"Jinshan District, Shanghai",310100,金山区|金山
310117,上海市松江区,"Songjiang District, Shanghai",310100,松江区|松江
310118,上海市青浦区,"Qingpu District, Shanghai",310100,青浦区|青浦
310119,上海市南汇区（2009年撤销）,"Nanhui District, Shanghai (until 2009)",310100,南汇区|上海市南汇区
310120,上海市奉贤区,"Fengxian District, Shanghai",310100,奉贤区|奉贤
310151,上海市崇明区,"Chongming District, Shanghai",310100,崇明区|崇明
310230,上海市崇明县（2016年撤销）,"Chongming County, Shanghai (until 2016)",310000,崇明县|上海市崇明县
320000,江苏省,Jiangsu,,江苏
320100,江苏省南京市,"Nanjing, Jiangsu",320000,南京市|南京
320102,江苏省南京市玄武区,"Xuanwu District, Nanjing, Jiangsu",320100,南京市玄武区|玄武区|玄武
320104,江苏省南京市秦淮区,"Qinhuai District, Nanjing, Jiangsu",320100,南京市秦淮区|秦淮区|秦淮
320105,江苏省南京市建邺区,"Jianye District, Nanjing, Jiangsu",320100,南京市建邺区|建邺区|建邺
320106,江苏省南京市鼓楼区,"Gulou District, Nanjing, Jiangsu",320100,南京市鼓楼区
320111,江苏省南京市浦口区,"Pukou District, Nanjing, Jiangsu",320100,南京市浦口区|浦口区|浦口
320113,江苏省南京市栖霞区,"Qixia District, Nanjing, Jiangsu",320100,南京市栖霞区|栖霞区|栖霞
320114,江苏省南京市雨花台区,"Yuhuatai District, Nanjing, Jiangsu",320100,南京市雨花台区|雨花台区|雨花台
320115,江苏省南京市江宁区,"Jiangning District, Nanjing, Jiangsu",320100,南京市江宁区|江宁区|江宁
320116,江苏省南京市六合区,"Luhe District, Nanjing, Jiangsu",320100,南京市六合区|六合区|六合
320117,江苏省南京市溧水区,"Lishui District, Nanjing, Jiangsu",320100,南京市溧水区|溧水区|溧水
320118,江苏省南京市高淳区,"Gaochun District, Nanjing, Jiangsu",320100,南京市高淳区|高淳区|高淳
320200,江苏省无锡市,"Wuxi, Jiangsu",320000,无锡市|无锡
320205,江苏省无锡市锡山区,"Xishan District, Wuxi, Jiangsu",320200,无锡市锡山区|锡山区|锡山
320206,江苏省无锡市惠山区,"Huishan District, Wuxi, Jiangsu",320200,无锡市惠山区|惠山区|惠山
320211,江苏省无锡市滨湖区,"Binhu District, Wuxi, Jiangsu",320200,无锡市滨湖区|滨湖区|滨湖
320213,江苏省无锡市梁溪区,"Liangxi District, Wuxi, Jiangsu",320200,无锡市梁溪区|梁溪区|梁溪
320214,江苏省无锡市新吴区,"Xinwu District, Wuxi, Jiangsu",320200,无锡市新吴区|新吴区|新吴
320281,江苏省无锡市江阴市,"Jiangyin City, Wuxi, Jiangsu",320200,无锡市江阴市|江阴市|江阴
320282,江苏省无锡市宜兴市,"Yixing City, Wuxi, Jiangsu",320200,无锡市宜兴市|宜兴市|宜兴
320300,江苏省徐州市,"Xuzhou, Jiangsu",320000,徐州市|徐州
320302,江苏省徐州市鼓楼区,"Gulou District, Xuzhou, Jiangsu",320300,徐州市鼓楼区
320303,江苏省徐州市云龙区,"Yunlong District, Xuzhou, Jiangsu",320300,徐州市云龙区|云龙区|云龙
320305,江苏省徐州市贾汪区,"Jiawang District, Xuzhou, Jiangsu",320300,徐州市贾汪区|贾汪区|贾汪
320311,江苏省徐州市泉山区,"Quanshan District, Xuzhou, Jiangsu",320300,徐州市泉山区|泉山区|泉山
320312,江苏省徐州市铜山区,"Tongshan District, Xuzhou, Jiangsu",320300,徐州市铜山区|铜山区|铜山
320321,江苏省徐州市丰县,"Feng County, Xuzhou, Jiangsu",320300,徐州市丰县|丰县
320322,江苏省徐州市沛县,"Pei County, Xuzhou, Jiangsu",320300,徐州市沛县|沛县
320324,江苏省徐州市睢宁县,"Suining County, Xuzhou, Jiangsu",320300,徐州市睢宁县|睢宁县|睢宁
320381,江苏省徐州市新沂市,"Xinyi City, Xuzhou, Jiangsu",320300,徐州市新沂市|新沂市|新沂
320382,江苏省徐州市邳州市,"Pizhou City, Xuzhou, Jiangsu",320300,徐州市邳州市|邳州市|邳州
320400,江苏省常州市,"Changzhou, Jiangsu",320000,常州市|常州
320402,江苏省常州市天宁区,"Tianning District, Changzhou, Jiangsu",320400,常州市天宁区|天宁区|天宁
320404,江苏省常州市钟楼区,"Zhonglou District, Changzhou, Jiangsu",320400,常州市钟楼区|钟楼区|钟楼
320411,江苏省常州市新北区,"Xinbei District, Changzhou, Jiangsu",320400,常州市新北区|新北区|新北
320412,江苏省常州市武进区,"Wujin District, Changzhou, Jiangsu",320400,常州市武进区|武进区|武进
320413,江苏省常州市金坛区,"Jintan District, Changzhou, Jiangsu",320400,常州市金坛区|金坛区|金坛
320481,江苏省常州市溧阳市,"Liyang City, Changzhou, Jiangsu",320400,常州市溧阳市|溧阳市|溧阳
320500,江苏省苏州市,"Suzhou, Jiangsu",320000,苏州市|苏州
320505,江苏省苏州市虎丘区,"Huqiu District, Suzhou, Jiangsu",320500,苏州市虎丘区|虎丘区|虎丘
320506,江苏省苏州市吴中区,"Wuzhong District, Suzhou, Jiangsu",320500,苏州市吴中区|吴中区|吴中
320507,江苏省苏州市相城区,"Xiangcheng District, Suzhou, Jiangsu",320500,苏州市相城区|相城区|相城
320508,江苏省苏州市姑苏区,"Gusu District, Suzhou, Jiangsu",320500,苏州市姑苏区|姑苏区|姑苏
320509,江苏省苏州市吴江区,"Wujiang District, Suzhou, Jiangsu",320500,苏州市吴江区|吴江区|吴江
320581,江苏省苏州市常熟市,"Changshu City, Suzhou, Jiangsu",320500,苏州市常熟市|常熟市|常熟
320582,江苏省苏州市张家港市,"Zhangjiagang City, Suzhou, Jiangsu",320500,苏州市张家港市|张家港市|张家港
320583,江苏省苏州市昆山市,"Kunshan City, Suzhou, Jiangsu",320500,苏州市昆山市|昆山市|昆山
320585,江苏省苏州市太仓市,"Taicang City, Suzhou, Jiangsu",320500,苏州市太仓市|太仓市|太仓
320600,江苏省南通市,"Nantong, Jiangsu",320000,南通市|南通
320612,江苏省南通市通州区,"Tongzhou District, Nantong, Jiangsu",320600,南通市通州区|通州区|通州
320613,江苏省南通市崇川区,"Chongchuan District, Nantong, Jiangsu",320600,南通市崇川区|崇川区|崇川
320614,江苏省南通市海门区,"Haimen District, Nantong, Jiangsu",320600,南通市海门区|海门区|海门
320623,江苏省南通市如东县,"Rudong County, Nantong, Jiangsu",320600,南通市如东县|如东县|如东
320681,江苏省南通市启东市,"Qidong City, Nantong, Jiangsu",320600,南通市启东市|启东市|启东
320682,江苏省南通市如皋市,"Rugao City, Nantong, Jiangsu",320600,南通市如皋市|如皋市|如皋
320685,江苏省南通市海安市,"Hai'an City, Nantong, Jiangsu",320600,南通市海安市|海安市|海安
320700,江苏省连云港市,"Lianyungang, Jiangsu",320000,连云港市|连云港
320703,江苏省连云港市连云区,"Lianyun District, Lianyungang, Jiangsu",320700,连云港市连云区|连云区|连云
320706,江苏省连云港市海州区,"Haizhou District, Lianyungang, Jiangsu",320700,连云港市海州区|海州区|海州
320707,江苏省连云港市赣榆区,"Ganyu District, Lianyungang, Jiangsu",320700,连云港市赣榆区|赣榆区|赣榆
320722,江苏省连云港市东海县,"Donghai County, Lianyungang, Jiangsu",320700,连云港市东海县|东海县|东海
320723,江苏省连云港市灌云县,"Guanyun County, Lianyungang, Jiangsu",320700,连云港市灌云县|灌云县|灌云
320724,江苏省连云港市灌南县,"Guannan County, Lianyungang, Jiangsu",320700,连云港市灌南县|灌南县|灌南
320800,江苏省淮安市,"Huai'an, Jiangsu",320000,淮安市
320803,江苏省淮安市淮安区,"Huai'an District, Huai'an, Jiangsu",320800,淮安市淮安区|淮安区
320804,江苏省淮安市淮阴区,"Huaiyin District, Huai'an, Jiangsu",320800,淮安市淮阴区|淮阴区|淮阴
320812,江苏省淮安市清江浦区,"Qingjiangpu District, Huai'an, Jiangsu",320800,淮安市清江浦区|清江浦区|清江浦
320813,江苏省淮安市洪泽区,"Hongze District, Huai'an, Jiangsu",320800,淮安市洪泽区|洪泽区|洪泽
320826,江苏省淮安市涟水县,"Lianshui County, Huai'an, Jiangsu",320800,淮安市涟水县|涟水县|涟水
320830,江苏省淮安市盱眙县,"Xuyi County, Huai'an, Jiangsu",320800,淮安市盱眙县|盱眙县|盱眙
320831,江苏省淮安市金湖县,"Jinhu County, Huai'an, Jiangsu",320800,淮安市金湖县|金湖县|金湖
320900,江苏省盐城市,"Yancheng, Jiangsu",320000,盐城市|盐城
320902,江苏省盐城市亭湖区,"Tinghu District, Yancheng, Jiangsu",320900,盐城市亭湖区|亭湖区|亭湖
320903,江苏省盐城市盐都区,"Yandu District, Yancheng, Jiangsu",320900,盐城市盐都区|盐都区|盐都
320904,江苏省盐城市大丰区,"Dafeng District, Yancheng, Jiangsu",320900,盐城市大丰区|大丰区|大丰
320921,江苏省盐城市响水县,"Xiangshui County, Yancheng, Jiangsu",320900,盐城市响水县|响水县|响水
320922,江苏省盐城市滨海县,"Binhai County, Yancheng, Jiangsu",320900,盐城市滨海县|滨海县|滨海
320923,江苏省盐城市阜宁县,"Funing County, Yancheng, Jiangsu",320900,盐城市阜宁县|阜宁县|阜宁
320924,江苏省盐城市射阳县,"Sheyang County, Yancheng, Jiangsu",320900,盐城市射阳县|射阳县|射阳
320925,江苏省盐城市建湖县,"Jianhu County, Yancheng, Jiangsu",320900,盐城市建湖县|建湖县|建湖
320981,江苏省盐城市东台市,"Dongtai City, Yancheng, Jiangsu",320900,盐城市东台市|东台市|东台
321000,江苏省扬州市,"Yangzhou, Jiangsu",320000,扬州市|扬州
321002,江苏省扬州市广陵区,"Guangling District, Yangzhou, Jiangsu",321000,扬州市广陵区|广陵区|广陵
321003,江苏省扬州市邗江区,"Hanjiang District, Yangzhou, Jiangsu",321000,扬州市邗江区|邗江区|邗江
321012,江苏省扬州市江都区,"Jiangdu District, Yangzhou, Jiangsu",321000,扬州市江都区|江都区|江都
321023,江苏省扬州市宝应县,"Baoying County, Yangzhou, Jiangsu",321000,扬州市宝应县|宝应县|宝应
321081,江苏省扬州市仪征市,"Yizheng City, Yangzhou, Jiangsu",321000,扬州市仪征市|仪征市|仪征
321084,江苏省扬州市高邮市,"Gaoyou City, Yangzhou, Jiangsu",321000,扬州市高邮市|高邮市|高邮
321100,江苏省镇江市,"Zhenjiang, Jiangsu",320000,镇江市|镇江
321102,江苏省镇江市京口区,"Jingkou District, Zhenjiang, Jiangsu",321100,镇江市京口区|京口区|京口
321111,江苏省镇江市润州区,"Runzhou District, Zhenjiang, Jiangsu",321100,镇江市润州区|润州区|润州
321112,江苏省镇江市丹徒区,"Dantu District, Zhenjiang, Jiangsu",321100,镇江市丹徒区|丹徒区|丹徒
321181,江苏省镇江市丹阳市,"Danyang City, Zhenjiang, Jiangsu",321100,镇江市丹阳市|丹阳市|丹阳
321182,江苏省镇江市扬中市,"Yangzhong City, Zhenjiang, Jiangsu",321100,镇江市扬中市|扬中市|扬中
321183,江苏省镇江市句容市,"Jurong City, Zhenjiang, Jiangsu",321100,镇江市句容市|句容市|句容
321200,江苏省泰州市,"Taizhou, Jiangsu",320000,泰州市|泰州
321202,江苏省泰州市海陵区,"Hailing District, Taizhou, Jiangsu",321200,泰州市海陵区|海陵区|海陵
321203,江苏省泰州市高港区,"Gaogang District, Taizhou, Jiangsu",321200,泰州市高港区|高港区|高港
321204,江苏省泰州市姜堰区,"Jiangyan District, Taizhou, Jiangsu",321200,泰州市姜堰区|姜堰区|姜堰
321281,江苏省泰州市兴化市,"Xinghua City, Taizhou, Jiangsu",321200,泰州市兴化市|兴化市|兴化
321282,江苏省泰州市靖江市,"Jingjiang City, Taizhou, Jiangsu",321200,泰州市靖江市|靖江市|靖江
321283,江苏省泰州市泰兴市,"Taixing City, Taizhou, Jiangsu",321200,泰州市泰兴市|泰兴市|泰兴
321300,江苏省宿迁市,"Suqian, Jiangsu",320000,宿迁市|宿迁
321302,江苏省宿迁市宿城区,"Sucheng District, Suqian, Jiangsu",321300,宿迁市宿城区|宿城区|宿城
321311,江苏省宿迁市宿豫区,"Suyu District, Suqian, Jiangsu",321300,宿迁市宿豫区|宿豫区|宿豫
321322,江苏省宿迁市沭阳县,"Shuyang County, Suqian, Jiangsu",321300,宿迁市沭阳县|沭阳县|沭阳
321323,江苏省宿迁市泗阳县,"Siyang County, Suqian, Jiangsu",321300,宿迁市泗阳县|泗阳县|泗阳
321324,江苏省宿迁市泗洪县,"Sihong County, Suqian, Jiangsu",321300,宿迁市泗洪县|泗洪县|泗洪
330000,浙江省,Zhejiang,,浙江
330100,浙江省杭州市,"Hangzhou, Zhejiang",330000,杭州市|杭州
330102,浙江省杭州市上城区,"Shangcheng District, Hangzhou, Zhejiang",330100,杭州市上城区|上城区|上城
330103,浙江省杭州市下城区（2021年撤销）,"Xiacheng District, Hangzhou, Zhejiang (until 2021)",330100,下城区|杭州市下城区
330104,浙江省杭州市江干区（2021年撤销）,"Jianggan District, Hangzhou, Zhejiang (until 2021)",330100,江干区|杭州市江干区
330105,浙江省杭州市拱墅区,"Gongshu District, Hangzhou, Zhejiang",330100,杭州市拱墅区|拱墅区|拱墅
330106,浙江省杭州市西湖区,"Xihu District, Hangzhou, Zhejiang",330100,杭州市西湖区|西湖区|西湖
330108,浙江省杭州市滨江区,"Binjiang District, Hangzhou, Zhejiang",330100,杭州市滨江区|滨江区|滨江
330109,浙江省杭州市萧山区,"Xiaoshan District, Hangzhou, Zhejiang",330100,杭州市萧山区|萧山区|萧山
330110,浙江省杭州市余杭区,"Yuhang District, Hangzhou, Zhejiang",330100,杭州市余杭区|余杭区|余杭
330111,浙江省杭州市富阳区,"Fuyang District, Hangzhou, Zhejiang",330100,杭州市富阳区|富阳区|富阳
330112,浙江省杭州市临安区,"Lin'an District, Hangzhou, Zhejiang",330100,杭州市临安区|临安区|临安
330113,浙江省杭州市临平区,"Linping District, Hangzhou, Zhejiang",330100,杭州市临平区|临平区|临平
330114,浙江省杭州市钱塘区,"Qiantang District, Hangzhou, Zhejiang",330100,杭州市钱塘区|钱塘区|钱塘
330122,浙江省杭州市桐庐县,"Tonglu County, Hangzhou, Zhejiang",330100,杭州市桐庐县|桐庐县|桐庐
330127,浙江省杭州市淳安县,"Chun'an County, Hangzhou, Zhejiang",330100,杭州市淳安县|淳安县|淳安
330182,浙江省杭州市建德市,"Jiande City, Hangzhou, Zhejiang",330100,杭州市建德市|建德市|建德
330200,浙江省宁波市,"Ningbo, Zhejiang",330000,宁波市|宁波
330203,浙江省宁波市海曙区,"Haishu District, Ningbo, Zhejiang",330200,宁波市海曙区|海曙区|海曙
330205,浙江省宁波市江北区,"Jiangbei District, Ningbo, Zhejiang",330200,宁波市江北区|江北区|江北
330206,浙江省宁波市北仑区,"Beilun District, Ningbo, Zhejiang",330200,宁波市北仑区|北仑区|北仑
330211,浙江省宁波市镇海区,"Zhenhai District, Ningbo, Zhejiang",330200,宁波市镇海区|镇海区|镇海
330212,浙江省宁波市鄞州区,"Yinzhou District, Ningbo, Zhejiang",330200,宁波市鄞州区|鄞州区|鄞州
330213,浙江省宁波市奉化区,"Fenghua District, Ningbo, Zhejiang",330200,宁波市奉化区|奉化区|奉化
330225,浙江省宁波市象山县,"Xiangshan County, Ningbo, Zhejiang",330200,宁波市象山县|象山县|象山
330226,浙江省宁波市宁海县,"Ninghai County, Ningbo, Zhejiang",330200,宁波市宁海县|宁海县|宁海
330281,浙江省宁波市余姚市,"Yuyao City, Ningbo, Zhejiang",330200,宁波市余姚市|余姚市|余姚
330282,浙江省宁波市慈溪市,"Cixi City, Ningbo, Zhejiang",330200,宁波市慈溪市|慈溪市|慈溪
330300,浙江省温州市,"Wenzhou, Zhejiang",330000,温州市|温州
330302,浙江省温州市鹿城区,"Lucheng District, Wenzhou, Zhejiang",330300,温州市鹿城区|鹿城区|鹿城
330303,浙江省温州市龙湾区,"Longwan District, Wenzhou, Zhejiang",330300,温州市龙湾区|龙湾区|龙湾
330304,浙江省温州市瓯海区,"Ouhai District, Wenzhou, Zhejiang",330300,温州市瓯海区|瓯海区|瓯海
330305,浙江省温州市洞头区,"Dongtou District, Wenzhou, Zhejiang",330300,温州市洞头区|洞头区|洞头
330324,浙江省温州市永嘉县,"Yongjia County, Wenzhou, Zhejiang",330300,温州市永嘉县|永嘉县|永嘉
330326,浙江省温州市平阳县,"Pingyang County, Wenzhou, Zhejiang",330300,温州市平阳县|平阳县|平阳
330327,浙江省温州市苍南县,"Cangnan County, Wenzhou, Zhejiang",330300,温州市苍南县|苍南县|苍南
330328,浙江省温州市文成县,"Wencheng County, Wenzhou, Zhejiang",330300,温州市文成县|文成县|文成
330329,浙江省温州市泰顺县,"Taishun County, Wenzhou, Zhejiang",330300,温州市泰顺县|泰顺县|泰顺
330381,浙江省温州市瑞安市,"Rui'an City, Wenzhou, Zhejiang",330300,温州市瑞安市|瑞安市|瑞安
330382,浙江省温州市乐清市,"Yueqing City, Wenzhou, Zhejiang",330300,温州市乐清市|乐清市|乐清
330383,浙江省温州市龙港市,"Longgang City, Wenzhou, Zhejiang",330300,温州市龙港市|龙港市|龙港
330400,浙江省嘉兴市,"Jiaxing, Zhejiang",330000,嘉兴市|嘉兴
330402,浙江省嘉兴市南湖区,"Nanhu District, Jiaxing, Zhejiang",330400,嘉兴市南湖区|南湖区|南湖
330411,浙江省嘉兴市秀洲区,"Xiuzhou District, Jiaxing, Zhejiang",330400,嘉兴市秀洲区|秀洲区|秀洲
330421,浙江省嘉兴市嘉善县,"Jiashan County, Jiaxing, Zhejiang",330400,嘉兴市嘉善县|嘉善县|嘉善
330424,浙江省嘉兴市海盐县,"Haiyan County, Jiaxing, Zhejiang",330400,嘉兴市海盐县|海盐县|海盐
330481,浙江省嘉兴市海宁市,"Haining City, Jiaxing, Zhejiang",330400,嘉兴市海宁市|海宁市|海宁
330482,浙江省嘉兴市平湖市,"Pinghu City, Jiaxing, Zhejiang",330400,嘉兴市平湖市|平湖市|平湖
330483,浙江省嘉兴市桐乡市,"Tongxiang City, Jiaxing, Zhejiang",330400,嘉兴市桐乡市|桐乡市|桐乡
330500,浙江省湖州市,"Huzhou, Zhejiang",330000,湖州市|湖州
330502,浙江省湖州市吴兴区,"Wuxing District, Huzhou, Zhejiang",330500,湖州市吴兴区|吴兴区|吴兴
330503,浙江省湖州市南浔区,"Nanxun District, Huzhou, Zhejiang",330500,湖州市南浔区|南浔区|南浔
330521,浙江省湖州市德清县,"Deqing County, Huzhou, Zhejiang",330500,湖州市德清县|德清县|德清
330522,浙江省湖州市长兴县,"Changxing County, Huzhou, Zhejiang",330500,湖州市长兴县|长兴县|长兴
330523,浙江省湖州市安吉县,"Anji County, Huzhou, Zhejiang",330500,湖州市安吉县|安吉县|安吉
330600,浙江省绍兴市,"Shaoxing, Zhejiang",330000,绍兴市|绍兴
330602,浙江省绍兴市越城区,"Yuecheng District, Shaoxing, Zhejiang",330600,绍兴市越城区|越城区|越城
330603,浙江省绍兴市柯桥区,"Keqiao District, Shaoxing, Zhejiang",330600,绍兴市柯桥区|柯桥区|柯桥
330604,浙江省绍兴市上虞区,"Shangyu District, Shaoxing, Zhejiang",330600,绍兴市上虞区|上虞区|上虞
330624,浙江省绍兴市新昌县,"Xinchang County, Shaoxing, Zhejiang",330600,绍兴市新昌县|新昌县|新昌
330681,浙江省绍兴市诸暨市,"Zhuji City, Shaoxing, Zhejiang",330600,绍兴市诸暨市|诸暨市|诸暨
330683,浙江省绍兴市嵊州市,"Shengzhou City, Shaoxing, Zhejiang",330600,绍兴市嵊州市|嵊州市|嵊州
330700,浙江省金华市,"Jinhua, Zhejiang",330000,金华市|金华
330702,浙江省金华市婺城区,"Wucheng District, Jinhua, Zhejiang",330700,金华市婺城区|婺城区|婺城
330703,浙江省金华市金东区,"Jindong District, Jinhua, Zhejiang",330700,金华市金东区|金东区|金东
330723,浙江省金华市武义县,"Wuyi County, Jinhua, Zhejiang",330700,金华市武义县|武义县|武义
330726,浙江省金华市浦江县,"Pujiang County, Jinhua, Zhejiang",330700,金华市浦江县|浦江县|浦江
330727,浙江省金华市磐安县,"Pan'an County, Jinhua, Zhejiang",330700,金华市磐安县|磐安县|磐安
330781,浙江省金华市兰溪市,"Lanxi City, Jinhua, Zhejiang",330700,金华市兰溪市|兰溪市|兰溪
330782,浙江省金华市义乌市,"Yiwu City, Jinhua, Zhejiang",330700,金华市义乌市|义乌市|义乌
330783,浙江省金华市东阳市,"Dongyang City, Jinhua, Zhejiang",330700,金华市东阳市|东阳市|东阳
330784,浙江省金华市永康市,"Yongkang City, Jinhua, Zhejiang",330700,金华市永康市|永康市|永康
330800,浙江省衢州市,"Quzhou, Zhejiang",330000,衢州市|衢州
330802,浙江省衢州市柯城区,"Kecheng District, Quzhou, Zhejiang",330800,衢州市柯城区|柯城区|柯城
330803,浙江省衢州市衢江区,"Qujiang District, Quzhou, Zhejiang",330800,衢州市衢江区|衢江区|衢江
330822,浙江省衢州市常山县,"Changshan County, Quzhou, Zhejiang",330800,衢州市常山县|常山县|常山
330824,浙江省衢州市开化县,"Kaihua County, Quzhou, Zhejiang",330800,衢州市开化县|开化县|开化
330825,浙江省衢州市龙游县,"Longyou County, Quzhou, Zhejiang",330800,衢州市龙游县|龙游县|龙游
330881,浙江省衢州市江山市,"Jiangshan City, Quzhou, Zhejiang",330800,衢州市江山市|江山市|江山
330900,浙江省舟山市,"Zhoushan, Zhejiang",330000,舟山市|舟山
330902,浙江省舟山市定海区,"Dinghai District, Zhoushan, Zhejiang",330900,舟山市定海区|定海区|定海
330903,浙江省舟山市普陀区,"Putuo District, Zhoushan, Zhejiang",330900,舟山市普陀区
330921,浙江省舟山市岱山县,"Daishan County, Zhoushan, Zhejiang",330900,舟山市岱山县|岱山县|岱山
330922,浙江省舟山市嵊泗县,"Shengsi County, Zhoushan, Zhejiang",330900,舟山市嵊泗县|嵊泗县|嵊泗
331000,浙江省台州市,"Taizhou, Zhejiang",330000,台州市|台州
331002,浙江省台州市椒江区,"Jiaojiang District, Taizhou, Zhejiang",331000,台州市椒江区|椒江区|椒江
331003,浙江省台州市黄岩区,"Huangyan District, Taizhou, Zhejiang",331000,台州市黄岩区|黄岩区|黄岩
331004,浙江省台州市路桥区,"Luqiao District, Taizhou, Zhejiang",331000,台州市路桥区|路桥区|路桥
331022,浙江省台州市三门县,"Sanmen County, Taizhou, Zhejiang",331000,台州市三门县|三门县|三门
331023,浙江省台州市天台县,"Tiantai County, Taizhou, Zhejiang",331000,台州市天台县|天台县|天台
331024,浙江省台州市仙居县,"Xianju County, Taizhou, Zhejiang",331000,台州市仙居县|仙居县|仙居
331081,浙江省台州市温岭市,"Wenling City, Taizhou, Zhejiang",331000,台州市温岭市|温岭市|温岭
331082,浙江省台州市临海市,"Linhai City, Taizhou, Zhejiang",331000,台州市临海市|临海市|临海
331083,浙江省台州市玉环市,"Yuhuan City, Taizhou, Zhejiang",331000,台州市玉环市|玉环市|玉环
331100,浙江省丽水市,"Lishui, Zhejiang",330000,丽水市|丽水
331102,浙江省丽水市莲都区,"Liandu District, Lishui, Zhejiang",331100,丽水市莲都区|莲都区|莲都
331121,浙江省丽水市青田县,"Qingtian County, Lishui, Zhejiang",331100,丽水市青田县|青田县|青田
331122,浙江省丽水市缙云县,"Jinyun County, Lishui, Zhejiang",331100,丽水市缙云县|缙云县|缙云
331123,浙江省丽水市遂昌县,"Suichang County, Lishui, Zhejiang",331100,丽水市遂昌县|遂昌县|遂昌
331124,浙江省丽水市松阳县,"Songyang County, Lishui, Zhejiang",331100,丽水市松阳县|松阳县|松阳
331125,浙江省丽水市云和县,"Yunhe County, Lishui, Zhejiang",331100,丽水市云和县|云和县|云和
331126,浙江省丽水市庆元县,"Qingyuan County, Lishui, Zhejiang",331100,丽水市庆元县|庆元县|庆元
331127,浙江省丽水市景宁畲族自治县,"Jingning She Autonomous County, Lishui, Zhejiang",331100,丽水市景宁畲族自治县|景宁畲族自治县|景宁
331181,浙江省丽水市龙泉市,"Longquan City, Lishui, Zhejiang",331100,丽水市龙泉市|龙泉市|龙泉
340000,安徽省,Anhui,,安徽
340100,安徽省合肥市,"Hefei, Anhui",340000,合肥市|合肥
340102,安徽省合肥市瑶海区,"Yaohai District, Hefei, Anhui",340100,合肥市瑶海区|瑶海区|瑶海
340103,安徽省合肥市庐阳区,"Luyang District, Hefei, Anhui",340100,合肥市庐阳区|庐阳区|庐阳
340104,安徽省合肥市蜀山区,"Shushan District, Hefei, Anhui",340100,合肥市蜀山区|蜀山区|蜀山
340111,安徽省合肥市包河区,"Baohe District, Hefei, Anhui",340100,合肥市包河区|包河区|包河
340121,安徽省合肥市长丰县,"Changfeng County, Hefei, Anhui",340100,合肥市长丰县|长丰县|长丰
340122,安徽省合肥市肥东县,"Feidong County, Hefei, Anhui",340100,合肥市肥东县|肥东县|肥东
340123,安徽省合肥市肥西县,"Feixi County, Hefei, Anhui",340100,合肥市肥西县|肥西县|肥西
340124,安徽省合肥市庐江县,"Lujiang County, Hefei, Anhui",340100,合肥市庐江县|庐江县|庐江
340181,安徽省合肥市巢湖市,"Chaohu City, Hefei, Anhui",340100,合肥市巢湖市|巢湖市|巢湖
340200,安徽省芜湖市,"Wuhu, Anhui",340000,芜湖市|芜湖
340202,安徽省芜湖市镜湖区,"Jinghu District, Wuhu, Anhui",340200,芜湖市镜湖区|镜湖区|镜湖
340207,安徽省芜湖市鸠江区,"Jiujiang District, Wuhu, Anhui",340200,芜湖市鸠江区|鸠江区|鸠江
340209,安徽省芜湖市弋江区,"Yijiang District, Wuhu, Anhui",340200,芜湖市弋江区|弋江区|弋江
340210,安徽省芜湖市湾沚区,"Wanzhi District, Wuhu, Anhui",340200,芜湖市湾沚区|湾沚区|湾沚
340212,安徽省芜湖市繁昌区,"Fanchang District, Wuhu, Anhui",340200,芜湖市繁昌区|繁昌区|繁昌
340223,安徽省芜湖市南陵县,"Nanling County, Wuhu, Anhui",340200,芜湖市南陵县|南陵县|南陵
340281,安徽省芜湖市无为市,"Wuwei City, Wuhu, Anhui",340200,芜湖市无为市|无为市|无为
340300,安徽省蚌埠市,"Bengbu, Anhui",340000,蚌埠市|蚌埠
340302,安徽省蚌埠市龙子湖区,"Longzihu District, Bengbu, Anhui",340300,蚌埠市龙子湖区|龙子湖区|龙子湖
340303,安徽省蚌埠市蚌山区,"Bengshan District, Bengbu, Anhui",340300,蚌埠市蚌山区|蚌山区|蚌山
340304,安徽省蚌埠市禹会区,"Yuhui District, Bengbu, Anhui",340300,蚌埠市禹会区|禹会区|禹会
340311,安徽省蚌埠市淮上区,"Huaishang District, Bengbu, Anhui",340300,蚌埠市淮上区|淮上区|淮上
340321,安徽省蚌埠市怀远县,"Huaiyuan County, Bengbu, Anhui",340300,蚌埠市怀远县|怀远县|怀远
340322,安徽省蚌埠市五河县,"Wuhe County, Bengbu, Anhui",340300,蚌埠市五河县|五河县|五河
340323,安徽省蚌埠市固镇县,"Guzhen County, Bengbu, Anhui",340300,蚌埠市固镇县|固镇县|固镇
340400,安徽省淮南市,"Huainan, Anhui",340000,淮南市|淮南
340402,安徽省淮南市大通区,"Datong District, Huainan, Anhui",340400,淮南市大通区|大通区|大通
340403,安徽省淮南市田家庵区,"Tianjia'an District, Huainan, Anhui",340400,淮南市田家庵区|田家庵区|田家庵
340404,安徽省淮南市谢家集区,"Xiejiaji District, Huainan, Anhui",340400,淮南市谢家集区|谢家集区|谢家集
340405,安徽省淮南市八公山区,"Bagongshan District, Huainan, Anhui",340400,淮南市八公山区|八公山区|八公山
340406,安徽省淮南市潘集区,"Panji District, Huainan, Anhui",340400,淮南市潘集区|潘集区|潘集
340421,安徽省淮南市凤台县,"Fengtai County, Huainan, Anhui",340400,淮南市凤台县|凤台县|凤台
340422,安徽省淮南市寿县,"Shou County, Huainan, Anhui",340400,淮南市寿县|寿县
340500,安徽省马鞍山市,"Ma'anshan, Anhui",340000,马鞍山市|马鞍山
340503,安徽省马鞍山市花山区,"Huashan District, Ma'anshan, Anhui",340500,马鞍山市花山区|花山区|花山
340504,安徽省马鞍山市雨山区,"Yushan District, Ma'anshan, Anhui",340500,马鞍山市雨山区|雨山区|雨山
340506,安徽省马鞍山市博望区,"Bowang District, Ma'anshan, Anhui",340500,马鞍山市博望区|博望区|博望
340521,安徽省马鞍山市当涂县,"Dangtu County, Ma'anshan, Anhui",340500,马鞍山市当涂县|当涂县|当涂
340522,安徽省马鞍山市含山县,"Hanshan County, Ma'anshan, Anhui",340500,马鞍山市含山县|含山县|含山
340523,安徽省马鞍山市和县,"He County, Ma'anshan, Anhui",340500,马鞍山市和县|和县
340600,安徽省淮北市,"Huaibei, Anhui",340000,淮北市|淮北
340602,安徽省淮北市杜集区,"Duji District, Huaibei, Anhui",340600,淮北市杜集区|杜集区|杜集
340603,安徽省淮北市相山区,"Xiangshan District, Huaibei, Anhui",340600,淮北市相山区|相山区|相山
340604,安徽省淮北市烈山区,"Lieshan District, Huaibei, Anhui",340600,淮北市烈山区|烈山区|烈山
340621,安徽省淮北市濉溪县,"Suixi County, Huaibei, Anhui",340600,淮北市濉溪县|濉溪县|濉溪
340700,安徽省铜陵市,"Tongling, Anhui",340000,铜陵市|铜陵
340705,安徽省铜陵市铜官区,"Tongguan District, Tongling, Anhui",340700,铜陵市铜官区|铜官区|铜官
340706,安徽省铜陵市义安区,"Yi'an District, Tongling, Anhui",340700,铜陵市义安区|义安区|义安
340711,安徽省铜陵市郊区,"Jiao District, Tongling, Anhui",340700,铜陵市郊区|郊区
340722,安徽省铜陵市枞阳县,"Zongyang County, Tongling, Anhui",340700,铜陵市枞阳县|枞阳县|枞阳
340800,安徽省安庆市,"Anqing, Anhui",340000,安庆市|安庆
340802,安徽省安庆市迎江区,"Yingjiang District, Anqing, Anhui",340800,安庆市迎江区|迎江区|迎江
340803,安徽省安庆市大观区,"Daguan District, Anqing, Anhui",340800,安庆市大观区|大观区|大观
340811,安徽省安庆市宜秀区,"Yixiu District, Anqing, Anhui",340800,安庆市宜秀区|宜秀区|宜秀
340822,安徽省安庆市怀宁县,"Huaining County, Anqing, Anhui",340800,安庆市怀宁县|怀宁县|怀宁
340825,安徽省安庆市太湖县,"Taihu County, Anqing, Anhui",340800,安庆市太湖县|太湖县|太湖
340826,安徽省安庆市宿松县,"Susong County, Anqing, Anhui",340800,安庆市宿松县|宿松县|宿松
340827,安徽省安庆市望江县,"Wangjiang County, Anqing, Anhui",340800,安庆市望江县|望江县|望江
340828,安徽省安庆市岳西县,"Yuexi County, Anqing, Anhui",340800,安庆市岳西县|岳西县|岳西
340881,安徽省安庆市桐城市,"Tongcheng City, Anqing, Anhui",340800,安庆市桐城市|桐城市|桐城
340882,安徽省安庆市潜山市,"Qianshan City, Anqing, Anhui",340800,安庆市潜山市|潜山市|潜山
341000,安徽省黄山市,"Huangshan, Anhui",340000,黄山市
341002,安徽省黄山市屯溪区,"Tunxi District, Huangshan, Anhui",341000,黄山市屯溪区|屯溪区|屯溪
341003,安徽省黄山市黄山区,"Huangshan District, Huangshan, Anhui",341000,黄山市黄山区|黄山区
341004,安徽省黄山市徽州区,"Huizhou District, Huangshan, Anhui",341000,黄山市徽州区|徽州区|徽州
341021,安徽省黄山市歙县,"She County, Huangshan, Anhui",341000,黄山市歙县|歙县
341022,安徽省黄山市休宁县,"Xiuning County, Huangshan, Anhui",341000,黄山市休宁县|休宁县|休宁
341023,安徽省黄山市黟县,"Yi County, Huangshan, Anhui",341000,黄山市黟县|黟县
341024,安徽省黄山市祁门县,"Qimen County, Huangshan, Anhui",341000,黄山市祁门县|祁门县|祁门
341100,安徽省滁州市,"Chuzhou, Anhui",340000,滁州市|滁州
341102,安徽省滁州市琅琊区,"Langya District, Chuzhou, Anhui",341100,滁州市琅琊区|琅琊区|琅琊
341103,安徽省滁州市南谯区,"Nanqiao District, Chuzhou, Anhui",341100,滁州市南谯区|南谯区|南谯
341122,安徽省滁州市来安县,"Lai'an County, Chuzhou, Anhui",341100,滁州市来安县|来安县|来安
341124,安徽省滁州市全椒县,"Quanjiao County, Chuzhou, Anhui",341100,滁州市全椒县|全椒县|全椒
341125,安徽省滁州市定远县,"Dingyuan County, Chuzhou, Anhui",341100,滁州市定远县|定远县|定远
341126,安徽省滁州市凤阳县,"Fengyang County, Chuzhou, Anhui",341100,滁州市凤阳县|凤阳县|凤阳
341181,安徽省滁州市天长市,"Tianchang City, Chuzhou, Anhui",341100,滁州市天长市|天长市|天长
341182,安徽省滁州市明光市,"Mingguang City, Chuzhou, Anhui",341100,滁州市明光市|明光市|明光
341200,安徽省阜阳市,"Fuyang, Anhui",340000,阜阳市|阜阳
341202,安徽省阜阳市颍州区,"Yingzhou District, Fuyang, Anhui",341200,阜阳市颍州区|颍州区|颍州
341203,安徽省阜阳市颍东区,"Yingdong District, Fuyang, Anhui",341200,阜阳市颍东区|颍东区|颍东
341204,安徽省阜阳市颍泉区,"Yingquan District, Fuyang, Anhui",341200,阜阳市颍泉区|颍泉区|颍泉
341221,安徽省阜阳市临泉县,"Linquan County, Fuyang, Anhui",341200,阜阳市临泉县|临泉县|临泉
341222,安徽省阜阳市太和县,"Taihe County, Fuyang, Anhui",341200,阜阳市太和县|太和县|太和
341225,安徽省阜阳市阜南县,"Funan County, Fuyang, Anhui",341200,阜阳市阜南县|阜南县|阜南
341226,安徽省阜阳市颍上县,"Yingshang County, Fuyang, Anhui",341200,阜阳市颍上县|颍上县|颍上
341282,安徽省阜阳市界首市,"Jieshou City, Fuyang, Anhui",341200,阜阳市界首市|界首市|界首
341300,安徽省宿州市,"Suzhou, Anhui",340000,宿州市|宿州
341302,安徽省宿州市埇桥区,"Yongqiao District, Suzhou, Anhui",341300,宿州市埇桥区|埇桥区|埇桥
341321,安徽省宿州市砀山县,"Dangshan County, Suzhou, Anhui",341300,宿州市砀山县|砀山县|砀山
341322,安徽省宿州市萧县,"Xiao County, Suzhou, Anhui",341300,宿州市萧县|萧县
341323,安徽省宿州市灵璧县,"Lingbi County, Suzhou, Anhui",341300,宿州市灵璧县|灵璧县|灵璧
341324,安徽省宿州市泗县,"Si County, Suzhou, Anhui",341300,宿州市泗县|泗县
341400,"安徽省巢湖市（地级，2011年撤销）","Chaohu prefecture, Anhui (until 2011)",340000,安徽省巢湖市（地级）
341500,安徽省六安市,"Lu'an, Anhui",340000,六安市|六安
341502,安徽省六安市金安区,"Jin'an District, Lu'an, Anhui",341500,六安市金安区|金安区|金安
341503,安徽省六安市裕安区,"Yu'an District, Lu'an, Anhui",341500,六安市裕安区|裕安区|裕安
341504,安徽省六安市叶集区,"Yeji District, Lu'an, Anhui",341500,六安市叶集区|叶集区|叶集
341522,安徽省六安市霍邱县,"Huoqiu County, Lu'an, Anhui",341500,六安市霍邱县|霍邱县|霍邱
341523,安徽省六安市舒城县,"Shucheng County, Lu'an, Anhui",341500,六安市舒城县|舒城县|舒城
341524,安徽省六安市金寨县,"Jinzhai County, Lu'an, Anhui",341500,六安市金寨县|金寨县|金寨
341525,安徽省六安市霍山县,"Huoshan County, Lu'an, Anhui",341500,六安市霍山县|霍山县|霍山
341600,安徽省亳州市,"Bozhou, Anhui",340000,亳州市|亳州
341602,安徽省亳州市谯城区,"Qiaocheng District, Bozhou, Anhui",341600,亳州市谯城区|谯城区|谯城
341621,安徽省亳州市涡阳县,"Guoyang County, Bozhou, Anhui",341600,亳州市涡阳县|涡阳县|涡阳
341622,安徽省亳州市蒙城县,"Mengcheng County, Bozhou, Anhui",341600,亳州市蒙城县|蒙城县|蒙城
341623,安徽省亳州市利辛县,"Lixin County, Bozhou, Anhui",341600,亳州市利辛县|利辛县|利辛
341700,安徽省池州市,"Chizhou, Anhui",340000,池州市|池州
341702,安徽省池州市贵池区,"Guichi District, Chizhou, Anhui",341700,池州市贵池区|贵池区|贵池
341721,安徽省池州市东至县,"Dongzhi County, Chizhou, Anhui",341700,池州市东至县|东至县|东至
341722,安徽省池州市石台县,"Shitai County, Chizhou, Anhui",341700,池州市石台县|石台县|石台
341723,安徽省池州市青阳县,"Qingyang County, Chizhou, Anhui",341700,池州市青阳县|青阳县|青阳
341800,安徽省宣城市,"Xuancheng, Anhui",340000,宣城市|宣城
341802,安徽省宣城市宣州区,"Xuanzhou District, Xuancheng, Anhui",341800,宣城市宣州区|宣州区|宣州
341821,安徽省宣城市郎溪县,"Langxi County, Xuancheng, Anhui",341800,宣城市郎溪县|郎溪县|郎溪
341823,安徽省宣城市泾县,"Jing County, Xuancheng, Anhui",341800,宣城市泾县|泾县
341824,安徽省宣城市绩溪县,"Jixi County, Xuancheng, Anhui",341800,宣城市绩溪县|绩溪县|绩溪
341825,安徽省宣城市旌德县,"Jingde County, Xuancheng, Anhui",341800,宣城市旌德县|旌德县|旌德
341881,安徽省宣城市宁国市,"Ningguo City, Xuancheng, Anhui",341800,宣城市宁国市|宁国市|宁国
341882,安徽省宣城市广德市,"Guangde City, Xuancheng, Anhui",341800,宣城市广德市|广德市|广德
350000,福建省,Fujian,,福建
360000,江西省,Jiangxi,,江西
370000,山东省,Shandong,,山东
410000,河南省,Henan,,河南
420000,湖北省,Hubei,,湖北
430000,湖南省,Hunan,,湖南
440000,广东省,Guangdong,,广东
450000,广西壮族自治区,Guangxi,,广西
460000,海南省,Hainan,,海南
500000,重庆市,Chongqing,,重庆
510000,四川省,Sichuan,,四川
520000,贵州省,Guizhou,,贵州
530000,云南省,Yunnan,,云南
540000,西藏自治区,Tibet,,西藏
610000,陕西省,Shaanxi,,陕西
620000,甘肃省,Gansu,,甘肃
630000,青海省,Qinghai,,青海
640000,宁夏回族自治区,Ningxia,,宁夏
650000,新疆维吾尔自治区,Xinjiang,,新疆
710000,台湾省,Taiwan,,台湾
810000,香港特别行政区,Hong Kong,,香港
820000,澳门特别行政区,Macao,,澳门

"""#),
        file(
            "codes/service.csv",
            #"""
slug,zh,en,parent,aliases
dev,技术开发,technology development,,
transfer,技术转让,technology transfer,,
service,技术服务,technical service,,
consult,技术咨询,technology consulting,,
appraisal,技术评价,technology appraisal,,科技评价
finance,技术投融资,technology finance,,投融资
platform,信息网络平台服务,online information platform,,信息网络平台
search,技术搜索,technology search,,
proof,概念验证,proof of concept,,
cross_border,跨境技术转移,cross-border transfer,,跨境技术转移服务
intelligence,竞争情报,competitive intelligence,,

"""#),
        file(
            "codes/subcategory.csv",
            #"""
slug,zh,en,parent,aliases
dev_commission,委托开发,commissioned development,dev,委托开发合同|技术开发（委托）|委托
dev_coop,合作开发,cooperative development,dev,合作开发合同|技术开发（合作）|合作
tr_patent,专利权,patent,transfer,专利权转让
tr_patent_app,专利申请权,patent application,transfer,专利申请权转让
tr_secret,技术秘密,technical secret,transfer,技术秘密转让|非专利技术转让
tr_software,计算机软件著作权,software copyright,transfer,计算机软件著作权转让|软件著作权转让
tr_ic,集成电路布图设计专有权,layout design of integrated circuits,transfer,集成电路布图设计专有权转让|集成电路布图设计权
tr_plant,植物新品种权,new plant variety,transfer,植物新品种权转让
tr_bio,生物、医药新品种权,new biological or medical variety,transfer,生物、医药新品种权转让
tr_design,设计著作权,design copyright,transfer,设计著作权转让
li_patent,专利实施许可,patent licence,licence,专利许可|专利实施许可转让
li_secret,技术秘密使用许可,licence of a technical secret,licence,技术秘密许可
li_software,计算机软件著作权许可,software copyright licence,licence,计算机软件著作权使用许可|软件著作权许可
li_ic,集成电路布图设计专有权许可,layout design licence,licence,集成电路布图设计许可
li_plant,植物新品种权许可,plant variety licence,licence,植物新品种实施许可
li_bio,生物、医药新品种权许可,biological or medical variety licence,licence,生物、医药新品种许可
sv_general,一般技术服务,general technical service,service,
sv_broker,技术中介,technology brokerage,service,技术中介服务
sv_training,技术培训,technical training,service,技术培训服务

"""#),
        file(
            "codes/technology_field.csv",
            #"""
slug,zh,en,parent,aliases
01,电子信息,electronics and information,,电子信息技术
02,航空航天,aerospace,,航空航天技术
03,先进制造,advanced manufacturing,,先进制造技术
04,生物、医药和医疗器械,"biology, medicine and medical devices",,生物、医药和医疗器械技术|生物医药
05,新材料及其应用,new materials and their application,,新材料
06,新能源与高效节能,new energy and energy saving,,新能源
07,环境保护与资源综合利用,environment and use of resources,,环境保护与资源综合利用技术
08,核应用,nuclear application,,核应用技术
09,农业,agriculture,,农业技术
10,现代交通,modern transport,,
11,城市建设与社会发展,urban construction and social development,,

"""#),
        file(
            "codes/yes_no.csv",
            #"""
slug,zh,en,parent,aliases
yes,是,yes,,Y|1|true|有
no,否,no,,N|0|false|无

"""#),
        file(
            "contract.yaml",
            #"""
# A technology contract, as it stands in the register of the seller's market (DOMAIN: the registrar enters it once).
# Units 1-31 are the register's own (home); 32-62 are what the other markets know better or add.
label: {zh: 技术合同, en: technology contract}

key:
  name: registration_no
  label: {zh: 合同登记编号, en: registration number}
  headers: [合同登记编号, 登记编号, 合同登记号, 技术合同登记编号]
  # Year, province and city, registration point, serial number.
  pattern: "20[0-9]{14}"
  example: "2023310115000042"
  home: {offset: 4, length: 2}

units:
  - {number: 1, name: project, label: {zh: 项目, en: project}, write: home, merge: home, columns: [project_name]}
  - {number: 2, name: category, label: {zh: 类别, en: category}, write: home, merge: home,
     columns: [category, subcategory]}
  - {number: 3, name: seller, label: {zh: 卖方, en: seller}, write: home, merge: home,
     columns: [seller_name, seller_uscc, seller_kind, seller_region]}
  - {number: 4, name: amounts, label: {zh: 金额, en: amounts}, write: home, merge: home,
     columns: [total_amount_fen, technology_amount_fen]}
  - {number: 5, name: payment, label: {zh: 支付, en: payment}, write: home, merge: home, columns: [payment_mode]}
  - {number: 6, name: term, label: {zh: 期限, en: term}, write: home, merge: home,
     columns: [signed_on, valid_from, valid_to]}
  - {number: 7, name: registration, label: {zh: 登记, en: registration}, write: home, merge: home,
     columns: [registered_on, registrar_code, by_commitment]}
  - {number: 8, name: classification, label: {zh: 分类, en: classification}, write: home, merge: home,
     columns: [technology_field, ip_kind, objective, plan_source, served_industry]}
  - {number: 9, name: status, label: {zh: 状态, en: status}, write: home, merge: home, columns: [status]}
  - {number: 32, name: buyer, label: {zh: 买方, en: buyer}, write: any, merge: manual,
     columns: [buyer_name, buyer_uscc, buyer_kind, buyer_region, buyer_country]}
  - {number: 33, name: fulfilment, label: {zh: 履行, en: fulfilment}, write: any, merge: manual, columns: [fulfilment]}
  - {number: 34, name: remark, label: {zh: 备注, en: remark}, write: any, merge: manual, columns: [remark]}

columns:
  - {name: project_name, type: text, max: 200, required: true, share: federation,
     label: {zh: 项目名称, en: project name}, headers: [项目名称, 合同名称, 合同项目名称]}
  - {name: category, type: code(category), share: public,
     label: {zh: 合同类别, en: category}, headers: [合同类别, 合同类型]}
  - {name: subcategory, type: code(subcategory), share: public,
     label: {zh: 合同子类, en: subcategory}, headers: [合同子类, 合同子类别, 合同小类]}
  - {name: seller_name, type: text, max: 200, share: federation,
     label: {zh: 卖方名称, en: seller}, headers: [卖方名称, 转让方名称, 受托方名称]}
  - {name: seller_uscc, type: uscc, share: federation, label: {zh: 卖方统一社会信用代码, en: seller's credit code},
     headers: [卖方统一社会信用代码, 卖方信用代码, 卖方社会信用代码]}
  - {name: seller_kind, type: code(party_kind), share: public,
     label: {zh: 卖方性质, en: kind of seller}, headers: [卖方性质, 卖方类型]}
  - {name: seller_region, type: region, share: public, label: {zh: 卖方行政区划代码, en: seller's region},
     headers: [卖方行政区划代码, 卖方行政区划, 卖方所在地, 卖方区划代码]}
  - {name: buyer_name, type: text, max: 200, share: federation,
     label: {zh: 买方名称, en: buyer}, headers: [买方名称, 受让方名称, 委托方名称]}
  - {name: buyer_uscc, type: uscc, share: federation, label: {zh: 买方统一社会信用代码, en: buyer's credit code},
     headers: [买方统一社会信用代码, 买方信用代码, 买方社会信用代码]}
  - {name: buyer_kind, type: code(party_kind), share: public,
     label: {zh: 买方性质, en: kind of buyer}, headers: [买方性质, 买方类型]}
  - {name: buyer_region, type: region, share: public, label: {zh: 买方行政区划代码, en: buyer's region},
     headers: [买方行政区划代码, 买方行政区划, 买方所在地, 买方区划代码]}
  - {name: buyer_country, type: code(country), share: public,
     label: {zh: 买方国别, en: buyer's country}, headers: [买方国别, "买方国别(地区)", 买方国别代码, "买方国别(地区)代码"]}
  - name: total_amount_fen
    type: money
    min: 0
    share: federation
    label: {zh: 合同成交金额, en: total amount}
    headers:
      - {name: "合同成交金额(元)", unit: yuan}
      - {name: "合同成交金额(万元)", unit: wan}
      - {name: "合同成交金额(亿元)", unit: yi}
      - {name: 合同成交金额, unit: yuan}
      - {name: "合同交易总额(元)", unit: yuan}
      - {name: "合同交易总额(万元)", unit: wan}
      - {name: 合同交易总额, unit: yuan}
      - {name: "成交金额(元)", unit: yuan}
      - {name: "成交金额(万元)", unit: wan}
      - {name: "成交额(元)", unit: yuan}
      - {name: "成交额(万元)", unit: wan}
      - {name: "成交额(亿元)", unit: yi}
  - name: technology_amount_fen
    type: money
    min: 0
    share: federation
    label: {zh: 技术交易额, en: technology amount}
    headers:
      - {name: "技术交易额(元)", unit: yuan}
      - {name: "技术交易额(万元)", unit: wan}
      - {name: "技术交易额(亿元)", unit: yi}
      - {name: 技术交易额, unit: yuan}
      - {name: "技术交易金额(元)", unit: yuan}
      - {name: "技术交易金额(万元)", unit: wan}
  - {name: payment_mode, type: code(payment_mode), share: federation,
     label: {zh: 支付方式, en: mode of payment}, headers: [支付方式, 付款方式]}
  - {name: signed_on, type: date, share: federation,
     label: {zh: 合同签订日期, en: signed on}, headers: [合同签订日期, 签订日期, 合同签订时间]}
  - {name: valid_from, type: date, share: federation,
     label: {zh: 合同有效期起, en: valid from}, headers: [合同有效期起, 合同开始日期, 有效期起, 合同起始日期]}
  - {name: valid_to, type: date, share: federation,
     label: {zh: 合同有效期止, en: valid to}, headers: [合同有效期止, 合同结束日期, 有效期止, 合同终止日期]}
  - {name: registered_on, type: date, share: public,
     label: {zh: 登记日期, en: registered on}, headers: [登记日期, 合同登记日期, 认定登记日期, 登记时间]}
  - {name: registrar_code, type: text, max: 10, code_like: true, share: public,
     label: {zh: 登记机构代码, en: registrar}, headers: [登记机构代码, 登记机构, 登记点代码, 登记处代码]}
  - {name: by_commitment, type: code(yes_no), share: federation,
     label: {zh: 告知承诺, en: registered by commitment}, headers: [告知承诺, 是否告知承诺, 告知承诺制]}
  - {name: technology_field, type: code(technology_field), share: public,
     label: {zh: 技术领域, en: field of technology}, headers: [技术领域, 所属技术领域]}
  - {name: ip_kind, type: code(ip_kind), share: public,
     label: {zh: 知识产权类别, en: kind of intellectual property}, headers: [知识产权类别, 知识产权, 知识产权类型]}
  - {name: objective, type: code(objective), share: public,
     label: {zh: 社会经济目标, en: socio-economic objective}, headers: [社会经济目标, 社会-经济目标]}
  - {name: plan_source, type: code(plan_source), share: public,
     label: {zh: 计划项目来源, en: source of the plan}, headers: [计划项目来源, 计划来源, 项目计划来源]}
  - {name: served_industry, type: code(industry), share: public, label: {zh: 服务的国民经济行业, en: industry served},
     headers: [服务的国民经济行业, 国民经济行业, 服务行业]}
  - {name: status, type: code(contract_status), share: public,
     label: {zh: 状态, en: status}, headers: [状态, 合同状态, 登记状态]}
  - {name: fulfilment, type: code(fulfilment), share: federation,
     label: {zh: 履行情况, en: fulfilment}, headers: [履行情况, 履约情况, 合同履行情况]}
  - {name: remark, type: text, max: 2000, share: federation, label: {zh: 备注, en: remark}, headers: [备注, 说明]}
  - {name: clerk, type: text, max: 50, share: home, personal: true,
     label: {zh: 登记员, en: clerk}, headers: [登记员, 登记人员, 经办人]}
  - {name: contact_person, type: text, max: 50, share: home, personal: true,
     label: {zh: 联系人, en: contact person}, headers: [联系人, 卖方联系人, 联系人姓名]}
  - {name: contact_phone, type: text, max: 50, code_like: true, share: home, personal: true,
     label: {zh: 联系电话, en: telephone}, headers: [联系电话, 卖方联系电话, 联系人电话, 电话]}

# What holds across columns. `ordered` leaves out empty columns; `child_of` asks that the code's parent be the other
# column's code. The name is the code of the refusal.
rules:
  - name: amounts_out_of_order
    ordered: [technology_amount_fen, total_amount_fen]
    message:
      zh: 技术交易额不能大于合同成交金额：请核对两个金额及其单位
      en: the technology amount must not exceed the total amount; check both amounts and their units
  - name: term_out_of_order
    ordered: [valid_from, valid_to]
    message:
      zh: 合同有效期的起日不能晚于止日：请核对两个日期
      en: the term must not end before it begins; check both dates
  - name: signed_after_registration
    ordered: [signed_on, registered_on]
    message:
      zh: 合同签订日期不能晚于登记日期：请核对两个日期
      en: a contract is signed before it is registered; check both dates
  - name: subcategory_of_other_category
    child_of: {column: subcategory, parent: category}
    message:
      zh: 合同子类不属于所填的合同类别：请改正其中一项（例如“专利实施许可”属于“技术许可”）
      en: the subcategory does not belong to the category; correct one of them (a patent licence is under licence)

"""#),
    ]

    static let profiles: [CatalogFile] = [
        file(
            "anhui.yaml",
            #"""
# The public profile of the Anhui market: `init --market anhui` takes its defaults from it. It holds no key and grants no
# trust; a market's descriptor does (descriptor.example.yaml).
market: anhui
name: {zh: 安徽技术市场, en: Anhui Technology Market}
region_code: "340000"
time_zone: Asia/Shanghai
# The usual address, until the market says another in its descriptor. `.example` names no real machine.
endpoint: https://anhui.techmarket.example:7443

"""#),
        file(
            "jiangsu.yaml",
            #"""
# The public profile of the Jiangsu market: `init --market jiangsu` takes its defaults from it. It holds no key and grants no
# trust; a market's descriptor does (descriptor.example.yaml).
market: jiangsu
name: {zh: 江苏技术市场, en: Jiangsu Technology Market}
region_code: "320000"
time_zone: Asia/Shanghai
# The usual address, until the market says another in its descriptor. `.example` names no real machine.
endpoint: https://jiangsu.techmarket.example:7443

"""#),
        file(
            "shanghai.yaml",
            #"""
# The public profile of the Shanghai market: `init --market shanghai` takes its defaults from it. It holds no key and grants no
# trust; a market's descriptor does (descriptor.example.yaml).
market: shanghai
name: {zh: 上海技术市场, en: Shanghai Technology Market}
region_code: "310000"
time_zone: Asia/Shanghai
# The usual address, until the market says another in its descriptor. `.example` names no real machine.
endpoint: https://shanghai.techmarket.example:7443

"""#),
        file(
            "zhejiang.yaml",
            #"""
# The public profile of the Zhejiang market: `init --market zhejiang` takes its defaults from it. It holds no key and grants no
# trust; a market's descriptor does (descriptor.example.yaml).
market: zhejiang
name: {zh: 浙江技术市场, en: Zhejiang Technology Market}
region_code: "330000"
time_zone: Asia/Shanghai
# The usual address, until the market says another in its descriptor. `.example` names no real machine.
endpoint: https://zhejiang.techmarket.example:7443

"""#),
    ]
}
