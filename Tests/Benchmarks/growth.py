#!/usr/bin/env -S python3 -B
"""How each cost grows with the number of records, change sets, open conflicts and nodes: a table, and a plot.

    growth.py YRDSYNC FLOOR [--axes NAME …] [--records N …] [--log N …] [--conflicts N …] [--nodes N …] [--repeat N] [--plot FILE]

Two real nodes, brought to each size in turn, and asked the same then: CPU of all processes of ours (a command's start included), bytes
by a relay that counts. What a cost has beyond that of the smallest size grows with size^k between the two largest: flat is less than a
tenth in all, 1 is linear, 2 a square; of a cost a record, flat is linear. The other nodes (cities of the delta) are real too, but never
run at once, since 41 daemons are too heavy for two cores: each in turn visits A by command, takes what is there, writes, and visits again.
"""
import argparse, math, os, pathlib, shutil, sys, time

import plot
from bench import Bench, arguments
from nodes import Node, Spent, run

REAL_TIME = 1_000
AXES = {"records": [10_000, 100_000, 1_000_000], "log": [10_000, 100_000, 1_000_000], "conflicts": [0, 1_000, 10_000, 100_000], "nodes": [2, 5, 11, 21, 41]}


class Growth:
    def __init__(self, options):
        self.options = options

    def level_pair(self, records):
        """A and B, level, both with that many contracts; B serves behind a meter."""
        bench = Bench(argparse.Namespace(**{**vars(self.options), "records": records}))
        bench.prepare()
        a, b, meter = bench.metered_pair("growth")
        bench.fill(a)
        b.serve()
        with Spent(b) as spent:
            a("sync")
        assert b.count() == bench.records
        return bench, a, b, meter, spent

    # ------------------------------------------------------------ sizes

    def records(self, size):
        bench, a, b, meter, spent = self.level_pair(size)
        return bench, a, b, meter, {"bulk, CPU of both, µs a record": spent.cpu / size * 1e6, "A's file, bytes a record": a.bytes() / size}

    def log(self, size):
        """Change sets of one row each: most of them sealed one by one while nobody serves, the last of them in real time, where A
        seals a commit at once while B waits for news."""
        bench, a, b, meter, _ = self.level_pair(self.options.base)
        run(pathlib.Path(self.options.yrdsync).parent / "changesets", a.path, max(0, size - REAL_TIME - a.value("SELECT count(*) FROM yrd_entry")))
        a("sync", b.market)
        b.stop()
        b.schedule({a.market: "{every: 1h, realtime: true}"})
        a.serve()
        b.serve()
        client, start = a.client(), a.value("SELECT count(*) FROM yrd_entry")
        keys = [key for key, in client.execute("SELECT registration_no FROM contract")]
        with Spent(a, b) as spent:
            for turn in range(max(0, size - start)):
                client.execute("UPDATE contract SET remark = ? WHERE registration_no = ?", (f"at once {turn}", keys[turn % len(keys)]))
                while client.execute("SELECT 1 FROM yrd_pending LIMIT 1").fetchone():
                    time.sleep(0.0002)
        client.close()
        a.stop()
        a("sync", b.market)
        found = b.value("SELECT count(*) FROM yrd_entry")
        assert found >= size, f"{found} change sets of {size}"
        b.schedule({a.market: "{every: 30d}"})
        return bench, a, b, meter, {"a change set in real time, CPU of both, ms": spent.cpu / max(1, size - start) * 1e3}

    def conflicts(self, size):
        """Agencies whose website both markets correct while they do not speak."""
        bench, a, b, meter, _ = self.level_pair(self.options.base)

        def write(node, sql, rows=None):
            client = node.client()
            client.execute("BEGIN IMMEDIATE")
            client.executemany(sql, rows) if rows is not None else client.execute(sql)
            client.execute("COMMIT")
            client.close()

        write(a, "INSERT INTO agency (agency_id, name) VALUES (?, '技术转移中心')", [(f"31-TTA-{i + 1:06d}",) for i in range(size)])
        a("sync", b.market)
        b.stop()
        for node in (a, b):
            write(node, f"UPDATE agency SET website = 'https://{node.market}.example.cn/' || agency_id")
            node.seal()
        b.serve()
        with Spent(b) as spent:
            a("sync", b.market)
        # B's half arrived with the first round, A's with it too or with the next.
        a("sync", b.market)
        with Spent() as listed:
            lines = a("conflicts", "list", "--json").output.count("\n")
        assert lines == size, f"{lines} conflicts of {size}"
        return bench, a, b, meter, {"arising, CPU of both, ms": spent.cpu * 1e3, "conflicts list, CPU ms": listed.cpu * 1e3}

    def nodes(self, size):
        bench, a, b, meter, _ = self.level_pair(self.options.base)
        a.serve()
        keys = [a.value("SELECT registration_no FROM contract LIMIT 1 OFFSET ?", i) for i in range(max(0, size - 2))]
        visits = []
        for number, key in enumerate(keys):
            city = Node.make(bench.yrdsync, f"city{number + 1:02d}", a.path.parent, bench.port + 3, endpoint="none")
            city.trusts(a)
            a.trusts(city)
            b.trusts(city)
            # Exit 3: what other cities wrote waits there, since a city knows A alone.
            city("sync", a.market)
            client = city.client()
            client.execute("UPDATE contract SET remark = ? WHERE registration_no = ?", (city.market, key))
            client.close()
            with Spent(a) as spent:
                city("sync", a.market)
            visits.append(spent.cpu * 1e3)
            shutil.rmtree(city.path)
        a.stop()
        a("sync", b.market)
        found = b.value("SELECT count(*) FROM contract WHERE remark LIKE 'city%'")
        assert found == len(keys), f"what {found} of {len(keys)} cities wrote arrived"
        return bench, a, b, meter, {"a city's visit, CPU of both, ms": bench.median(visits)} if visits else {}

    # ------------------------------------------------------------ costs

    def costs(self, bench, a, b, meter, costs):
        def probe(name, turn):
            cpus, wires = [], []
            for number in range(self.options.repeat):
                meter.reset()
                with Spent(b) as spent:
                    turn(number)
                cpus.append(spent.cpu * 1e3)
                wires.append(meter.wire)
            costs[f"{name}, CPU ms"] = bench.median(cpus)
            if bench.median(wires):
                costs[f"{name}, bytes on the wire"] = bench.median(wires)

        def one_row(number):
            client = a.client()
            client.execute("UPDATE contract SET project_name = ? WHERE rowid = 1", (f"项目{number}",))
            client.close()
            a("sync", b.market)

        probe("round when nothing changed", lambda _: a("sync", b.market))
        probe("one row by `sync`", one_row)
        probe("status", lambda _: a("status"))
        probe("compare", lambda _: a("compare", b.market))
        b.stop()
        meter.close()
        if not self.options.keep:
            shutil.rmtree(bench.folder)
        return costs

    def run(self):
        print(f"medians of {self.options.repeat}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; B has {self.options.base:,} records where not said")
        panels = {}
        for axis in self.options.axes:
            sizes, points = getattr(self.options, axis), []
            for size in sizes:
                print(f"  {axis} {size:,}", file=sys.stderr)
                points.append(self.costs(*getattr(self, axis)(size)))
            names = list(dict.fromkeys(name for point in points for name in point))
            panels[axis] = sizes, {name: [point.get(name) for point in points] for name in names}
            print(f"\n{axis:44}" + "".join(f"{size:>12,}" for size in sizes) + f"{'k':>8}")
            for name, values in panels[axis][1].items():
                print(f"{name:44}" + "".join(f"{'–' if v is None else f'{v:,.1f}':>12}" for v in values) + f"{growth(sizes, values):>8}", flush=True)
        if self.options.plot:
            pathlib.Path(self.options.plot).write_text(plot.svg(panels), encoding="utf-8")
            print(f"\nplot: {self.options.plot}")


def growth(sizes, values):
    """k of what comes on top of the smallest size's cost (a process's start is in it) between the two largest sizes."""
    known = [(size, value) for size, value in zip(sizes, values) if value is not None]
    if len(known) < 2:
        return "–"
    (first, base), (size, value), (larger, cost) = known[0], known[-2], known[-1]
    if cost < 1.1 * base:
        return "flat"
    if len(known) < 3 or value < 1.02 * base:
        (first, base) = (0, 0)
    if not size > first or not value > base:
        return "–"
    return f"{math.log((cost - base) / (value - base)) / math.log((larger - first) / (size - first)):.2f}"


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--axes", nargs="+", choices=list(AXES), default=list(AXES))
    for axis, sizes in AXES.items():
        parser.add_argument(f"--{axis}", type=int, nargs="+", default=sizes, metavar="N")
    parser.add_argument("--base", type=int, default=10_000, help="contracts in both nodes on the axes that are not records")
    parser.add_argument("--plot", metavar="FILE.svg")
    options = parser.parse_args()
    if "log" in options.axes and not (pathlib.Path(options.yrdsync).parent / "changesets").exists():
        parser.error("the program `changesets` must stand beside YRDSYNC: make growth builds it")
    Growth(options).run()
