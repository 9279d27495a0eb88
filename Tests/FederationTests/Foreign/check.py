"""Nothing acknowledged is missing: check.py YRDSYNC FOLDER, once the federation has settled.

Prints one JSON object: `figures`, `violations`, and `unnoticed`: falsifications of the evidence (falsify.py) that this check
would have let pass. It reads what clients noted, what `log export` says and what Python's SQLite finds in the replicas,
and trusts none of our code's verdicts.
"""

import collections
import json
import multiprocessing
import re
import sys
from concurrent import futures

import cast
import falsify
import model
from evidence import Evidence

TOKEN = re.compile(r"^[a-z]+-(python|shell|admin)-\d+$")

#: Of the daemon's complaints, those that kills and a bad network explain. Everything else in its log is a violation.
EXPLAINED = [
    # The proxy cut it, or the peer was killed or restarting.
    r"warning .*cannot be reached: .*; tried again later$",
    # A connection that ends before a single byte of answer counts as a refusal (docs/protocol.md, 35).
    r"error .*round with \w+ refused: handshake_refused ",
]

#: How commands may end beside a daemon, in a storm: exit code, and where it matters the error's code.
EXITS = {
    ("status", 0), ("status", 3), ("verify", 0), ("records", 0), ("conflicts", 0), ("conflicts", 3),
    # Somebody else settled it, or wrote there, since it was listed; only the home decides on existence.
    ("conflicts", 1, "siblings_changed"), ("conflicts", 1, "conflict_closed"), ("conflicts", 5, "not_allowed"),
    ("sync", 0), ("sync", 3), ("sync", 4), ("sync", 5, "handshake_refused"),
}


