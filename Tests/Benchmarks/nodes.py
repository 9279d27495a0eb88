"""Real nodes as the benchmarks drive them, and what their work costs: wall time, CPU, memory."""
import atexit, os, resource, signal, sqlite3, subprocess, sys, tempfile, time


def cpu_seconds(pid):
    """CPU time of a whole process, to the nanosecond: /proc counts in hundredths of a second."""
    return time.clock_gettime((~pid << 3) | 2)


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
        return children.ru_utime + children.ru_stime + sum(cpu_seconds(d.daemon.pid) for d in self.daemons)


class Done:
    """A command that ended: what it printed, and what it took."""

    def __init__(self, output, wall, usage):
        self.output, self.wall = output, wall
        self.cpu, self.peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def run(*words, codes=(0,)):
    words = [str(word) for word in words]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(words, stdout=output, stderr=errors)
        # Not `wait`: only this call says what this one child took.
        _, status, usage = os.wait4(process.pid, 0)
        wall, process.returncode = time.monotonic() - started, os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode not in codes:
            sys.exit(f"{' '.join(words)}\nended with {process.returncode}: {errors.read().decode()[-2000:]}")
        return Done(output.read().decode(), wall, usage)


class Node:
    """One market's node, in a folder of its own."""

    def __init__(self, yrdsync, market, folder):
        self.yrdsync, self.market, self.path, self.daemon = str(yrdsync), market, folder / market, None

    @classmethod
    def make(cls, yrdsync, market, folder, port, endpoint=None):
        """`endpoint`: where others reach it, if not where it listens; "none" for a node that only dials out."""
        node = cls(yrdsync, market, folder)
        run(yrdsync, "init", node.path, "--market", market, "--listen", f"127.0.0.1:{port}", *(["--endpoint", endpoint] if endpoint else []))
        return node

    def __call__(self, *words, codes=(0, 3)):
        return run(self.yrdsync, *words, "-C", self.path, codes=codes)

    @property
    def replica(self):
        return self.path / "replica.sqlite"

    def trusts(self, *others):
        for other in others:
            self("peers", "add", other.path / "descriptor.yaml")

    def seal(self):
        """A `sync` that may reach nobody."""
        return self("sync", codes=(0, 3, 4))

    def schedule(self, text):
        """Replaces what `node.yaml` says of peers: `{jiangsu: "{every: 1h}"}`."""
        file = self.path / "node.yaml"
        head = file.read_text().split("\npeers:")[0].rstrip("\n")
        file.write_text(head + "\npeers:\n" + "".join(f"  {market}: {words}\n" for market, words in text.items()))

    def serve(self):
        log = open(self.path / "serve.log", "a")
        self.daemon = subprocess.Popen([self.yrdsync, "serve", "-C", str(self.path)], stdout=subprocess.PIPE, stderr=log, text=True)
        # Also where a benchmark fails.
        atexit.register(self.stop)
        if not self.daemon.stdout.readline().startswith("ready"):
            sys.exit(f"{self.market} does not serve: {self.log()[-2000:]}")
        return self

    def log(self):
        return (self.path / "serve.log").read_text()

    def peak_mb(self):
        for line in open(f"/proc/{self.daemon.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def stop(self):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            if self.daemon.wait() != 0:
                print(f"{self.market} ended with {self.daemon.returncode}", file=sys.stderr)
            self.daemon = None

    def client(self):
        """A foreign client: one connection, as durable as a node."""
        db = sqlite3.connect(self.replica, timeout=15, isolation_level=None)
        db.execute("PRAGMA synchronous = FULL")
        return db

    def value(self, sql, *arguments):
        with sqlite3.connect(self.replica, timeout=15) as db:
            return db.execute(sql, arguments).fetchone()[0]

    def count(self):
        return self.value("SELECT count(*) FROM contract")

    def bytes(self):
        self.value("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.replica.stat().st_size
