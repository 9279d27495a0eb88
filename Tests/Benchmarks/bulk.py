"""Rows of the table that move many records: capture, backlog, new replica, wire, write lock, updates, import."""
import shutil, sqlite3, sys, threading, time

from nodes import Spent, run


def arrived(node, count, where="1", *arguments):
    found = node.value(f"SELECT count(*) FROM contract WHERE {where}", *arguments)
    assert found == count, f"{found} of {count} arrived"


def capture(bench):
    def step(turn):
        floor = bench.floor_insert()
        node, _ = bench.pair(f"capture{turn}")
        with Spent() as spent:
            run(bench.floor, "insert", bench.rows, node.replica, "contract")
            seal = node.seal()
        bench.drop(node)
        return floor, spent, {"seal": seal.cpu}

    m = bench.beside_floor("capture", step)
    bench.row("insert by a plain client with capture, then seal", m.ratio_words, "≥ 0.55")
    bench.row("  of it: sealing, CPU a row", f"{m['seal'] / bench.records * 1e6:.1f} µs")


def backlog(bench):
    def step(turn):
        floor = bench.floor_insert()
        a, b = bench.filled_pair(f"backlog{turn}")
        b.serve()
        with Spent(b) as spent:
            sent = a("sync")
        arrived(b, bench.records)
        more = {"a": sent.peak_mb, "b": b.peak_mb()}
        b.stop()
        more |= {"bytes_a": a.bytes(), "bytes_b": b.bytes()}
        bench.drop(a)
        return floor, spent, more

    m = bench.beside_floor("backlog", step)
    bench.row(f"backlog of {bench.records:,} records, A→B", m.ratio_words, "≥ 0.5")
    bench.row("  CPU of both nodes together, a record", f"{m.cpu / bench.records * 1e6:.1f} µs", "≤ 19 µs")
    bench.row("  peak memory: A sends by command / B's daemon", f"{m['a']:.0f} / {m['b']:.0f} MB", "≤ 150 MB")
    bench.row("database with the whole log ÷ plain table, A / B", f"{m['bytes_a'] / bench.plain_bytes:.2f} / {m['bytes_b'] / bench.plain_bytes:.2f}", "≤ 1.6")


def new_replica(bench):
    """B is empty and pulls everything from A's daemon; every signature, hash and chain is verified on the way in. Then B
    proves its file once more from the log, as an operator may who trusts nothing."""
    def step(turn):
        floor = bench.floor_insert()
        a, b = bench.filled_pair(f"new{turn}")
        a.serve()
        with Spent(a) as spent:
            pulled = b("sync")
        arrived(b, bench.records)
        more = {"a": a.peak_mb(), "b": pulled.peak_mb}
        b("compare", a.market, codes=(0,))
        a.stop()
        more |= {"verify": b("verify", codes=(0,)).wall, "floor": floor.wall}
        bench.drop(a)
        return floor, spent, more

    m = bench.beside_floor("new replica", step)
    bench.row(f"new replica of {bench.records:,} records, pulled and verified", m.ratio_words, "≥ 100 k/s ÷ machine")
    bench.row("  records a second; the floor's in the same run", f"{bench.records / m.wall:,.0f}; {bench.records / m['floor']:,.0f}")
    bench.row("  with `yrdsync verify` of all of it afterwards", f"{m['floor'] / (m.wall + m['verify']):.2f} of the floor")
    bench.row("  peak memory: A's daemon serves / B pulls by command", f"{m['a']:.0f} / {m['b']:.0f} MB", "≤ 150 MB")


def wire(bench):
    """By way of the meter, which takes CPU of its own: so these transfers are not timed."""
    a, b, meter = bench.metered_pair("wire")
    bench.fill(a)
    b.serve()
    meter.reset()
    a("sync")
    arrived(b, bench.records)
    insert = meter.wire / bench.records
    with sqlite3.connect(a.replica, timeout=15) as db:
        db.execute("UPDATE contract SET remark = 'note ' || (rowid * 7919 % 99991)")
    meter.reset()
    a("sync")
    arrived(b, bench.records, "remark LIKE 'note %'")
    b.stop()
    meter.close()
    bench.drop(a)
    bench.row("bytes on the wire: an insert, in a batch", f"{insert:.1f}", "≤ 110")
    bench.row("  a one-column update, in a batch", f"{meter.wire / bench.records:.1f}", "≤ 30")


