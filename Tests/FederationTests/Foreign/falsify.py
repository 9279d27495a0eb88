"""Falsified evidence: each of these the check must notice, or its silence is worth nothing.

Each takes true evidence and spoils one thing in a copy.
"""

import copy

import cast


def spoil(evidence, falsify):
    falsified = copy.copy(evidence)
    falsified.nodes = {market: copy.copy(node) for market, node in evidence.nodes.items()}
    falsified.ledgers = {name: list(lines) for name, lines in evidence.ledgers.items()}
    falsify(falsified)
    return falsified


def a_commit_that_was_acknowledged_and_is_nowhere(evidence):
    key = cast.agency("anhui", 399_999)
    write = {"type": "agency", "key": key, "op": "insert", "values": {"name": "anhui-python-99999"}}
    evidence.ledgers["anhui-python"] += [
        {"asked": "anhui-python-99999", "writes": [write]}, {"acknowledged": "anhui-python-99999"}]


def a_write_of_a_commit_that_is_nowhere(evidence):
    """Its receipt is there, its second row is not."""
    lines = evidence.ledgers["anhui-python"]
    index = next(i for i in reversed(range(len(lines))) if "acknowledged" in lines[i])
    token = lines[index]["acknowledged"]
    index = next(i for i in range(len(lines)) if lines[i].get("asked") == token)
    write = {"type": "agency", "key": cast.agency("anhui", 1), "op": "update", "values": {"filing_no": token}}
    lines[index] = {**lines[index], "writes": [*lines[index]["writes"], write]}


def a_transaction_in_two_instants(evidence):
    """On every node, one row of a pair moves into the next change set of its origin."""
    pairs = {cast.contract(market, pair) for market in cast.MARKETS for pair in cast.PAIR.values()}
    for node in evidence.nodes.values():
        node.entries = [copy.copy(entry) for entry in node.entries]
        before, after, change = next(
            (before, after, change)
            for origin in evidence.founding.values()
            for own in [[entry for entry in node.entries if entry.origin == origin]]
            for before, after in zip(own, own[1:])
            for change in before.changes
            if change["key"] in pairs and "remark" in change["units"]
            and all(change["key"] != other["key"] for other in after.changes))
        before.changes = [one for one in before.changes if one is not change]
        after.changes = [*after.changes, change]


def a_change_set_that_one_node_lacks(evidence):
    node = evidence.nodes["jiangsu"]
    node.entries = node.entries[:-1]


def a_change_set_with_another_id_on_one_node(evidence):
    node = evidence.nodes["jiangsu"]
    last = copy.copy(node.entries[-1])
    last.id = "00" * 32
    node.entries = [*node.entries[:-1], last]


def a_transaction_that_was_rolled_back_and_is_there(evidence):
    lines = evidence.ledgers["anhui-python"]
    token = next(line["acknowledged"] for line in lines if "acknowledged" in line)
    lines.append({"undone": token})


def a_value_that_every_table_has_lost(evidence):
    """The same on all four, as a wrong merge would have it: only the log knows."""
    key = cast.agency("zhejiang", 1)
    for node in evidence.nodes.values():
        agencies = dict(node.tables["agency"])
        agencies[key] = {**agencies[key], "website": "zhejiang-python-1"}
        node.tables = {**node.tables, "agency": agencies}


def a_row_that_every_table_has_lost(evidence):
    for node in evidence.nodes.values():
        agencies = dict(node.tables["agency"])
        del agencies[cast.agency("zhejiang", 1)]
        node.tables = {**node.tables, "agency": agencies}


def a_hidden_value_that_no_conflict_lists(evidence):
    """A lost update on all four: the log has two concurrent values, nobody is told of the second."""
    for node in evidence.nodes.values():
        entries = [copy.copy(entry) for entry in node.entries]
        # The last edit of a website by its home, as if it had not seen the edit before.
        edits = [
            entry for entry in entries for change in entry.changes
            if change["key"] == cast.agency("zhejiang", 1) and "website" in change["units"]]
        edits[-1].context = {}
        node.entries = entries


def a_change_set_that_has_seen_what_its_author_was_not_shown(evidence):
    """The write of a client, sealed as if with what its node applied just after: it would replace that unasked."""
    lines = evidence.ledgers["anhui-python"]
    tokens = {line["acknowledged"] for line in lines if "acknowledged" in line}
    index = next(
        index for index in reversed(range(len(lines)))
        if lines[index].get("asked") in tokens and any(not one.startswith("anhui.") for one in lines[index]["applied"]))
    other = next(one for one in lines[index]["applied"] if not one.startswith("anhui."))
    before = {**lines[index]["applied"], other: lines[index]["applied"][other] - 1}
    lines[index] = {**lines[index], "applied": before}


def a_decision_that_was_acknowledged_and_is_nowhere(evidence):
    evidence.ledgers["anhui-admin"].append({"decided": "00" * 32, "reason": "anhui-reason-99999"})


def a_new_incarnation(evidence):
    evidence.founding = {**evidence.founding, "anhui": "anhui." + "00" * 16}


def half_a_group(evidence):
    """The bulk's change sets, as if each were an instant of its own."""
    for node in evidence.nodes.values():
        node.goes_on = set()


def a_trap_in_a_daemon(evidence):
    node = evidence.nodes["shanghai"]
    node.log = [*node.log, "SyncCore/RecordState.swift:1: Fatal error: Index out of range"]


def a_crashed_command(evidence):
    evidence.ledgers["anhui-admin"].append(
        {"command": "status", "arguments": ["status"], "killed": False, "exit": -5, "error": []})


FALSIFICATIONS = [
    a_commit_that_was_acknowledged_and_is_nowhere,
    a_write_of_a_commit_that_is_nowhere,
    a_transaction_in_two_instants,
    a_change_set_that_one_node_lacks,
    a_change_set_with_another_id_on_one_node,
    a_transaction_that_was_rolled_back_and_is_there,
    a_value_that_every_table_has_lost,
    a_row_that_every_table_has_lost,
    a_hidden_value_that_no_conflict_lists,
    a_change_set_that_has_seen_what_its_author_was_not_shown,
    a_decision_that_was_acknowledged_and_is_nowhere,
    a_new_incarnation,
    half_a_group,
    a_trap_in_a_daemon,
    a_crashed_command,
]
