#!/usr/bin/env -S python3 -B
"""How fast the federation moves records, as ratios to what SQLite itself needs in the same run: one table.

    bench.py YRDSYNC FLOOR [--records N] [--repeat N] [--only NAME …] [--keep DIR]

YRDSYNC is the release build, FLOOR the program made from floor.c. Real processes, real HTTPS on loopback, keys, signatures and fsync.
Each figure is the median of its repeats, each repeat beside a floor of its own; CPU is that of all processes of ours together. Times
mean nothing alone, least of all on a busy machine: read the ratios.
"""
import argparse, os, pathlib, shutil, sqlite3, statistics, sys, tempfile

import bulk, latency, quiet
from meter import Meter
from nodes import Node, Spent, run
from register import write_register

STEPS = bulk.STEPS + latency.STEPS + quiet.STEPS


class Medians:
    """Of several repeats, each beside a floor of its own."""

    def __init__(self, floors, spents, more):
        middle = statistics.median
        self.ratio = middle(f.wall / s.wall for f, s in zip(floors, spents))
        self.cpu_ratio = middle(f.cpu / s.cpu for f, s in zip(floors, spents))
        self.wall, self.cpu = middle(s.wall for s in spents), middle(s.cpu for s in spents)
        self.more = {name: middle(one[name] for one in more) for name in more[0]}

    def __getitem__(self, name):
        return self.more[name]

    @property
    def ratio_words(self):
        return f"{self.ratio:.2f} of the floor (CPU {self.cpu_ratio:.2f})"


class Bench:
    def __init__(self, options):
        self.options, self.records, self.repeat = options, options.records, options.repeat
        self.yrdsync, self.floor = pathlib.Path(options.yrdsync).resolve(), pathlib.Path(options.floor).resolve()
        self.folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="yrd-bench-"))
        self.folder.mkdir(exist_ok=True)
        self.port, self.level = 20_000 + os.getpid() % 5_000 * 4, None
        self.median = statistics.median

    def row(self, figure, measured, target=""):
        print(f"{figure:66} {measured:>44}   {target}".rstrip(), flush=True)

    # ------------------------------------------------------------ fixtures

    def made(self, name, endpoint_of_a=None, endpoint_of_b=None):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        a = Node.make(self.yrdsync, "shanghai", folder, self.port, endpoint_of_a)
        b = Node.make(self.yrdsync, "jiangsu", folder, self.port + 1, endpoint_of_b)
        a.trusts(b)
        b.trusts(a)
        return a, b

    def pair(self, name, endpoint_of_a=None):
        """Two nodes that trust each other."""
        self.port += 4
        return self.made(name, endpoint_of_a)

    def metered_pair(self, name):
        """The same; whoever dials B passes the meter."""
        self.port += 4
        meter = Meter(self.port + 2, self.port + 1)
        return *self.made(name, endpoint_of_b=f"https://127.0.0.1:{self.port + 2}"), meter

    def fill(self, node):
        run(self.floor, "insert", self.rows, node.replica, "contract")
        node.seal()

    def fill_in_parts(self, node, rows):
        """Sealed each `rows` rows, so that no group of change sets is large: one instant each."""
        with sqlite3.connect(node.replica, timeout=15) as db:
            db.execute("ATTACH ? AS given", (str(self.rows),))
            for start in range(0, self.records, rows):
                db.execute("INSERT INTO contract SELECT * FROM given.contract ORDER BY rowid LIMIT ? OFFSET ?", (rows, start))
                db.commit()
                node.seal()

    def filled_pair(self, name, rows_a_seal=None):
        a, b = self.pair(name)
        self.fill_in_parts(a, rows_a_seal) if rows_a_seal else self.fill(a)
        return a, b

    def drop(self, node):
        if not self.options.keep:
            shutil.rmtree(node.path.parent)

    def quiet(self):
        self.level = self.level or quiet.Quiet(self)
        return self.level

    def run_yrdsync(self, *words):
        return run(self.yrdsync, *words)

    def plain(self, name):
        """An empty table with a node's columns and key, and nothing of ours."""
        path = self.folder / f"{name}.sqlite"
        for old in self.folder.glob(f"{name}.sqlite*"):
            old.unlink()
        with sqlite3.connect(path) as db:
            db.execute(self.table)
        return path

    def prepare(self):
        """The rows, as an import of the register file makes them, in a plain table."""
        self.register = self.folder / "register.csv"
        write_register(self.register, "shanghai", self.records)
        a, _ = self.pair("source")
        a("records", "import", "contract", self.register)
        self.table = a.value("SELECT sql FROM sqlite_master WHERE name = 'contract'")
        self.rows = self.plain("rows")
        with sqlite3.connect(self.rows) as db:
            db.execute(f"ATTACH '{a.replica}' AS source")
            db.execute("INSERT INTO contract SELECT * FROM source.contract")
        with sqlite3.connect(self.rows) as db:
            self.records = db.execute("SELECT count(*) FROM contract").fetchone()[0]
        self.plain_bytes = self.rows.stat().st_size
        shutil.rmtree(a.path.parent)

    # ------------------------------------------------------------ measuring

    def floor_insert(self):
        with Spent() as spent:
            run(self.floor, "insert", self.rows, self.plain("floor"), "contract")
        return spent

    def beside_floor(self, name, step):
        """`step(turn)` gives what the floor and what we spent, and a dictionary of more figures."""
        floors, spents, more = [], [], []
        for turn in range(self.repeat):
            floor, spent, others = step(turn)
            floors.append(floor)
            spents.append(spent)
            more.append(others)
            print(f"  {name} {turn + 1}/{self.repeat}: floor {floor.wall:.2f} s, ours {spent.wall:.2f} s ({spent.cpu:.2f} s CPU)", file=sys.stderr)
        return Medians(floors, spents, more)

    def run(self):
        print(f"{self.records:,} records, medians of {self.repeat}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        self.row("figure", "measured", "to reach")
        steps = [step for step in STEPS if not self.options.only or step.__name__ in self.options.only]
        if not (quiet.are_kept_in(self.folder) and set(steps) <= set(quiet.STEPS)):
            self.prepare()
        for step in steps:
            step(self)
        if self.level:
            self.level.close()
        if self.options.keep:
            print(self.folder)
        else:
            shutil.rmtree(self.folder)


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yrdsync")
    parser.add_argument("floor")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--keep", metavar="DIR", help="work in DIR and leave it; level nodes found there are used again")
    return parser


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[step.__name__ for step in STEPS], help=", ".join(step.__name__ for step in STEPS))
    idle = parser.add_argument_group("idle")
    idle.add_argument("--seconds", type=int, default=30, help="of watching rounds, for each of two; as many of rest between them")
    real_time = parser.add_argument_group("latency")
    real_time.add_argument("--commits", type=int, default=300)
    real_time.add_argument("--warmup", type=int, default=20)
    real_time.add_argument("--pause", type=float, default=30, help="milliseconds of rest between commits")
    real_time.add_argument("--dial-only", action="store_true", help="A has no endpoint: it dials B and pushes. Else B dials A and holds a pull open")
    real_time.add_argument("--both", action="store_true", help="each dials the other")
    Bench(parser.parse_args()).run()
