#!/usr/bin/env python3
"""How soon a one-row commit on A is durable on B, with real time on, as a ratio to what two commits need in the same run.

    latency.py YRDSYNC [--records N] [--commits N] [--pause MS] [--dial-only] [--both]

Two real nodes, real HTTPS on loopback, keys, signatures and fsync. A foreign client (Python's sqlite3, one connection that stays open)
commits one row to A; another reads B's file until the row is there. The floor, turn by turn with it: the same row committed with
synchronous=FULL to two plain files, one after the other. Times mean nothing alone, least of all on a busy disk: read the ratios.

--dial-only: A has no endpoint: it dials B and pushes. Otherwise B dials A and holds a pull open. --both: each dials the other.
"""
import argparse, os, pathlib, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, time

COLUMNS = ("INSERT INTO contract (registration_no, project_name, category, seller_name, buyer_name, total_amount_fen, technology_amount_fen, "
           "signed_on, registered_on, status) VALUES (?, ?, 'dev', '上海浦江智能科技有限公司', '苏州恒瑞新材料有限公司', 12345600, 8641900, '2023-05-06', '2023-06-07', 'registered')")
KEY = "20233101{:02d}{:06d}"


def run(*words, codes=(0, 3)):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(map(str, words))}\nended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Node:
    def __init__(self, yrdsync, market, folder, port, endpoint=True):
        self.yrdsync, self.market, self.path, self.daemon = yrdsync, market, folder / market, None
        run(yrdsync, "init", self.path, "--market", market, "--listen", f"127.0.0.1:{port}", *([] if endpoint else ["--endpoint", "none"]))

    def client(self):
        db = sqlite3.connect(self.path / "replica.sqlite", timeout=15, isolation_level=None)
        db.execute("PRAGMA synchronous = FULL")
        return db

    def realtime_with(self, peer):
        with open(self.path / "node.yaml", "a") as file:
            file.write(f"peers:\n  {peer.market}: {{every: 1h, realtime: true}}\n")

    def serve(self):
        self.daemon = subprocess.Popen([self.yrdsync, "serve", "-C", str(self.path)], stdout=subprocess.PIPE, stderr=open(self.path / "serve.log", "a"), text=True)
        if not self.daemon.stdout.readline().startswith("ready"):
            sys.exit(f"{self.market} does not serve: {open(self.path / 'serve.log').read()[-2000:]}")

    def cpu(self):
        fields = open(f"/proc/{self.daemon.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            if self.daemon.wait() != 0:
                print(f"{self.market} ended with {self.daemon.returncode}", file=sys.stderr)


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


def measure(options, folder):
    port = 20_000 + os.getpid() % 10_000
    yrdsync = str(pathlib.Path(options.yrdsync).resolve())
    a, b = Node(yrdsync, "shanghai", folder, port, endpoint=not options.dial_only), Node(yrdsync, "jiangsu", folder, port + 1)
    run(yrdsync, "peers", "add", b.path / "descriptor.yaml", "-C", a.path)
    run(yrdsync, "peers", "add", a.path / "descriptor.yaml", "-C", b.path)
    if options.dial_only or options.both:
        a.realtime_with(b)
    if not options.dial_only:
        b.realtime_with(a)
    filler = a.client()
    fill(filler, options.records)
    filler.close()
    # Both daemons fold the same rows before anything is measured.
    a.serve()
    b.serve()
    writer, reader = a.client(), b.client()
    if options.records:
        await_row(reader, KEY.format(1 + (options.records - 1) // 1_000_000, (options.records - 1) % 1_000_000 + 1), seconds=600)
    sql = writer.execute("SELECT sql FROM sqlite_master WHERE name = 'contract'").fetchone()[0]
    floor = [plain(folder / f"floor{n}.sqlite", sql) for n in (1, 2)]
    for db in floor:
        fill(db, options.records)
    ours, floors, commits = [], [], []
    cpu = None
    for turn in range(options.commits + options.warmup):
        if turn == options.warmup:
            cpu, started = a.cpu() + b.cpu(), time.perf_counter()
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
    spent, elapsed = a.cpu() + b.cpu() - cpu, time.perf_counter() - started
    time.sleep(2)
    cpu = a.cpu() + b.cpu()
    time.sleep(5)
    idle = (a.cpu() + b.cpu() - cpu) / 5
    ms = lambda seconds: f"{seconds * 1e3:.2f} ms"
    middle = statistics.median
    ratios = [o / f for o, f in zip(ours, floors)]
    how = "A dials only, pushes" if options.dial_only else "both dial" if options.both else "B holds a pull"
    print(f"one-row commit on A until durable on B, {options.records:,} records, {len(ours)} commits, {how}")
    print(f"  p50 ÷ floor pair   {middle(ours) / middle(floors):.2f}   ({ms(middle(ours))} ÷ {ms(middle(floors))}; median of the ratios {middle(ratios):.2f})   ≤ 2.5")
    print(f"  p10 ÷ floor p10    {quantile(ours, .1) / quantile(floors, .1):.2f}   ({ms(quantile(ours, .1))} ÷ {ms(quantile(floors, .1))})   what is left where nobody else uses the disk and the cores")
    print(f"  p99 ÷ floor p99    {quantile(ours, .99) / quantile(floors, .99):.2f}   ({ms(quantile(ours, .99))} ÷ {ms(quantile(floors, .99))})   ≤ 5 ms on a quiet disk")
    slowest = sorted(zip(ours, commits, range(len(ours))), reverse=True)[:4]
    print("  the slowest: " + ", ".join(f"{ms(o)} (own commit {ms(c)}, turn {n})" for o, c, n in slowest))
    print(f"  of it the client's own commit, p50   {ms(middle(commits))}")
    print(f"  CPU of both nodes, a commit   {(spent - idle * elapsed) / len(ours) * 1e3:.2f} ms   (idle: {idle * 1e3:.1f} ms a second, taken off)")
    a.stop()
    b.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yrdsync")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--pause", type=float, default=30, help="milliseconds of rest between commits")
    parser.add_argument("--dial-only", action="store_true")
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="yrd-latency-"))
    try:
        measure(options, folder)
    finally:
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
