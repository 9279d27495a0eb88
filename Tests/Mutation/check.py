#!/usr/bin/env python3
"""Breaks one rule after another and sees whether a test notices: a suite that passes on broken code proves nothing.

The rows stand in mutants.toml. Each breaks one rule in one place; the tests that are named with it must fail. A mutant
that does not compile was not noticed by anybody, and counts as an error. A crash or a hang names no test; it counts as noticed
only if the same tests pass on the unbroken code right afterwards: else it was the machine's doing, or nobody's.
"""

import argparse
import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("mutants.toml")
# As the Makefile builds, or everything would be compiled anew.
BUILD = ["swift", "build", "--explicit-target-dependency-import-check", "error", "--product"]
# These run the executable, which the others do without.
PROCESS_TESTS = "FederationTests"
# A broken rule must show within a hundred seeds; thousands look for what nobody has thought of.
os.environ.setdefault("YRD_SEEDS", "100")
os.environ["NO_COLOR"] = "1"
BUILD_SECONDS_MAX = 1800
# Far beyond the slowest filter, also on a loaded machine: a mutant that makes the code wait for ever is noticed here.
TEST_SECONDS_MAX = 600


def main():
    arguments = parse_arguments()
    # Each must unwind the stack, so that the source is restored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    mutants = read_table(arguments.only)
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant['name']:<44} {mutant['rule']}")
        return 0
    refuse_unclean_sources()
    check_unbroken(mutants)
    outcomes = []
    try:
        for mutant in mutants:
            outcome = try_mutant(mutant)
            outcomes.append(outcome)
            print(line(*outcome), flush=True)
    finally:
        # Nobody shall test a mutant by `--skip-build`.
        print("building the unbroken code again", flush=True)
        build(mutants)
    bad = [outcome for outcome in outcomes if outcome[2] not in ("killed", "crashed", "hung")]
    print(f"\n{len(outcomes)} mutants, {len(outcomes) - len(bad)} noticed, {len(bad)} not")
    for outcome in bad:
        print(f"  {outcome[0]}: {outcome[2]}: {outcome[3]}")
    return 1 if bad else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", metavar="MUTANT", help="try these alone")
    parser.add_argument("--list", action="store_true", help="say which rules are broken, and do nothing")
    return parser.parse_args()


def read_table(only):
    """The rows, each checked: a row whose old text is gone tests nothing any more."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["mutant"]
    faults = []
    for row in rows:
        missing = {"name", "rule", "file", "old", "new", "tests"} - row.keys()
        if missing:
            faults.append(f"{row.get('name', row)}: has no {', '.join(sorted(missing))}")
            continue
        count = (ROOT / row["file"]).read_text(encoding="utf-8").count(row["old"])
        if count != 1:
            faults.append(f"{row['name']}: the old text stands {count} times in {row['file']}, not once")
        if row["old"] == row["new"]:
            faults.append(f"{row['name']}: changes nothing")
    names = [row.get("name") for row in rows]
    faults += [f"{name}: stands twice in the table" for name in set(names) if names.count(name) > 1]
    faults += [f"{name}: no such mutant" for name in only if name not in names]
    if faults:
        sys.exit("\n".join(faults))
    return [row for row in rows if not only or row["name"] in only]


def refuse_unclean_sources():
    """What is restored must be what git knows, so that nothing of anyone's can be lost."""
    status = subprocess.run(
        ["git", "status", "--porcelain", "--", "Sources", "Package.swift"], cwd=ROOT, capture_output=True, text=True,
        check=True)
    if status.stdout:
        sys.exit("commit or put back first, for mutants are made in these files:\n" + status.stdout)


