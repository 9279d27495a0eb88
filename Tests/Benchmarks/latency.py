"""Rows of the table for real time: how soon a one-row commit on A is durable on B, as a ratio to what two commits need.

A foreign client (Python's sqlite3, one connection that stays open) commits one row to A; another reads B's file until the row
is there. The floor, turn by turn with it: the same row committed with synchronous=FULL to two plain files, one after the other.
"""
import sqlite3, sys, time

from nodes import Node, cpu_seconds

COLUMNS = ("INSERT INTO contract (registration_no, project_name, category, seller_name, buyer_name, total_amount_fen, technology_amount_fen, "
           "signed_on, registered_on, status) VALUES (?, ?, 'dev', '上海浦江智能科技有限公司', '苏州恒瑞新材料有限公司', 12345600, 8641900, '2023-05-06', '2023-06-07', 'registered')")
KEY = "20233101{:02d}{:06d}"
# A market's own registrations, by the code of its province.
MARKETS = {"shanghai": 31, "jiangsu": 32, "zhejiang": 33, "anhui": 34}
OWN_KEY = "2023{:02d}0150{:06d}"


def plain(path, sql):
    db = sqlite3.connect(path, timeout=15, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(sql)
    return db


def fill(db, count):
    """All records, and then a write-ahead log that is written over from its beginning, as it is most of the time: a commit
    that makes the file longer takes the disk longer."""
    db.execute("BEGIN IMMEDIATE")
    for i in range(count):
        db.execute(COLUMNS, (KEY.format(1 + i // 1_000_000, i % 1_000_000 + 1), f"项目{i}"))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


def await_row(db, key, seconds=60):
    """Reads until the row is there, with pauses far below a commit's time: a tight loop would take one of few cores."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if db.execute("SELECT 1 FROM contract WHERE registration_no = ?", (key,)).fetchone():
            return time.perf_counter()
        time.sleep(0.0001)
    sys.exit(f"{key} did not arrive in {seconds} s")


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ms(seconds):
    return f"{seconds * 1e3:.2f} ms"


def latency(bench):
    options, count = bench.options, bench.records
    a, b = bench.pair("latency", endpoint_of_a="none" if options.dial_only else None)
    for node, peer in ((a, b), (b, a)):
        if options.both or (node is a) == options.dial_only:
            node.schedule({peer.market: "{every: 1h, realtime: true}"})
    filler = a.client()
    fill(filler, count)
    filler.close()
    # Both daemons fold the same rows before anything is measured.
    a.serve()
    b.serve()
    writer, reader = a.client(), b.client()
    if count:
        await_row(reader, KEY.format(1 + (count - 1) // 1_000_000, (count - 1) % 1_000_000 + 1), seconds=600)
    floor = [plain(a.path.parent / f"floor{n}.sqlite", bench.table) for n in (1, 2)]
    for db in floor:
        fill(db, count)
    ours, floors, commits = [], [], []

    def used():
        return cpu_seconds(a.daemon.pid) + cpu_seconds(b.daemon.pid)

    for turn in range(options.commits + options.warmup):
        if turn == options.warmup:
            cpu, began = used(), time.perf_counter()
        key, name = KEY.format(99, turn + 1), f"第{turn}号"
        start = time.perf_counter()
        for db in floor:
            db.execute(COLUMNS, (key, name))
        floor_time = time.perf_counter() - start
        time.sleep(options.pause / 1000)
        start = time.perf_counter()
        writer.execute(COLUMNS, (key, name))
        committed = time.perf_counter()
        arrived = await_row(reader, key)
        if turn >= options.warmup:
            floors.append(floor_time)
            ours.append(arrived - start)
            commits.append(committed - start)
        time.sleep(options.pause / 1000)
    spent, elapsed = used() - cpu, time.perf_counter() - began
    time.sleep(2)
    cpu = used()
    time.sleep(5)
    idle = (used() - cpu) / 5
    for db in (writer, reader, *floor):
        db.close()
    a.stop()
    b.stop()
    bench.drop(a)

    def ratio(pick):
        return f"{pick(ours) / pick(floors):.2f} ({ms(pick(ours))} ÷ {ms(pick(floors))})"

    how = "A dials only, pushes" if options.dial_only else "both dial" if options.both else "B holds a pull"
    slowest = sorted(zip(ours, commits, range(len(ours))), reverse=True)[:3]
    bench.row(f"one-row commit on A until durable on B, {count:,} records: p50", ratio(bench.median) + " of a floor pair", "≤ 2.5")
    bench.row(f"  {len(ours)} commits; {how}; median of the ratios", f"{bench.median([o / f for o, f in zip(ours, floors)]):.2f}")
    bench.row("  p10, where nobody else uses the disk and the cores", ratio(lambda values: quantile(values, .1)))
    bench.row("  p99", ratio(lambda values: quantile(values, .99)), "≤ 5 ms on a quiet disk")
    bench.row("  the slowest (of it the client's own commit; turn)", ", ".join(f"{ms(o)} ({ms(c)}; {n})" for o, c, n in slowest))
    bench.row("  of it the client's own commit, p50", ms(bench.median(commits)))
    bench.row("  CPU of both nodes, a commit (idle a second, taken off)", f"{(spent - idle * elapsed) / len(ours) * 1e3:.2f} ms ({idle * 1e3:.1f} ms)")


class Mesh:
    """Four nodes, each of which asks each other for real time."""

    def __init__(self, bench):
        folder = bench.folder / "mesh"
        folder.mkdir()
        bench.port += 4
        self.nodes = [Node.make(bench.yrdsync, market, folder, bench.port + n) for n, market in enumerate(MARKETS)]
        for node in self.nodes:
            others = [other for other in self.nodes if other is not node]
            node.trusts(*others)
            node.schedule({other.market: "{every: 1h, realtime: true}" for other in others})
        for node in self.nodes:
            node.serve()
        self.clients = [node.client() for node in self.nodes]
        self.readers = [node.client() for node in self.nodes]
        self.commits = 0

    def commit(self, author):
        """Seconds until the row is at each of the others, ascending."""
        self.commits += 1
        key = OWN_KEY.format(MARKETS[self.nodes[author].market], self.commits)
        start = time.perf_counter()
        self.clients[author].execute(COLUMNS, (key, "x"))
        return sorted(await_row(reader, key) - start for n, reader in enumerate(self.readers) if n != author)

    def used(self):
        return sum(cpu_seconds(node.daemon.pid) for node in self.nodes)

    def stop(self):
        for db in self.clients + self.readers:
            db.close()
        for node in self.nodes:
            node.stop()


def mesh(bench):
    """How soon a commit of one is at the last of the three others: where one writes alone, and for each that has kept silent
    while another wrote."""
    options = bench.options
    four = Mesh(bench)
    time.sleep(5)
    for _ in range(options.warmup):
        four.commit(0)
        time.sleep(.1)
    time.sleep(2)
    cpu = four.used()
    time.sleep(5)
    idle = (four.used() - cpu) / 5
    cpu, began = four.used(), time.perf_counter()
    alone = []
    for _ in range(max(1, options.commits // 4)):
        alone.append(four.commit(0)[-1])
        time.sleep(.2)
    spent = four.used() - cpu - idle * (time.perf_counter() - began)
    silent = []
    for turn in range(max(1, options.commits // 16)):
        for _ in range(5):
            four.commit(0)
            time.sleep(.1)
        silent.append(four.commit(1 + turn % 3)[-1])
        time.sleep(.1)
    four.stop()
    bench.drop(four.nodes[0])
    bench.row("mesh of four, a commit until durable at the last: p50; p99", f"{ms(bench.median(alone))}; {ms(quantile(alone, .99))}")
    bench.row("  the same of who kept silent while another wrote", f"{ms(bench.median(silent))}; {ms(quantile(silent, .99))}")
    bench.row("  CPU of all four, a commit (idle a second, taken off)", f"{spent / len(alone) * 1e3:.2f} ms ({idle * 1e3:.1f} ms)")


STEPS = [latency, mesh]
