#!/usr/bin/env python3
"""What a federation costs while nothing happens: an idle round, `status`, and comparing two equal nodes.

    quiet.py YRDSYNC [--records N] [--repeat N] [--seconds N] [--only NAME …] [--keep DIR]

Real daemons, real HTTPS on loopback, through a relay that counts bytes. `--keep DIR` keeps the two nodes there and uses them again.
"""
import argparse, pathlib, resource, statistics, shutil, sqlite3, subprocess, sys, tempfile, time

import bench
from meter import Meter

sys.path.append(str(bench.HERE.parent / "FederationTests" / "Foreign"))
import diverge


def cpu_seconds(pid):
    """CPU time of a whole process, to the nanosecond: /proc counts in hundredths of a second."""
    return time.clock_gettime((~pid << 3) | 2)


class Pair:
    """Two level nodes: `a` dials `b`, by way of the meter."""

    def __init__(self, yrdsync, folder, records):
        self.yrdsync, self.folder = yrdsync, folder
        self.port = 20_000 + hash(str(folder)) % 10_000 if not (folder / "port").exists() else int((folder / "port").read_text())
        self.meter = Meter(self.port + 2, self.port + 1)
        if (folder / "level").exists():
            self.a, self.b = self.open("shanghai"), self.open("jiangsu")
            return
        (folder / "port").write_text(str(self.port))
        self.a = bench.Node(self, "shanghai", folder, self.port)
        self.b = self.make_behind_meter("jiangsu")
        bench.run(yrdsync, "peers", "add", self.b.path / "descriptor.yaml", "-C", self.a.path)
        bench.run(yrdsync, "peers", "add", self.a.path / "descriptor.yaml", "-C", self.b.path)
        bench.write_register(folder / "register.csv", "shanghai", records)
        self.a("records", "import", "contract", folder / "register.csv")
        self.b.serve()
        self.a("sync")
        self.b.stop()
        (folder / "register.csv").unlink()
        (folder / "level").touch()

    def open(self, market):
        node = bench.Node.__new__(bench.Node)
        node.yrdsync, node.market, node.path, node.daemon = self.yrdsync, market, self.folder / market, None
        return node

    def make_behind_meter(self, market):
        node = self.open(market)
        bench.run(self.yrdsync, "init", node.path, "--market", market, "--listen", f"127.0.0.1:{self.port + 1}",
                  "--endpoint", f"https://127.0.0.1:{self.port + 2}")
        return node

    def schedule(self, every):
        """How often `a` visits `b`; `b` does not visit."""
        for node, peer, text in ((self.a, "jiangsu", every), (self.b, "shanghai", "30d")):
            file = node.path / "node.yaml"
            head = file.read_text().split("\npeers:")[0].rstrip("\n")
            file.write_text(f"{head}\npeers:\n  {peer}: {{every: {text}, jitter: 0s}}\n")

    def rounds(self):
        return (self.a.path / "serve.log").read_text().count("round with jiangsu: sent 0")


