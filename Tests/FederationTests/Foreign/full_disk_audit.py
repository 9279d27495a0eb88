#!/usr/bin/env python3
"""A line of the audit log that does not fit on the disk leaves nothing of itself, and the command does not act.

    full_disk_audit.py YRDSYNC FOLDER PORT    run as root of a mount namespace: FOLDER becomes a small disk
"""
import json, os, subprocess, sys

PAGE = 4096


def main():
    program, folder, port = sys.argv[1:]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", folder], check=True)
    node = folder + "/node"

    def run(*words):
        return subprocess.run([program, *words, "-C", node, "--json"], capture_output=True, text=True, timeout=120)

    made = subprocess.run(
        [program, "init", node, "--market", "shanghai", "--listen", "127.0.0.1:" + port, "--endpoint", "none"],
        capture_output=True, text=True)
    check(made.returncode == 0, made.stderr)
    check(run("keys", "rotate", "--signing").returncode == 0, "a rotation on a disk with room")
    log = node + "/audit.log"
    # The next line begins fifty bytes before the end of a page, and no further page is free.
    with open(log, "ab") as file:
        file.write(b"x" * ((-os.path.getsize(log) - 50 - 1) % PAGE) + b"\n")
    before = open(log, "rb").read()
    check((len(before) + 50) % PAGE == 0, "the place of the next line")
    fill(folder + "/filler")
    keys = sorted(os.listdir(node + "/keys"))
    refused = run("keys", "rotate", "--signing")
    check(refused.returncode == 1, f"on a full disk: {refused.returncode} {refused.stdout} {refused.stderr}")
    check("No space left" in refused.stdout + refused.stderr, "says why: " + refused.stdout + refused.stderr)
    check(open(log, "rb").read() == before, "part of a line has stayed")
    check(sorted(os.listdir(node + "/keys")) == keys, "it acted without a line")
    os.remove(folder + "/filler")
    check(run("keys", "rotate", "--signing").returncode == 0, "a rotation when there is room again")
    check(open(log, "rb").read().startswith(before), "what stood there stands")
    verified = json.loads(run("audit", "verify").stdout)
    # The padding of this test is the one line that is none; the refused command is in no line, and neither has begun and not ended.
    check([fault["line"] for fault in verified["faults"]] == [3], str(verified))
    check(verified["lines"] == 4 and verified["unfinished"] == [], str(verified))
    return 0


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * PAGE)
        except OSError:
            pass


def check(holds, complaint):
    if not holds:
        sys.exit("full_disk_audit.py: " + complaint)


if __name__ == "__main__":
    sys.exit(main())
