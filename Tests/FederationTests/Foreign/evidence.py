"""Everything the check looks at, gathered once the federation has settled: what the nodes say, and what clients noted."""

import glob
import json
import os
import sqlite3
import subprocess
from concurrent import futures

import cast
import ledger
from model import Entry


class Node:
    """One node, by its command line and by Python's own SQLite."""

    def __init__(self, yrdsync, folder, is_deep):
        def run(*arguments):
            process = subprocess.run([yrdsync, "-C", folder, *arguments, "--json"], text=True, capture_output=True)
            return process.returncode, [json.loads(line) for line in process.stdout.splitlines()]

        self.entries = [Entry(line, place) for place, line in enumerate(run("log", "export")[1])]
        self.conflicts = run("conflicts", "list")[1]
        self.status = run("status")[1][0]
        self.quarantine = run("quarantine", "list")[1]
        self.verified, self.findings = run("verify", *(["--deep"] if is_deep else []))
        self.catalog = run("catalog")[1][0]
        connection = sqlite3.connect(f"file:{folder}/replica.sqlite?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        self.tables = {
            record_type["type"]: {
                row[record_type["key"]]: dict(row)
                for row in connection.execute(f"SELECT * FROM {record_type['type']}")}
            for record_type in self.catalog["types"]}
        self.noted = [tuple(row) for row in connection.execute("SELECT code, detail FROM yrd_finding")]
        self.seen_conflicts = [row[0] for row in connection.execute("SELECT hex(id) FROM yrd_conflict")]
        # Flags are the tenth byte of a header; bit 0: "the next one belongs to the same instant".
        self.goes_on = {
            (f"{market}.{incarnation.lower()}", sequence) for market, incarnation, sequence in connection.execute(
                "SELECT market, hex(incarnation), sequence FROM yrd_entry JOIN yrd_origin USING (lane) "
                "WHERE substr(header, 10, 1) = x'01'")}
        connection.close()
        with open(f"{folder}/serve.log", encoding="utf-8", errors="replace") as file:
            self.log = file.read().splitlines()


class Evidence:
    def __init__(self, yrdsync, folder):
        with futures.ThreadPoolExecutor() as pool:
            # Four nodes that are equal need to be rebuilt from the log only once, and model.py does it too.
            nodes = pool.map(
                lambda market: Node(yrdsync, f"{folder}/{market}", is_deep=market == cast.MARKETS[0]), cast.MARKETS)
        self.nodes = dict(zip(cast.MARKETS, nodes))
        self.ledgers = {
            os.path.basename(path).removesuffix(".jsonl"): ledger.read(path)
            for path in sorted(glob.glob(f"{folder}/ledger/*.jsonl"))}
        with open(f"{folder}/founding.json") as file:
            #: Each market's incarnation before the storm.
            self.founding = json.load(file)
