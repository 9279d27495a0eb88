"""A foreign client that commits all the while: writer.py REPLICA MARKET python|shell LEDGER SEED.

It writes what the registry's own programs might: with Python's sqlite3 module, or through the sqlite3 shell. Every
transaction carries a token of its own; its intention is in the ledger before COMMIT is sent, its acknowledgement after
COMMIT returned. Between the two it is ambiguous. It is meant to be killed, and kills one in ten of its own commits in the
middle; SIGTERM ends it after the transaction.
"""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import cast
import lifetime
from ledger import Ledger

WAIT_SECONDS = 60

#: What this node has applied of every origin, asked inside of the transaction, which holds the write lock until it ends.
APPLIED = "SELECT market || '.' || lower(hex(incarnation)), max(head_sequence) FROM yrd_origin GROUP BY 1"


class Transaction:
    """SQL statements, each with what it means to write."""

    def __init__(self, market, client, number):
        self.token = f"{market}-{client}-{number}"
        self.steps = []
        #: Called when it is about to be committed.
        self.ripens = lambda: None
        self.insert(cast.agency(market, cast.RECEIPT[client] + number))

    def insert(self, key):
        """Nothing, where the agency is already."""
        self.add(
            f"INSERT INTO agency (agency_id, name) SELECT '{key}', '{self.token}' "
            f"WHERE NOT EXISTS (SELECT 1 FROM agency WHERE agency_id = '{key}')",
            type="agency", key=key, op="insert", values={"name": self.token})

    def update(self, record_type, key, **values):
        key_column = {"agency": "agency_id", "contract": "registration_no"}[record_type]
        assignments = ", ".join(
            f"{column} = " + (str(value) if isinstance(value, int) else f"'{value}'")
            for column, value in values.items())
        self.add(
            f"UPDATE {record_type} SET {assignments} WHERE {key_column} = '{key}'",
            type=record_type, key=key, op="update", values=values)

    def delete(self, key):
        self.add(f"DELETE FROM agency WHERE agency_id = '{key}'", type="agency", key=key, op="delete", values={})

    def update_bulk(self):
        self.add(
            f"UPDATE agency SET filing_no = '{self.token}' WHERE agency_id GLOB '{cast.BULK_GLOB}'",
            type="agency", bulk=len(cast.BULK), op="update", values={"filing_no": self.token})

    def add(self, sql, **write):
        self.steps.append((sql, write))


def compose(market, client, number, chance):
    transaction = Transaction(market, client, number)
    token = transaction.token
    pair = cast.PAIR[client]
    if market == cast.BULK_MARKET and client == "python" and number % 30 == 0:
        transaction.update_bulk()
    for _ in range(chance.randint(1, 3)):
        what = chance.random()
        home = chance.choice(cast.MARKETS)
        agency = cast.agency(home, chance.choice(cast.SHARED))
        if what < 0.30:
            transaction.update("agency", cast.agency(market, pair), remark=token)
            transaction.update("contract", cast.contract(market, pair), remark=token)
        elif what < 0.45:
            transaction.update("agency", agency, website=token)
        elif what < 0.55:
            transaction.update("agency", agency, contact_person=token, contact_phone=token)
        elif what < 0.65:
            # Sees a unit of policy `latest`.
            unique = (cast.MARKETS.index(market) * 10 + cast.CLIENTS.index(client)) * 10_000_000 + number
            transaction.update("agency", agency, brokers=unique)
        elif what < 0.75:
            transaction.update("contract", cast.contract(home, chance.choice(cast.SHARED)), buyer_name=token)
        elif what < 0.80:
            transaction.update("agency", agency, remark=token)
        elif client == "python":
            # What these hit depends on what is there, and only this client learns how many rows it hit.
            if what < 0.90:
                transaction.update("agency", cast.agency(home, chance.choice(cast.MORTAL)), website=token)
            elif what < 0.96:
                transaction.insert(cast.agency(market, chance.choice(cast.MORTAL)))
            else:
                transaction.delete(cast.agency(market, chance.choice(cast.MORTAL)))
    return transaction


def commit_by_module(replica, transaction, ledger, chance):
    token = transaction.token
    connection = sqlite3.connect(replica, timeout=WAIT_SECONDS, isolation_level=None)
    # Closing rolls back what is not committed.
    with contextlib.closing(connection):
        try:
            written = execute(connection, transaction, chance)
            applied = dict(connection.execute(APPLIED).fetchall())
        except sqlite3.Error as error:
            ledger.write(undone=token, why=str(error))
            return
        if chance.random() < 0.1:
            ledger.write(undone=token, why="on purpose")
            return
        ledger.write(asked=token, writes=written, applied=applied)
        transaction.ripens()
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            ledger.write(unknown=token, why=str(error))
        else:
            ledger.write(acknowledged=token)


def execute(connection, transaction, chance):
    """Returns the writes that hit something. Sometimes slow, so that kills fall into it."""
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    written = []
    for sql, write in transaction.steps:
        rows = connection.execute(sql).rowcount
        if rows != 0:
            assert rows == write.get("bulk", 1), f"{sql} wrote {rows} rows"
            written.append(write)
        if chance.random() < 0.2:
            time.sleep(chance.random() * 0.05)
    return written


def commit_by_shell(replica, transaction, ledger, chance):
    ledger.write(asked=transaction.token, writes=[write for _, write in transaction.steps])
    transaction.ripens()
    statements = [
        "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE", *(sql for sql, _ in transaction.steps), APPLIED, "COMMIT"]
    shell = subprocess.run(
        ["sqlite3", "-bail", "-cmd", f".timeout {WAIT_SECONDS * 1000}", replica], text=True,
        input="".join(sql + ";\n" for sql in statements), capture_output=True)
    if shell.returncode == 0:
        # One row a line: `market.incarnation|sequence`.
        rows = [line.split("|") for line in shell.stdout.splitlines() if "|" in line]
        ledger.write(acknowledged=transaction.token, applied={origin: int(sequence) for origin, sequence in rows})
    else:
        ledger.write(unknown=transaction.token, why=shell.stderr.strip())


#: How long a commit takes, about twice: half of the blows fall after it. The shell must start first.
COMMIT_SECONDS = {"python": 0.016, "shell": 0.06}


def slain(replica, transaction, ledger, chance, commit, seconds):
    """Commits in a process of its own that is killed (-9) close to its COMMIT, before or after."""
    ripe, ripen = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgrp()
        transaction.ripens = lambda: os.write(ripen, b"!")
        commit(replica, transaction, ledger, chance)
        os._exit(0)
    os.close(ripen)
    # Ends also with the child, if that never gets so far.
    os.read(ripe, 1)
    os.close(ripe)
    time.sleep(chance.random() * seconds)
    # A shell that the child waits for dies with it.
    os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    ledger.write(slain=os.WIFSIGNALED(status))


def main():
    replica, market, client, ledger_path, seed = sys.argv[1:]
    goes_on = lifetime.goes_on()
    ledger = Ledger(ledger_path)
    chance = random.Random(f"{seed} {market} {client} {ledger.runs}")
    commit = {"python": commit_by_module, "shell": commit_by_shell}[client]
    number = ledger.number
    while goes_on():
        number += 1
        # Taken for good: whoever is killed now may leave a child that goes on for a while.
        ledger.write(number=number)
        transaction = compose(market, client, number, chance)
        if chance.random() < 0.1:
            slain(replica, transaction, ledger, chance, commit, COMMIT_SECONDS[client])
        else:
            commit(replica, transaction, ledger, chance)
        time.sleep(chance.random() * 0.15)


main()
