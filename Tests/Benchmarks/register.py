"""Register files of contracts like the real ones (DOMAIN.md): 20 columns, about 420 bytes a row. Same arguments, same bytes."""
import csv, random

PREFIX = {"shanghai": "31", "jiangsu": "32"}


def write_register(path, market, count):
    rng = random.Random(f"{market}/{count}")
    names = ["智能", "高精度", "低碳", "新型", "柔性", "分布式", "自适应", "绿色"]
    things = ["传感器", "电池隔膜", "靶向药物", "图像识别算法", "数控机床", "污水处理", "光伏组件", "工业机器人", "碳纤维", "医学影像"]
    tasks = ["关键技术研究", "系统开发", "工艺优化", "中试服务", "检测与评价", "软件开发"]
    brand, tail = "华东浦江恒瑞天启云帆中科安泰盛景联创凌志博远海纳嘉禾", ["科技有限公司", "智能装备股份有限公司", "新材料有限公司", "大学", "研究院"]
    parties = ["".join(rng.sample(brand, 3)) + rng.choice(tail) for _ in range(2000)]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("合同登记编号 项目名称 合同类别 卖方名称 卖方行政区划代码 买方名称 买方行政区划代码 合同成交金额(元) 技术交易额(元) 支付方式 "
                        "合同签订日期 合同有效期起 合同有效期止 登记日期 技术领域 知识产权类别 服务的国民经济行业 登记机构代码 告知承诺 状态 备注".split())
        for i in range(count):
            total = int(rng.lognormvariate(12.2, 2.1)) + 100
            point = f"{PREFIX[market]}01{1 + i // 1_000_000:02d}"
            day = f"2023-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
            writer.writerow([
                f"2023{point}{i % 1_000_000 + 1:06d}" if point else "", rng.choice(names) + rng.choice(things) + rng.choice(tasks),
                rng.choice(["技术开发", "技术服务", "技术咨询", "技术转让", "技术许可"]), rng.choice(parties), "310104" if market == "shanghai" else "320100",
                rng.choice(parties), "320500", f"{total}.00", f"{total * 7 // 10}.00", rng.choice(["一次总付", "分期支付", "提成支付"]),
                day, day, "2026-12-31", "2023-12-31", rng.choice(["电子信息", "先进制造", "农业", "现代交通"]), rng.choice(["发明专利", "技术秘密", "未涉及知识产权"]),
                rng.choice("ABCDEFGIKLM"), point, "否", "登记", f"第{rng.randint(1, 99999)}号"])