def check_unbroken(mutants):
    """All tests that shall fail later must be there, and pass now."""
    print("building the unbroken code", flush=True)
    code, output = build(mutants)
    if code != 0:
        sys.exit("the unbroken code does not build:\n" + output)
    filters = sorted({mutant["tests"] for mutant in mutants})
    _, listed, _ = run(tests("--list-tests"), TEST_SECONDS_MAX)
    for pattern in filters:
        if not any(re.search(pattern, test) for test in listed.splitlines()):
            sys.exit(f"no test is named {pattern}")
    code, output, seconds = run(tests(*(word for pattern in filters for word in ("--filter", pattern))), 3 * TEST_SECONDS_MAX)
    if code != 0:
        sys.exit(f"tests fail on the unbroken code, so they can notice nothing: {first_failure(output)}")
    print(f"the tests pass on the unbroken code ({seconds:.0f} s)\n\n" + line("mutant", "rule", "", "noticed by", "s"))


@functools.cache
def bundle():
    place = subprocess.run(
        ["swift", "build", "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return Path(place.strip()) / "yrdsyncPackageTests.xctest"


def tests(*arguments):
    """The test bundle itself: `swift test` would plan the build once more for every mutant."""
    return [bundle(), "--testing-library", "swift-testing", *arguments]


def try_mutant(mutant):
    """Breaks, builds, tests, restores. The outcome as a row of the table."""
    begin = time.monotonic()

    def outcome(verdict, detail):
        return mutant["name"], mutant["rule"], verdict, detail, f"{time.monotonic() - begin:.0f}"

    with broken(mutant):
        code, output = build([mutant])
        if code != 0:
            return outcome("does not compile", first_line(output, r"error: .*"))
        code, output, _ = run(tests("--filter", mutant["tests"]), TEST_SECONDS_MAX)
    if code == 0:
        return outcome("SURVIVED", mutant["tests"])
    failure = first_failure(output)
    if failure:
        return outcome("killed", failure)
    if not passes_unbroken(mutant):
        return outcome("UNCLEAR", f"its tests do not pass on the unbroken code now either: {mutant['tests']}")
    if code is None:
        return outcome("hung", f"no end within {TEST_SECONDS_MAX} s: {mutant['tests']}")
    return outcome("crashed", first_line(output, r".*(Fatal error|unexpected signal|signal code).*") or output[-200:])


def passes_unbroken(mutant):
    code, output = build([mutant])
    if code != 0:
        sys.exit("the unbroken code does not build any more:\n" + output)
    return run(tests("--filter", mutant["tests"]), TEST_SECONDS_MAX)[0] == 0


def build(mutants):
    """What the tests of these mutants run: themselves, and the executable only where they start it."""
    executable = ["yrdsync"] if any(PROCESS_TESTS in mutant["tests"] for mutant in mutants) else []
    for product in executable + ["yrdsyncPackageTests"]:
        code, output, _ = run([*BUILD, product], BUILD_SECONDS_MAX)
        if code != 0:
            break
    return code, output


@contextlib.contextmanager
def broken(mutant):
    path = ROOT / mutant["file"]
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(mutant["old"], mutant["new"]), encoding="utf-8")
    try:
        yield
    finally:
        now = path.read_text(encoding="utf-8")
        if now == sound.replace(mutant["old"], mutant["new"]):
            path.write_text(sound, encoding="utf-8")
        elif now.count(mutant["new"]) == 1:
            # Somebody has edited the file meanwhile: their edit stays, the mutant goes.
            path.write_text(now.replace(mutant["new"], mutant["old"]), encoding="utf-8")
        else:
            sys.exit(f"{path} was edited while it was broken: take the mutant {mutant['name']} out by hand")


def run(command, seconds_max):
    """Exit code (nothing if it did not end in time), what it said, and the seconds it took."""
    begin = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds_max)
        return process.returncode, output, time.monotonic() - begin
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, output, time.monotonic() - begin
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


def first_failure(output):
    """The name of the first test that failed."""
    match = re.search(r'✘ Test "(.+?)" (?:[^"\n]* )?recorded an issue', output)
    return match.group(1) if match else None


def first_line(text, pattern):
    match = re.search(pattern, text)
    return match.group(0) if match else ""


def line(name, rule, verdict, detail, seconds):
    return f"{verdict:<9} {name:<44} {seconds:>4}  {detail}\n{'':<9} {rule}" if rule != "rule" else ""


if __name__ == "__main__":
    sys.exit(main())