class LockWatch:
    """A foreign client of B that asks for the write lock again and again, and a reader beside it, while a bulk apply runs.

    SQLite's own busy handler sleeps up to 100 ms between tries; this one tries each half a millisecond, so that what it
    waits is what the lock was held (or, where the apply took it again at once, what a client has to wait all the same)."""

    def __init__(self, node):
        self.node, self.waits, self.reads, self.over = node, [], [], threading.Event()
        self.threads, self.failures = [threading.Thread(target=self.guarded, args=(work,)) for work in (self.write, self.read)], []

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def guarded(self, work):
        try:
            work()
        except sqlite3.Error as failure:
            self.failures.append(failure)

    def write(self):
        db = sqlite3.connect(self.node.replica, timeout=0, isolation_level=None)
        while not self.over.is_set():
            started = time.monotonic()
            while True:
                try:
                    db.execute("BEGIN IMMEDIATE")
                    break
                except sqlite3.OperationalError as refusal:
                    if "locked" not in str(refusal):
                        raise
                    time.sleep(0.0005)
            self.waits.append(time.monotonic() - started)
            db.execute("ROLLBACK")
            time.sleep(0.005)

    def read(self):
        # No patience at all: a reader that met a lock would raise.
        db = sqlite3.connect(self.node.replica, timeout=0, isolation_level=None)
        while not self.over.is_set():
            started = time.monotonic()
            db.execute("SELECT * FROM contract ORDER BY registration_no DESC LIMIT 20").fetchall()
            self.reads.append(time.monotonic() - started)
            time.sleep(0.005)


def lock(bench):
    """What is sealed at once is one instant, of up to 65,536 changes: that group is applied in one transaction and takes what it
    takes. The bound is for everything else, here change sets of 4,000 rows that were sealed one by one."""
    for rows_a_seal, what, target in ((4_000, "change sets of 4,000", "≤ 250 ms"), (None, f"groups of {min(bench.records, 65_536):,}", "what it takes")):
        waits, reads = [], []
        for turn in range(bench.repeat):
            a, b = bench.filled_pair(f"lock{turn}", rows_a_seal)
            b.serve()
            with LockWatch(b) as watch:
                a("sync")
            arrived(b, bench.records)
            b.stop()
            bench.drop(a)
            assert len(watch.reads) > 3 and len(watch.waits) > 1, "nobody could read or write meanwhile"
            waits.append(watch.waits)
            reads += watch.reads
            print(f"  lock {turn + 1}/{bench.repeat}: longest wait {max(watch.waits) * 1e3:.0f} ms", file=sys.stderr)
        longest, every = [max(wait) * 1e3 for wait in waits], [one for wait in waits for one in wait]
        bench.row(f"wait for B's write lock while a bulk applies, {what}", f"longest {max(longest):.0f} ms (median of runs {bench.median(longest):.0f})", target)
        bench.row("  a client got it; of these it waited", f"{len(every)}; {sum(wait > 0.001 for wait in every)} times")
        bench.row("  slowest of a reader's queries meanwhile", f"{max(reads) * 1e3:.0f} ms, none refused")


def update(bench):
    a, b = bench.filled_pair("update")
    b.serve()
    a("sync")
    b.stop()

    def step(turn):
        copy = bench.plain("updated")
        run(bench.floor, "insert", bench.rows, copy, "contract")
        with Spent() as floor:
            run(bench.floor, "update", copy, "contract", "remark")
        with sqlite3.connect(a.replica, timeout=15) as db:
            db.execute("UPDATE contract SET remark = ?", (f"note {turn}",))
        seal = a.seal()
        b.serve()
        with Spent(b) as spent:
            a("sync")
        arrived(b, bench.records, "remark = ?", f"note {turn}")
        b.stop()
        return floor, spent, {"seal": seal.cpu}

    m = bench.beside_floor("update", step)
    bench.drop(a)
    bench.row(f"one-column updates of {bench.records:,} records, A→B", m.ratio_words, "≥ 0.3")
    bench.row("  CPU of both nodes together, an update", f"{m.cpu / bench.records * 1e6:.1f} µs")
    bench.row("  sealing before, CPU an update", f"{m['seal'] / bench.records * 1e6:.1f} µs")


def csv_import(bench):
    def step(turn):
        floor = bench.floor_insert()
        node, _ = bench.pair(f"import{turn}")
        with Spent() as spent:
            node("records", "import", "contract", bench.register)
        bench.drop(node)
        return floor, spent, {}

    m = bench.beside_floor("import", step)
    bench.row(f"CSV import of {bench.records:,} rows, validated and sealed", m.ratio_words, "≥ 0.3")


STEPS = [capture, backlog, new_replica, wire, lock, update, csv_import]
