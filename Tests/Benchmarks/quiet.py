"""Rows of the table for a federation in which nothing happens: an idle round, `status`, comparing two equal nodes.

Two level nodes; A dials B by way of a relay that counts bytes. With `--keep DIR` they stay there and are used again."""
import pathlib, signal, sqlite3, sys, time

from meter import Meter
from nodes import Node, cpu_seconds

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "FederationTests" / "Foreign"))
import diverge

TURN_SECONDS = 6


def are_kept_in(folder):
    """Whether level nodes of an earlier run stand there."""
    return (folder / "quiet" / "level").exists()


class Quiet:
    def __init__(self, bench):
        self.bench, folder = bench, bench.folder / "quiet"
        if are_kept_in(bench.folder):
            port = int((folder / "port").read_text())
            self.meter = Meter(port + 2, port + 1)
            self.a, self.b = Node(bench.yrdsync, "shanghai", folder), Node(bench.yrdsync, "jiangsu", folder)
        else:
            self.a, self.b, self.meter = bench.metered_pair("quiet")
            bench.fill(self.a)
            self.b.serve()
            self.a("sync")
            self.b.stop()
            (folder / "port").write_text(str(self.meter.target - 1))
            (folder / "level").touch()
        self.records = self.a.count()
        self.repeat = max(21, bench.repeat)

    def close(self):
        self.stop()
        self.meter.close()

    def rounds(self):
        return self.a.log().count("round with jiangsu: sent 0")

    def watched(self, seconds, each_second=lambda: None):
        """(CPU seconds of both daemons, rounds) while the daemons run."""
        def used():
            return cpu_seconds(self.a.daemon.pid) + cpu_seconds(self.b.daemon.pid)

        before, rounds = used(), self.rounds()
        self.meter.reset()
        for _ in range(seconds):
            time.sleep(1)
            each_second()
        return used() - before, self.rounds() - rounds

    def visiting(self, every):
        """From now on `a` visits `b` that often."""
        self.a.schedule({"jiangsu": f"{{every: {every}, jitter: 0s}}"})
        if self.a.daemon:
            self.a.daemon.send_signal(signal.SIGHUP)
            time.sleep(2)

    def serving(self, every):
        """`a` visits `b` that often; `b` does not visit."""
        self.visiting(every)
        self.b.schedule({"shanghai": "{every: 30d, jitter: 0s}"})
        self.b.serve()
        self.a.serve()
        time.sleep(3)

    def rounds_beside_rest(self, seconds, each_second=lambda: None):
        """What a round costs beyond rest: some seconds of each by turns, in the same processes, since what they do else (the
        audit of capture, for one) is ten times as much and does not stand still. The median of the turns."""
        costs, rests, rounds_seen = [], [], 0
        for _ in range(max(3, seconds // TURN_SECONDS)):
            self.visiting("30d")
            resting, _ = self.watched(TURN_SECONDS)
            self.visiting("1s")
            kept, rounds = self.watched(TURN_SECONDS, each_second)
            if not rounds:
                sys.exit("no round in all that time")
            costs.append((kept - resting) / rounds)
            rests.append(resting / TURN_SECONDS)
            rounds_seen += rounds
        return self.bench.median(costs), self.bench.median(rests), rounds_seen

    def stop(self):
        self.a.stop()
        self.b.stop()

    def timed(self, *words, codes=(0, 3)):
        return [self.a(*words, codes=codes) for _ in range(self.repeat)]

    def words(self, runs):
        walls = [run.wall * 1e3 for run in runs]
        return f"{self.bench.median(walls):.1f} ms (least {min(walls):.1f}, CPU {self.bench.median([run.cpu * 1e3 for run in runs]):.1f})"


def idle(bench):
    quiet, seconds = bench.quiet(), bench.options.seconds
    meter = quiet.meter
    quiet.serving("1s")
    cost, resting, rounds = quiet.rounds_beside_rest(seconds)
    cost_anew, _, _ = quiet.rounds_beside_rest(seconds, meter.drop)
    # The connection that was dropped last is made anew before bytes are counted.
    quiet.watched(3)
    _, counted = quiet.watched(2 * TURN_SECONDS)
    carried, wire, connections = meter.carried, meter.wire, meter.connections
    _, counted_anew = quiet.watched(2 * TURN_SECONDS, meter.drop)
    wire_anew = meter.wire
    quiet.a.stop()
    commands = quiet.timed("sync")
    quiet.stop()
    bench.row("both daemons at rest, CPU a second", f"{resting * 1e3:.2f} ms")
    bench.row(f"a round when nothing changed, {quiet.records:,} records: CPU of both", f"{cost * 1e3:.2f} ms", "≤ 3 ms, equal")
    bench.row("  bytes: requests and answers with their headers", f"{carried / counted:,.0f}", "≤ 1,024")
    bench.row("  bytes on the wire, TLS records included", f"{wire / counted:,.0f}")
    bench.row("  rounds measured, connections made in the last of them", f"{rounds}, {connections}")
    bench.row("  on a new connection: CPU of both, bytes on the wire", f"{cost_anew * 1e3:.2f} ms, {wire_anew / counted_anew:,.0f}")
    bench.row("  by command (`sync`), its start included", quiet.words(commands))


def status(bench):
    quiet = bench.quiet()
    alone = quiet.timed("status")
    quiet.serving("30d")
    beside = quiet.timed("status")
    quiet.stop()
    bench.row("the process alone (--version)", quiet.words([bench.run_yrdsync("--version") for _ in range(quiet.repeat)]))
    bench.row(f"yrdsync status, {quiet.records:,} records", quiet.words(alone), "< 30 ms")
    bench.row("  beside a running daemon", quiet.words(beside), "< 30 ms")


def compare(bench):
    quiet = bench.quiet()
    quiet.b.serve()
    quiet.meter.reset()
    equal = quiet.timed("compare", "jiangsu", codes=(0,))
    spans = [(end - start) * 1e3 for start, end in quiet.meter.times]
    wire = quiet.meter.wire / quiet.repeat
    with sqlite3.connect(quiet.b.replica, timeout=15) as db:
        key, = db.execute("SELECT registration_no FROM contract ORDER BY registration_no LIMIT 1 OFFSET ?", (quiet.records // 3,)).fetchone()
        diverge.forge(db, "contract", key)
    differ = quiet.timed("compare", "jiangsu", codes=(3,))
    assert key in differ[-1].output, differ[-1].output
    with sqlite3.connect(quiet.b.replica, timeout=15) as db:
        diverge.forge(db, "contract", key)
    quiet.a("compare", "jiangsu", codes=(0,))
    quiet.stop()
    bench.row(f"yrdsync compare, two equal nodes of {quiet.records:,} records", quiet.words(equal))
    bench.row("  of it: from the connection to the last answer, handshake too", f"{bench.median(spans):.1f} ms (least {min(spans):.1f})", "< 10 ms")
    bench.row("  bytes on the wire", f"{wire:,.0f}")
    bench.row("  the one record that differs found and named", quiet.words(differ), "< 1 s")


STEPS = [idle, status, compare]
