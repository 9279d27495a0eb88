#!/usr/bin/env python3
"""How fast the federation moves records, as ratios to what SQLite itself needs in the same run.

    bench.py YRDSYNC FLOOR [--records N] [--repeat N] [--only NAME]

YRDSYNC is the release build, FLOOR the program made from floor.c. Real processes, real HTTPS on loopback, keys, signatures and fsync.
Each figure is the median of its repeats; CPU is that of all processes of ours together. Times mean nothing alone: read the ratios.
"""
import argparse, csv, json, os, pathlib, random, resource, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = {"shanghai": "31", "jiangsu": "32"}


# ---------------------------------------------------------------- rows

def write_register(path, market, count):
    """A register file of contracts like the real ones (DOMAIN.md): 20 columns, about 420 bytes a row. Same arguments, same bytes."""
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


# ---------------------------------------------------------------- measuring

class Spent:
    """Wall and CPU seconds of a step: of the commands it runs, and of the daemons named."""

    def __init__(self, *daemons):
        self.daemons = daemons

    def __enter__(self):
        self.wall, self.cpu = time.monotonic(), self.used()
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.monotonic() - self.wall, self.used() - self.cpu

    def used(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + sum(d.cpu() for d in self.daemons)


def run(*words, codes=(0,)):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(map(str, words))}\nended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Node:
    def __init__(self, bench, market, folder, port):
        self.yrdsync, self.market, self.path, self.daemon = bench.yrdsync, market, folder / market, None
        run(self.yrdsync, "init", self.path, "--market", market, "--listen", f"127.0.0.1:{port}")

    @property
    def replica(self):
        return self.path / "replica.sqlite"

    def __call__(self, *words, codes=(0, 3)):
        return run(self.yrdsync, *words, "-C", self.path, codes=codes)

    def serve(self):
        log = open(self.path / "serve.log", "a")
        self.daemon = subprocess.Popen([self.yrdsync, "serve", "-C", str(self.path)], stdout=subprocess.PIPE, stderr=log, text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            sys.exit(f"{self.market} does not serve: {open(self.path / 'serve.log').read()[-2000:]}")
        return self

    def cpu(self):
        fields = open(f"/proc/{self.daemon.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self):
        for line in open(f"/proc/{self.daemon.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def stop(self):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait()
            self.daemon = None

    def count(self):
        with sqlite3.connect(self.replica) as db:
            return db.execute("SELECT count(*) FROM contract").fetchone()[0]

    def bytes(self):
        with sqlite3.connect(self.replica) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return self.replica.stat().st_size


class Bench:
    def __init__(self, options):
        self.yrdsync, self.floor = str(pathlib.Path(options.yrdsync).resolve()), str(pathlib.Path(options.floor).resolve())
        self.records, self.repeat, self.only = options.records, options.repeat, options.only
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="yrd-bench-"))
        self.port, self.lines = 20_000 + os.getpid() % 10_000 * 4, []

    # ------------------------------------------------------------ fixtures

    def pair(self, name):
        folder = self.folder / name
        folder.mkdir()
        self.port += 2
        a, b = Node(self, "shanghai", folder, self.port), Node(self, "jiangsu", folder, self.port + 1)
        run(self.yrdsync, "peers", "add", b.path / "descriptor.yaml", "-C", a.path)
        run(self.yrdsync, "peers", "add", a.path / "descriptor.yaml", "-C", b.path)
        return a, b

    def plain(self, name):
        """An empty table with a node's columns and key, and nothing of ours."""
        path = self.folder / f"{name}.sqlite"
        for old in self.folder.glob(f"{name}.sqlite*"):
            old.unlink()
        with sqlite3.connect(path) as db:
            db.execute(self.table)
        return path

    def prepare(self):
        register = self.folder / "register.csv"
        write_register(register, "shanghai", self.records)
        self.register = register
        a, _ = self.pair("source")
        with Spent() as spent:
            run(self.yrdsync, "records", "import", "contract", register, "-C", a.path, codes=(0, 3))
        self.import_spent = spent
        with sqlite3.connect(a.replica) as db:
            self.table = db.execute("SELECT sql FROM sqlite_master WHERE name = 'contract'").fetchone()[0]
        self.rows = self.plain("rows")
        with sqlite3.connect(self.rows) as db:
            db.execute(f"ATTACH '{a.replica}' AS source")
            db.execute("INSERT INTO contract SELECT * FROM source.contract")
        with sqlite3.connect(self.rows) as db:
            self.records = db.execute("SELECT count(*) FROM contract").fetchone()[0]
        self.plain_bytes = self.rows.stat().st_size
        shutil.rmtree(self.folder / "source")

    def floor_insert(self):
        with Spent() as spent:
            run(self.floor, "insert", self.rows, self.plain("floor"), "contract")
        return spent

    # ------------------------------------------------------------ figures

    def median(self, name, step):
        """Each repeat beside a floor of its own. Returns medians of (wall ratio, CPU ratio, wall s, CPU s, floor wall s)."""
        walls, cpus, spents = [], [], []
        for turn in range(self.repeat):
            floor, spent = step(turn)
            walls.append(floor.wall / spent.wall)
            cpus.append(floor.cpu / spent.cpu)
            spents.append((spent.wall, spent.cpu, floor.wall))
            print(f"  {name} {turn + 1}/{self.repeat}: floor {floor.wall:.2f} s, ours {spent.wall:.2f} s ({spent.cpu:.2f} s CPU)", file=sys.stderr)
        pick = lambda values: statistics.median(values)
        return pick(walls), pick(cpus), *(pick(column) for column in zip(*spents))

    def row(self, figure, measured, target):
        self.lines.append((figure, measured, target))
        print(f"{figure:58} {measured:>34}   {target}", flush=True)

    def capture(self):
        def step(turn):
            floor = self.floor_insert()
            node, _ = self.pair(f"capture{turn}")
            with Spent() as spent:
                run(self.floor, "insert", self.rows, node.replica, "contract")
                seal = Spent()
                with seal:
                    node("sync", codes=(0, 3, 4))
            self.seal = seal
            shutil.rmtree(node.path.parent)
            return floor, spent

        wall, cpu, seconds, cpu_seconds, _ = self.median("capture", step)
        self.row("insert by a plain client with capture, then seal", f"{wall:.2f} (CPU {cpu:.2f}) of the floor", "≥ 0.55")
        self.row("  of it: sealing, CPU a row", f"{self.seal.cpu / self.records * 1e6:.1f} µs", "")

    def backlog(self):
        def step(turn):
            floor = self.floor_insert()
            a, b = self.pair(f"backlog{turn}")
            run(self.floor, "insert", self.rows, a.replica, "contract")
            a("sync", codes=(0, 3, 4))
            b.serve()
            with Spent(b) as spent:
                a("sync")
            assert b.count() == self.records, "not everything arrived"
            self.peak, self.sizes = b.peak_mb(), (a.bytes(), b.bytes())
            b.stop()
            if turn + 1 < self.repeat:
                shutil.rmtree(a.path.parent)
            else:
                self.level = a, b
            return floor, spent

        wall, cpu, seconds, cpu_seconds, _ = self.median("backlog", step)
        self.row(f"backlog of {self.records:,} records, A→B", f"{wall:.2f} of the floor", "≥ 0.5")
        self.row("  CPU of both nodes together, a record", f"{cpu_seconds / self.records * 1e6:.1f} µs", "≤ 19 µs")
        self.row("  peak memory of the receiving node", f"{self.peak:.0f} MB", "≤ 150 MB")
        self.row("database with the whole log ÷ plain table", " / ".join(f"{s / self.plain_bytes:.2f}" for s in self.sizes), "≤ 1.6")

    def update(self):
        a, b = self.level
        def step(turn):
            copy = self.plain("updated")
            run(self.floor, "insert", self.rows, copy, "contract")
            with Spent() as floor:
                run(self.floor, "update", copy, "contract", "remark")
            with sqlite3.connect(a.replica, timeout=15) as db:
                db.execute("UPDATE contract SET remark = ?", (f"note {turn}",))
            with Spent() as self.seal:
                a("sync", codes=(0, 3, 4))
            b.serve()
            with Spent(b) as spent:
                a("sync")
            with sqlite3.connect(b.replica) as db:
                arrived = db.execute("SELECT count(*) FROM contract WHERE remark = ?", (f"note {turn}",)).fetchone()[0]
            assert arrived == self.records, "not everything arrived"
            b.stop()
            return floor, spent

        wall, cpu, seconds, cpu_seconds, _ = self.median("update", step)
        self.row(f"one-column updates of {self.records:,} records, A→B", f"{wall:.2f} (CPU {cpu:.2f}) of the floor", "≥ 0.3")
        self.row("  CPU of both nodes together, an update", f"{cpu_seconds / self.records * 1e6:.1f} µs", "")
        self.row("  sealing before, CPU an update", f"{self.seal.cpu / self.records * 1e6:.1f} µs", "")

    def idle(self):
        a, b = self.level
        b.serve()
        spents = []
        for _ in range(max(5, self.repeat)):
            with Spent(b) as spent:
                a("sync")
            spents.append(spent)
        b.stop()
        self.row(f"a round when nothing changed, {self.records:,} records", f"{statistics.median(s.cpu for s in spents) * 1e3:.1f} ms CPU with the command's start", "≤ 3 ms, equal")

    def status(self):
        a, _ = self.level
        walls = []
        for _ in range(max(5, self.repeat)):
            with Spent() as spent:
                a("status")
            walls.append(spent.wall)
        self.row(f"yrdsync status, {self.records:,} records", f"{statistics.median(walls) * 1e3:.0f} ms", "< 30 ms")

    def csv_import(self):
        def step(turn):
            floor = self.floor_insert()
            node, _ = self.pair(f"import{turn}")
            with Spent() as spent:
                node("records", "import", "contract", self.register)
            shutil.rmtree(node.path.parent)
            return floor, spent

        wall, cpu, seconds, cpu_seconds, _ = self.median("import", step)
        self.row(f"CSV import of {self.records:,} rows, validated and sealed", f"{wall:.2f} (CPU {cpu:.2f}) of the floor", "≥ 0.3")

    def run(self):
        print(f"{'figure':58} {'measured':>34}   to reach")
        self.prepare()
        steps = [self.capture, self.backlog, self.update, self.idle, self.status, self.csv_import]
        for step in steps:
            if not self.only or step.__name__ in self.only:
                step()
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yrdsync")
    parser.add_argument("floor")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", nargs="*")
    Bench(parser.parse_args()).run()
