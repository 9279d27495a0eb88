#!/usr/bin/env -S python3 -B
"""Counts the instructions and allocations of the pure parts, a record, and holds them against limits.txt.

    check.py INSTRUCTIONS [PART …]      exit 1 if a part costs more than its limit and the tolerance
    check.py INSTRUCTIONS --write       measures, and writes limits.txt anew

INSTRUCTIONS is the release build of this folder's program. valgrind (callgrind) counts what runs between two calls of the
program, whatever else the machine does. OpenSSL is told to use no special instructions of the processor at hand, and Swift's
dictionaries are not seeded: so a count is the same in every run and on every x86-64.
"""
import os, pathlib, subprocess, sys, tempfile

LIMITS = pathlib.Path(__file__).resolve().parent / "limits.txt"
# The compiler's next version, and another glibc's memcpy, move counts by a few hundredths; a regression worth its name by more.
TOLERANCE = 0.08
HEAD = """# Instructions and allocations a record of each pure part, in a release build: check.py --write makes this file.
# A part may cost 8 % more. Who makes one dearer on purpose writes the file anew and says why.
"""


def measure(program, part):
    """(instructions, allocations) a record."""
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1", "OPENSSL_ia32cap": "0:0", "LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        words = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts",
                 "--zero-before=allocation_meter_start", "--dump-before=allocation_meter_stop", program, part]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        if done.returncode != 0:
            sys.exit(f"{' '.join(words)}\nended with {done.returncode}: {done.stderr[-2000:]}")
        _, records, allocations = done.stdout.split()
        # The first dump is of the span; what comes after it is the program's end.
        text = pathlib.Path(folder, "counts.1").read_text()
    instructions, = (int(line.split()[1]) for line in text.splitlines() if line.startswith("summary:"))
    return instructions / int(records), int(allocations) / int(records)


def limits():
    lines = [line.split() for line in LIMITS.read_text().splitlines() if line and not line.startswith("#")]
    return {part: (float(instructions), float(allocations)) for part, instructions, allocations in lines}


def main(built, *words):
    with tempfile.TemporaryDirectory() as folder:
        # Without the debugger's information, of a newer form than Debian's valgrind reads.
        program = f"{folder}/instructions"
        subprocess.run(["strip", "--strip-debug", "-o", program, built], check=True)
        return check(program, *words)


def check(program, *words):
    parts = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if words == ("--write",):
        counts = {part: measure(program, part) for part in parts}
        LIMITS.write_text(HEAD + "".join(f"{part:18} {i:10.0f} {a:8.2f}\n" for part, (i, a) in counts.items()))
        print(LIMITS.read_text(), end="")
        return 0
    held, worse = limits(), []
    if set(held) != set(parts):
        sys.exit(f"limits.txt and the program differ in {sorted(set(held) ^ set(parts))}")
    print(f"{'a record':18} {'instructions':>14} {'limit':>10} {'':>7} {'allocations':>12} {'limit':>8}")
    for part in words or parts:
        counts = measure(program, part)
        shares = [count / limit - 1 if limit else count for count, limit in zip(counts, held[part])]
        is_worse = max(shares) > TOLERANCE
        print(f"{part:18} {counts[0]:14,.0f} {held[part][0]:10,.0f} {shares[0]:+7.1%} {counts[1]:12.2f} {held[part][1]:8.2f}"
              + ("   DEARER" if is_worse else "   cheaper: lower the limit" if shares[0] < -TOLERANCE else ""), flush=True)
        worse += [part] * is_worse
    if worse:
        print(f"dearer than limits.txt and {TOLERANCE:.0%}: {', '.join(worse)}")
    return 1 if worse else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
