// A catalog that has one of everything and is still small.

enum CatalogSamples {
    static let root = Array(
        """
        version: 3
        homes: {"31": shanghai, "32": jiangsu}
        types: [item]
        lists:
          colour: {label: {zh: 颜色, en: colour}}
          shade: {label: {zh: 色调, en: shade}, parents: colour}

        """.utf8)

    static let type = Array(
        """
        label: {zh: 物品, en: item}
        key:
          name: item_no
          label: {zh: 编号, en: number}
          headers: [编号]
          pattern: "[0-9]{2}-[0-9]{4}"
          example: "31-0001"
          home: {offset: 0, length: 2}
        units:
          - {number: 1, name: title, label: {zh: 名, en: title}, write: home, merge: home, columns: [title, first, last]}
          - {number: 2, name: price, label: {zh: 价, en: price}, write: home, merge: manual, columns: [price, count]}
          - {number: 32, name: tags, label: {zh: 签, en: tags}, write: any, merge: latest, columns: [tags, colour, shade]}
        columns:
          - {name: title, type: text, max: 20, required: true, share: public, label: {zh: 名, en: title}, headers: [名]}
          - {name: first, type: date, share: public, label: {zh: 始, en: first}, headers: [始, 始期]}
          - {name: last, type: date, share: public, label: {zh: 终, en: last}, headers: [终]}
          - {name: price, type: money, min: 0, share: public, label: {zh: 价, en: price},
             headers: [{name: 价, unit: yuan}, {name: 价（万元）, unit: wan}]}
          - {name: count, type: integer, min: -3, share: federation, label: {zh: 数, en: count}, headers: [数]}
          - {name: tags, type: codes(colour), share: public, label: {zh: 签, en: tags}, headers: [签]}
          - {name: colour, type: code(colour), share: public, label: {zh: 色, en: colour}, headers: [色]}
          - {name: shade, type: code(shade), share: public, label: {zh: 调, en: shade}, headers: [调]}
          - {name: clerk, type: text, max: 9, code_like: true, personal: true, share: home, label: {zh: 员, en: clerk}, headers: [员]}
        rules:
          - {name: order, ordered: [first, last], message: {zh: 先后, en: order}}
          - {name: parent, child_of: {column: shade, parent: colour}, message: {zh: 上级, en: parent}}

        """.utf8)

    static let list = Array("slug,zh,en,parent,aliases\nred,红,red,,赤|朱\nblue,\"蓝\",blue,,\n0_g,绿,green,,\n".utf8)

    static let shades = Array("slug,zh,en,parent,aliases\nwine,酒红,wine,red,\nsky,天蓝,sky,blue,\n".utf8)
}