class Check:
    def __init__(self, evidence):
        self.evidence = evidence
        self.violations = []
        self.figures = collections.Counter()

    def claim(self, holds, code, detail):
        if not holds:
            self.violations.append(f"{code}: {detail}")

    def run(self):
        self.nodes_are_one()
        self.nodes_are_sound()
        # From here on one node's log stands for all: they are equal, or a violation has been noted.
        node = next(iter(self.evidence.nodes.values()))
        self.log = Log(node)
        self.clients_were_not_deceived()
        self.decisions_stand()
        self.tables_are_what_the_log_says()
        self.commands_ended_well()
        self.daemons_said_nothing_strange()
        return self

    # Between the nodes

    def nodes_are_one(self):
        nodes = self.evidence.nodes
        first = next(iter(nodes.values()))
        ids = {}
        for market, node in nodes.items():
            last = collections.Counter()
            previous = {}
            for entry in node.entries:
                self.claim(
                    entry.seq == last[entry.origin] + 1, "gap", f"{market}: {entry.dot} after {last[entry.origin]}")
                self.claim(
                    entry.line["prev"] == previous.get(entry.origin), "chain", f"{market}: {entry.dot} breaks its chain")
                self.claim(
                    ids.setdefault(entry.dot, entry.id) == entry.id, "two_ids", f"{entry.dot} has two ids")
                self.claim(
                    all(entry.context[origin] <= last[origin] for origin in entry.context),
                    "causality", f"{market}: {entry.dot} was applied before something it had seen")
                last[entry.origin], previous[entry.origin] = entry.seq, entry.id
            # A kill is no rollback: nobody may have begun a new incarnation.
            self.claim(
                sorted(last) == sorted(self.evidence.founding.values()), "incarnation", f"{market} knows {sorted(last)}")
            self.claim(node.status["vector"] == last, "vector", f"{market}: {node.status['vector']} is not {dict(last)}")
            self.claim(node.status["digest"] == first.status["digest"], "digest", f"{market} differs")
            self.claim(node.tables == first.tables, "tables", f"{market} differs")
            self.claim(node.conflicts == first.conflicts, "conflicts", f"{market} differs")
        for market, node in nodes.items():
            lacking = ids.keys() - {entry.dot for entry in node.entries}
            self.claim(not lacking, "missing", f"{market} lacks {sorted(lacking)[:3]}")
        self.figures["change sets"] = len(ids)

    def nodes_are_sound(self):
        for market, node in self.evidence.nodes.items():
            status = node.status
            self.claim(
                (status["pending"], status["waiting"], status["parked"], status["quarantined"]) == (0, [], 0, 0),
                "status", f"{market}: {status}")
            self.claim(all(peer["agrees"] for peer in status["peers"]), "agreement", f"{market}: {status['peers']}")
            self.claim(node.quarantine == [], "quarantine", f"{market}: {node.quarantine[:3]}")
            self.claim((node.verified, node.findings) == (0, []), "verify", f"{market}: {node.findings[:3]}")
            self.claim(node.noted == [], "finding", f"{market}: {node.noted[:3]}")
            self.claim(
                all(entry.line["void"] is None for entry in node.entries), "void", f"{market} has entries without effect")
            self.figures["conflicts seen"] = max(self.figures["conflicts seen"], len(node.seen_conflicts))
        self.figures["conflicts left open"] = max(len(node.conflicts) for node in self.evidence.nodes.values())

    # Clients

    def clients_were_not_deceived(self):
        asked, acknowledged, undone, applied = {}, set(), set(), {}
        for name, lines in self.evidence.ledgers.items():
            for line in lines:
                if "asked" in line:
                    asked[line["asked"]] = line["writes"]
                elif "acknowledged" in line:
                    acknowledged.add(line["acknowledged"])
                elif "undone" in line:
                    undone.add(line["undone"])
                if "applied" in line:
                    applied[line.get("asked") or line["acknowledged"]] = line["applied"]
                elif "fault" in line:
                    self.claim(False, "reader", f"{name}: {line['fault']}")
                self.figures["looks of readers"] += line.get("looks", 0)
                self.figures["commits killed by their writer"] += line.get("slain", False)
        instants = {token: self.log.instant_of(token, writes) for token, writes in asked.items()}
        companions = collections.defaultdict(list)
        for token, instant in instants.items():
            companions[instant].append(token)
        for token, writes in asked.items():
            instant = instants[token]
            if instant is None:
                self.claim(token not in acknowledged, "lost", f"{token} was acknowledged and is in no change set")
                self.claim(token not in self.log.tokens, "torn", f"a part of {token} is in the log, its receipt is not")
                continue
            self.figures["writes checked"] += len(writes)
            together = [write for companion in companions[instant] for write in asked[companion]]
            for write in writes:
                self.write_stands(token, write, instant, [other for other in together if other is not write])
            places = self.log.tokens.get(token, set())
            self.claim(places == {instant}, "split", f"{token} is spread over {sorted(places)}")
            if token in applied:
                self.context_is_true(token, instant, applied[token])
        risen = undone & self.log.tokens.keys()
        self.claim(not risen, "undone", f"{sorted(risen)[:3]} were rolled back, and are there")
        strange = set(self.log.tokens) - set(asked)
        self.claim(not strange, "invented", f"nobody wrote {sorted(strange)[:3]}")
        self.figures["transactions acknowledged"] = len(acknowledged)
        self.figures["transactions cut in mid commit"] = len(set(asked) - acknowledged)
        self.figures["of these committed"] = sum(1 for token in set(asked) - acknowledged if instants[token])
        self.figures["transactions rolled back"] = len(undone)
        self.figures["instants of several change sets"] = sum(
            1 for instant in self.log.sizes.values() if instant > 1)

    def write_stands(self, token, write, instant, others):
        """A write is in the instant of its transaction, or another write of that very instant took its place.

        What is pending is sealed together, so whatever is gone from an instant was overwritten before it was sealed.
        """
        for key in cast.bulk_keys() if "bulk" in write else [write["key"]]:
            rivals = [
                other for other in others
                if other["type"] == write["type"] and (other.get("key") == key or "bulk" in other and "bulk" in write)]
            change = self.log.change(instant, write["type"], key)
            if write["op"] == "delete":
                # Created and deleted in one instant, or deleted and created again.
                stands = change is not None and change["op"] == "delete"
                self.claim(
                    stands or any(other["op"] == "insert" for other in rivals), "lost", f"{token}'s delete of {key}")
                continue
            for column, value in write["values"].items():
                shown = self.log.value(change, write["type"], column)
                rival_values = [other["values"].get(column) for other in rivals]
                stands = shown == value or (shown is not None and shown in rival_values)
                was_deleted = shown is None and any(other["op"] == "delete" for other in rivals)
                self.claim(stands or was_deleted, "lost", f"{token}'s {column} of {key}: its instant has {shown}")
                self.figures["overwritten before they were sealed"] += shown != value

    def context_is_true(self, token, instant, applied):
        """Its change set has seen what its writer's node had applied when it committed: neither less nor more."""
        origin = instant[0]
        others = {other: sequence for other, sequence in applied.items() if other != origin}
        seen = {other: sequence for other, sequence in self.log.contexts[instant].items() if other != origin}
        self.claim(seen == others, "context", f"{token}: its change set has seen {seen}, its node had applied {others}")
        self.figures["contexts checked"] += 1

    def decisions_stand(self):
        reasons = {
            entry.line["resolves"]["reason"]: entry.line["resolves"]["conflict"]
            for entry in self.log.entries if entry.line["resolves"]}
        open_now = {conflict["id"] for conflict in self.evidence.nodes[cast.MARKETS[0]].conflicts}
        for lines in self.evidence.ledgers.values():
            for line in lines:
                if "decided" in line:
                    conflict = line["decided"]
                    self.claim(
                        reasons.get(line["reason"]) == conflict, "decision", f"{line['reason']} of {conflict} is lost")
                    self.claim(conflict not in open_now, "decision", f"{conflict} is open again")
                    self.figures["conflicts settled, acknowledged"] += 1
        self.figures["conflicts settled, in the log"] = len(reasons)

    # Tables

    def tables_are_what_the_log_says(self):
        catalog = self.evidence.nodes[cast.MARKETS[0]].catalog
        units = {
            record_type["type"]: {unit["unit"]: (unit["merge"], unit["columns"]) for unit in record_type["units"]}
            for record_type in catalog["types"]}
        prefixes = {prefix: market for market, prefix in cast.PREFIX.items()}

        def home_of(record_type, key):
            return prefixes[key[0:2] if record_type == "agency" else key[4:6]]

        records = model.records(self.log.entries, units, home_of)
        self.figures["records"] = len(records)
        for (record_type, key), record in records.items():
            for entry, unit, hidden in record.unasked(units[record_type]):
                self.claim(False, "unasked", f"{entry} replaced {unit} of {key} by {hidden}, which it was not shown")
        expected = {
            (record_type, key, unit): conflict for (record_type, key), record in records.items()
            for unit, conflict in record.conflicts.items()}
        for market, node in self.evidence.nodes.items():
            for record_type in catalog["types"]:
                name, key_column = record_type["type"], record_type["key"]
                shown = {
                    key: record.shown for (type_name, key), record in records.items()
                    if type_name == name and record.is_shown}
                table = node.tables[name]
                self.claim(
                    set(table) == set(shown), "row", f"{market} {name}: {sorted(set(table) ^ set(shown))[:3]}")
                for key in set(table) & set(shown):
                    row = {column: value for column, value in table[key].items() if value is not None}
                    said = {column: value for column, value in shown[key].items() if value is not None}
                    self.claim(row == said | {key_column: key}, "row", f"{market} {key} shows {row}, the log says {said}")
            listed = {
                (conflict["type"], conflict["key"], conflict["unit"]): model.Conflict(
                    {side["id"]: side["value"] for side in conflict["siblings"]}, conflict["shown"], conflict["base"])
                for conflict in node.conflicts}
            for place in expected.keys() | listed.keys():
                self.claim(
                    expected.get(place) == listed.get(place), "conflict",
                    f"{market} {place}: {listed.get(place)}, the log says {expected.get(place)}")

    # Processes

    def commands_ended_well(self):
        for name, lines in self.evidence.ledgers.items():
            for line in lines:
                if "command" not in line:
                    continue
                if line["killed"]:
                    self.figures["commands killed"] += 1
                    continue
                self.figures["commands run"] += 1
                self.claim(
                    explains_exit(line["command"], line["exit"], line["error"]), "exit",
                    f"{name}: {line['arguments']} ended with {line['exit']}: {line['error']}")

    def daemons_said_nothing_strange(self):
        for market, node in self.evidence.nodes.items():
            for line in node.log:
                if " info yrdsync: " in line:
                    continue
                kind = next((kind for kind, pattern in enumerate(EXPLAINED) if re.search(pattern, line)), None)
                self.claim(kind is not None, "serve.log", f"{market}: {line}")
                self.figures["rounds that failed"] += kind is not None


