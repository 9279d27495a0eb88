#!/usr/bin/env python3
"""Line coverage of the code that decides what an edit means, who may make it, and whether it counts.

Every line of these folders and files counts, refusals and error paths too; nothing is excluded. Federations from random
seeds and real processes are left out of the measuring, so that a line counts only if a test with a purpose of its own has
run it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    "Sources/SyncCore/Merge", "Sources/SyncCore/Envelope", "Sources/SyncCore/ChangeSets", "Sources/SyncCore/Exchange",
    "Sources/SyncCore/Causality", "Sources/SyncCore/Schema", "Sources/PeerTrust/Membership", "Sources/ReplicaStore/Apply",
    "Sources/ReplicaStore/Records", "Sources/ReplicaStore/Capture", "Sources/ReplicaStore/Log",
    "Sources/ReplicaStore/Layout/GuardTriggers.swift",
]
TESTS = "SyncCoreTests|PeerTrustTests|ReplicaStoreTests|SyncNodeTests"
PERCENT_MIN = 95.0
SCRATCH = ["--scratch-path", ".build-coverage", "--enable-code-coverage"]


def main():
    swift("build", "--product", "yrdsyncPackageTests", *SCRATCH, "--explicit-target-dependency-import-check", "error")
    build = ROOT / said("swift", "build", "--scratch-path", ".build-coverage", "--show-bin-path")
    for old in (build / "codecov").glob("*.prof*"):
        old.unlink()
    os.environ.setdefault("YRD_SEEDS", "100")
    swift("test", "--skip-build", *SCRATCH, "--filter", TESTS)
    # The toolchain's own: another version does not read this profile.
    tool = Path(said("sh", "-c", 'readlink -f "$(command -v swift)"')).parent / "llvm-cov"
    profile = [build / "yrdsyncPackageTests.xctest", "--instr-profile", build / "codecov/default.profdata", *PLACES]
    if "--missed" in sys.argv:
        show_missed(said(tool, "show", *profile))
    files = json.loads(said(tool, "export", "--summary-only", *profile))["data"][0]["files"]
    return report(files)


def report(files):
    print(f"{'lines':>6} {'run':>6} {'%':>7}  file")
    lines = covered = 0
    for file in sorted(files, key=lambda file: file["filename"]):
        count = file["summary"]["lines"]
        lines += count["count"]
        covered += count["covered"]
        print(row(count["count"], count["covered"], Path(file["filename"]).relative_to(ROOT)))
    print(row(lines, covered, "all of these"))
    if 100 * covered < PERCENT_MIN * lines:
        print(f"below {PERCENT_MIN:.0f} %", file=sys.stderr)
        return 1
    return 0


def row(lines, covered, name):
    return f"{lines:>6} {covered:>6} {100 * covered / lines if lines else 100:>7.2f}  {name}"


def show_missed(text):
    """Lines that no test has run, each under the name of its file."""
    for line in text.splitlines():
        fields = line.split("|")
        if line.startswith("/") or len(fields) > 2 and fields[1].strip() == "0":
            print(line)


def swift(*arguments):
    code = subprocess.run(["swift", *arguments], cwd=ROOT, stdout=sys.stderr).returncode
    if code != 0:
        sys.exit(code)


def said(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