class Quiet:
    def __init__(self, options):
        self.options, self.yrdsync = options, str(pathlib.Path(options.yrdsync).resolve())
        self.folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="yrd-quiet-"))
        self.folder.mkdir(exist_ok=True)

    def row(self, figure, measured, target=""):
        print(f"{figure:62} {measured:>40}   {target}", flush=True)

    # ------------------------------------------------------------ a round when nothing changed

    def watched(self, seconds, each_second=lambda: None):
        """(CPU seconds of both daemons, rounds) while the daemons run."""
        a, b = self.pair.a, self.pair.b
        before, rounds = cpu_seconds(a.daemon.pid) + cpu_seconds(b.daemon.pid), self.pair.rounds()
        self.pair.meter.reset()
        for _ in range(seconds):
            time.sleep(1)
            each_second()
        return cpu_seconds(a.daemon.pid) + cpu_seconds(b.daemon.pid) - before, self.pair.rounds() - rounds

    def serving(self, every):
        self.pair.schedule(every)
        self.pair.b.serve()
        self.pair.a.serve()
        time.sleep(3)

    def stop(self):
        self.pair.a.stop()
        self.pair.b.stop()

    def idle(self):
        seconds, meter = self.options.seconds, self.pair.meter
        self.serving("30d")
        resting, _ = self.watched(seconds)
        self.stop()
        self.serving("1s")
        kept, rounds = self.watched(seconds)
        carried, wire, connections = meter.carried, meter.wire, meter.connections
        self.stop()
        # Started anew, so that the audit of capture, which ends after 200 records a second, runs in all three.
        self.serving("1s")
        anew, rounds_anew = self.watched(seconds, meter.drop)
        wire_anew = meter.wire
        self.stop()
        if not rounds or not rounds_anew:
            sys.exit("no round in all that time")
        self.row("both daemons at rest, CPU a second", f"{resting / seconds * 1e3:.2f} ms")
        name = f"a round when nothing changed, {self.records:,} records"
        self.row(name + ": CPU of both", f"{(kept - resting) / rounds * 1e3:.2f} ms", "≤ 3 ms")
        self.row("  bytes: requests and answers with their headers", f"{carried / rounds:,.0f}", "≤ 1,024")
        self.row("  bytes on the wire, TLS records included", f"{wire / rounds:,.0f}")
        self.row("  rounds measured, connections made meanwhile", f"{rounds}, {connections}")
        self.row("  on a new connection: CPU of both, bytes on the wire",
                 f"{(anew - resting) / rounds_anew * 1e3:.2f} ms, {wire_anew / rounds_anew:,.0f}")

    # ------------------------------------------------------------ status

    def timed(self, *words, codes=(0, 3)):
        """(wall s, CPU s) of each of several runs of a command."""
        spents = []
        for _ in range(self.options.repeat):
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            done = subprocess.run([self.yrdsync, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode not in codes:
                sys.exit(f"{words} ended with {done.returncode}: {done.stderr.decode()}")
            spents.append((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        self.output = done.stdout.decode()
        return spents

    def words(self, spents):
        walls, cpus = zip(*spents)
        return f"{statistics.median(walls) * 1e3:.1f} ms (least {min(walls) * 1e3:.1f}, CPU {statistics.median(cpus) * 1e3:.1f})"

    def status(self):
        self.row("the process alone (--version)", self.words(self.timed("--version")))
        self.row(f"yrdsync status, {self.records:,} records", self.words(self.timed("status", "-C", self.pair.a.path)), "< 30 ms")
        self.serving("30d")
        self.row("  beside a running daemon", self.words(self.timed("status", "-C", self.pair.a.path)), "< 30 ms")
        self.stop()

    # ------------------------------------------------------------ compare

    def compare(self):
        self.pair.b.serve()
        words = ("compare", "jiangsu", "-C", self.pair.a.path)
        meter = self.pair.meter
        meter.reset()
        self.row(f"yrdsync compare, two equal nodes of {self.records:,} records", self.words(self.timed(*words, codes=(0,))))
        spans = [(end - start) * 1e3 for start, end in meter.times]
        self.row("  of it: from the connection to the last answer, handshake too",
                 f"{statistics.median(spans):.1f} ms (least {min(spans):.1f})", "< 10 ms")
        self.row("  bytes on the wire", f"{meter.wire / self.options.repeat:,.0f}")
        with sqlite3.connect(self.pair.b.replica, timeout=15) as db:
            key, = db.execute("SELECT registration_no FROM contract ORDER BY registration_no LIMIT 1 OFFSET ?", (self.records // 3,)).fetchone()
            diverge.forge(db, "contract", key)
        self.row("  the one record that differs found and named", self.words(self.timed(*words, codes=(3,))), "< 1 s")
        assert key in self.output, self.output
        with sqlite3.connect(self.pair.b.replica, timeout=15) as db:
            diverge.forge(db, "contract", key)
        self.timed(*words, codes=(0,))
        self.pair.b.stop()

    def run(self):
        self.pair = Pair(self.yrdsync, self.folder, self.options.records)
        self.records = self.pair.a.count()
        for name in ("idle", "status", "compare"):
            if not self.options.only or name in self.options.only:
                getattr(self, name)()
        if not self.options.keep:
            shutil.rmtree(self.folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yrdsync")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=21)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--keep")
    Quiet(parser.parse_args()).run()