def explains_exit(command, code, error):
    try:
        words = json.loads(error[0])["error"]["code"]
    except (IndexError, ValueError):
        words = None
    return (command, code) in EXITS or (command, code, words) in EXITS


class Log:
    """One node's log, by instants: a group of change sets is one."""

    def __init__(self, node):
        self.entries = node.entries
        self.unit_of = {
            (record_type["type"], column): unit["unit"]
            for record_type in node.catalog["types"] for unit in record_type["units"] for column in unit["columns"]}
        self.sizes = collections.Counter()
        #: What the first change set of an instant has seen; the others have seen the same and it.
        self.contexts = {}
        self.changes = {}
        #: Every token in a value, and the instants it stands in.
        self.tokens = {}
        first = {}
        for entry in node.entries:
            instant = first.pop(entry.origin, entry.dot)
            if entry.dot in node.goes_on:
                first[entry.origin] = instant
            self.sizes[instant] += 1
            self.contexts.setdefault(instant, entry.context)
            if entry.line["resolves"]:
                # It writes a value again that somebody wrote before.
                continue
            for change in entry.changes:
                self.changes[instant, change["type"], change["key"]] = change
                for values in change["units"].values():
                    for value in values.values():
                        if isinstance(value, str) and TOKEN.match(value):
                            self.tokens.setdefault(value, set()).add(instant)

    def change(self, instant, record_type, key):
        return self.changes.get((instant, record_type, key))

    def value(self, change, record_type, column):
        return change["units"].get(self.unit_of[record_type, column], {}).get(column) if change else None

    def instant_of(self, token, writes):
        """By its receipt: the new record that nobody else touches."""
        receipt = writes[0]
        for instant in self.tokens.get(token, ()):
            change = self.change(instant, receipt["type"], receipt["key"])
            if self.value(change, receipt["type"], "name") == token:
                return instant
        return None


def notices(falsification):
    return bool(Check(falsify.spoil(EVIDENCE, falsification)).run().violations)


EVIDENCE = Evidence(*sys.argv[1:])


def main():
    check = Check(EVIDENCE).run()
    # Forked, so that each has the evidence without reading it again.
    with futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        noticed = dict(zip(falsify.FALSIFICATIONS, pool.map(notices, falsify.FALSIFICATIONS)))
    check.figures["falsified evidence noticed"] = sum(noticed.values())
    print(json.dumps({
        "figures": check.figures, "violations": check.violations[:200], "violation_count": len(check.violations),
        "unnoticed": [falsification.__name__ for falsification in noticed if not noticed[falsification]]}))


main()
