"""A node whose disk is full: full_disk.py YRDSYNC FOLDER PORT PORT, in a mount namespace of its own (unshare -m).

Shanghai lives on a small tmpfs, Jiangsu beside it. Whatever a person at either market would look at must say what is wrong,
nothing that was acknowledged is lost, and once there is room both go on by themselves. An AssertionError names what was not so.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

YRDSYNC, FOLDER, *PORTS = sys.argv[1:]
DISK_MIB = 96


class Node:
    def __init__(self, market, port):
        self.market, self.path, self.daemon = market, f"{FOLDER}/{market}", None
        self.run("init", self.path, "--market", market, "--listen", f"127.0.0.1:{port}", at=None)

    def run(self, *arguments, at=True, seconds=None):
        """Returns (exit code, JSON lines, standard error)."""
        place = ["-C", self.path] if at else []
        process = subprocess.run([YRDSYNC, *place, *arguments, "--json"], text=True, capture_output=True, timeout=seconds)
        return process.returncode, [json.loads(line) for line in process.stdout.splitlines()], process.stderr

    def status(self):
        return self.run("status")[1][0]

    def trust(self, other):
        self.run("peers", "add", f"{other.path}/descriptor.yaml")
        with open(f"{self.path}/node.yaml", "a") as file:
            file.write(f"peers: {{{other.market}: {{every: 1s, jitter: 0s}}}}\n")

    def serve(self):
        """Returns whether it got ready."""
        with open(f"{FOLDER}/{self.market}.log", "a") as log:
            self.daemon = subprocess.Popen(
                [YRDSYNC, "serve", "-C", self.path], stdout=subprocess.PIPE, stderr=log, text=True)
        return self.daemon.stdout.readline().startswith("ready")

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def log(self):
        with open(f"{FOLDER}/{self.market}.log") as file:
            return file.read()

    def commit(self, key, remark=""):
        """Whether a foreign client's commit was acknowledged."""
        connection = sqlite3.connect(f"{self.path}/replica.sqlite", timeout=30, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("INSERT INTO agency (agency_id, name, remark) VALUES (?, ?, ?)", [key, key, remark])
            return True
        except sqlite3.OperationalError as error:
            assert "full" in str(error) or "disk I/O" in str(error), error
            return False
        finally:
            connection.close()

    def keys(self):
        connection = sqlite3.connect(f"file:{self.path}/replica.sqlite?mode=ro", uri=True, timeout=30)
        keys = {row[0] for row in connection.execute("SELECT agency_id FROM agency")}
        connection.close()
        return keys


def eventually(what, question, seconds=90):
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, f"it did not come to pass in {seconds} s: {what}"
        time.sleep(0.3)


def fill():
    with open(f"{FOLDER}/shanghai/filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass


def agree(*nodes):
    standing = [node.status() for node in nodes]
    return standing[0]["digest"] == standing[1]["digest"] and all(one["pending"] == 0 for one in standing)


def main():
    os.makedirs(f"{FOLDER}/shanghai")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", f"{FOLDER}/shanghai"]
    subprocess.run(mount, check=True)
    shanghai, jiangsu = Node("shanghai", PORTS[0]), Node("jiangsu", PORTS[1])
    shanghai.trust(jiangsu)
    jiangsu.trust(shanghai)
    try:
        acknowledged = story(shanghai, jiangsu)
        for node in (shanghai, jiangsu):
            missing = acknowledged - node.keys()
            assert not missing, f"{node.market} lacks {missing}"
            code, findings, _ = node.run("verify", "--deep")
            assert code == 0, findings
            assert node.run("quarantine", "list")[1] == []
            assert "Fatal error" not in node.log(), node.log()
    finally:
        for node in (shanghai, jiangsu):
            if node.daemon:
                node.kill()


def story(shanghai, jiangsu):
    acknowledged = set()

    def commit(node, key, remark=""):
        if not node.commit(key, remark):
            return False
        acknowledged.add(key)
        return True

    def changed(node, key):
        """Whether a command has sealed a change while the daemon is held still."""
        connection = sqlite3.connect(f"{node.path}/replica.sqlite", timeout=2, isolation_level=None)
        try:
            connection.execute("UPDATE agency SET remark = remark || 'x' WHERE agency_id = ?", [key])
            return node.run("sync", seconds=60)[0] in (0, 3)
        except (sqlite3.OperationalError, subprocess.TimeoutExpired):
            return False
        finally:
            connection.close()

    assert shanghai.serve() and jiangsu.serve()
    incarnation = shanghai.status()["incarnation"]
    assert commit(shanghai, "31-TTA-000001")
    eventually("both hold the first record", lambda: agree(shanghai, jiangsu) and "31-TTA-000001" in jiangsu.keys())
    assert shanghai.run("status")[0] == 0

    # No room at all.
    fill()
    assert not commit(shanghai, "31-TTA-000002", "x" * 1900), "a commit without room was acknowledged"
    assert commit(jiangsu, "32-TTA-000001", "y" * 1900)
    code, lines, errors = jiangsu.run("sync", "shanghai")
    assert (code, lines[0]["code"]) == (4, "disk_full"), (code, lines, errors)
    code, lines, _ = shanghai.run("status")
    assert code == 3 and lines[0]["disk_free"] < 1 << 20, (code, lines)
    code, _, errors = shanghai.run("sync")
    assert code == 1 and '"disk_full"' in errors, (code, errors)
    eventually("the daemon says so", lambda: "disk is full" in shanghai.log())
    assert shanghai.daemon.poll() is None, "the daemon gave up"
    os.remove(f"{shanghai.path}/filler")
    eventually("both agree again", lambda: agree(shanghai, jiangsu) and "32-TTA-000001" in shanghai.keys())
    assert commit(shanghai, "31-TTA-000003")
    eventually("new writes travel", lambda: "31-TTA-000003" in jiangsu.keys())
    assert shanghai.run("status")[0] == 0
    assert shanghai.daemon.poll() is None, "the daemon gave up"

    # Room in the write-ahead log, which keeps its size, and nowhere else: what is committed there is acknowledged, but
    # the fence cannot rise, so nothing of it may leave the node.
    for number in range(100, 900):
        assert commit(shanghai, f"31-TTA-{number:06d}", "z" * 1900)
    eventually("the log has been written back", lambda: agree(shanghai, jiangsu))
    wal = os.path.getsize(f"{shanghai.path}/replica.sqlite-wal")
    connection = sqlite3.connect(f"{shanghai.path}/replica.sqlite", timeout=30)
    connection.execute("PRAGMA wal_checkpoint(RESTART)")
    connection.close()
    # A command that sealed has raised the fence last: the daemon does not know what is durable of it, and must write a new
    # one. It is held still meanwhile, or it would seal and raise by itself; and again if it was held with a lock in hand.
    assert commit(shanghai, "31-TTA-000901")
    for _ in range(20):
        shanghai.daemon.send_signal(signal.SIGSTOP)
        if changed(shanghai, "31-TTA-000901"):
            break
        shanghai.daemon.send_signal(signal.SIGCONT)
        time.sleep(0.3)
    else:
        raise AssertionError("the daemon could not be held still without a lock in hand")
    fill()
    assert commit(shanghai, "31-TTA-000004"), f"a log of {wal} bytes had no room"
    shanghai.daemon.send_signal(signal.SIGCONT)
    eventually("the daemon says so", lambda: "keys" in shanghai.log() and "No space left" in shanghai.log())
    code, lines, errors = jiangsu.run("sync", "shanghai")
    assert (code, lines[0]["code"]) == (4, "disk_full"), (code, lines, errors)
    assert "31-TTA-000004" not in jiangsu.keys(), "it left the node before the fence rose"
    code, lines, _ = shanghai.run("status")
    assert code == 3 and lines[0]["disk_free"] < 1 << 20, (code, lines)

    # Killed like this, it cannot start before the fence can rise; it says why, and starts as soon as there is room.
    shanghai.kill()
    assert not shanghai.serve() and shanghai.daemon.wait() == 1
    assert "No space left on device" in shanghai.log().splitlines()[-1], shanghai.log()
    os.remove(f"{shanghai.path}/filler")
    assert shanghai.serve()
    eventually("the last commit travels", lambda: agree(shanghai, jiangsu) and "31-TTA-000004" in jiangsu.keys())
    assert shanghai.status()["incarnation"] == incarnation, "a full disk is no rollback"
    assert shanghai.daemon.poll() is None and jiangsu.daemon.poll() is None
    return acknowledged


main()
