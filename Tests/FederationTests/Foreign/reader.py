"""Looks at one replica all the while, as any client may, and never sees half of anything: reader.py REPLICA LEDGER.

Each look is one snapshot. SIGTERM ends it.
"""

import sqlite3
import sys
import time

import cast
import lifetime
from ledger import Ledger


def faults(connection, highest):
    """What one snapshot shows that it never should."""
    for market in cast.MARKETS:
        for client in cast.CLIENTS:
            pair = cast.PAIR[client]
            row = connection.execute(
                "SELECT agency.remark, contract.remark FROM agency, contract "
                "WHERE agency_id = ? AND registration_no = ?",
                [cast.agency(market, pair), cast.contract(market, pair)]).fetchone()
            if row is None or row[0] != row[1]:
                yield f"half a transaction: the pair of {market} {client} shows {row}"
            elif row[0] is not None:
                number = cast.serial(row[0])
                receipt = connection.execute(
                    "SELECT name FROM agency WHERE agency_id = ?",
                    [cast.agency(market, cast.RECEIPT[client] + number)]).fetchone()
                if receipt != (row[0],):
                    yield f"half a transaction: the pair of {market} {client} shows {row[0]}, its receipt {receipt}"
                if number < highest.get((market, client), 0):
                    yield f"back in time: the pair of {market} {client} shows {number} after {highest[market, client]}"
                highest[market, client] = number
    bulk = connection.execute(
        f"SELECT count(DISTINCT ifnull(filing_no, '')) FROM agency WHERE agency_id GLOB '{cast.BULK_GLOB}'").fetchone()
    if bulk[0] > 1:
        yield f"half a group: its records show {bulk[0]} values"
    torn = connection.execute(
        "SELECT count(*) FROM agency WHERE contact_person IS NOT contact_phone").fetchone()
    if torn[0]:
        yield f"half a unit: {torn[0]} agencies show contact columns of two writers"
    # The flag "the next one belongs to the same instant" (DESIGN.md section 7) on a last entry is half a group.
    open_groups = connection.execute(
        "SELECT count(*) FROM (SELECT max(sequence), header FROM yrd_entry GROUP BY lane) "
        "WHERE substr(header, 10, 1) = x'01'").fetchone()
    if open_groups[0]:
        yield "half a group: the log ends inside of one"


def main():
    replica, ledger_path = sys.argv[1:]
    goes_on = lifetime.goes_on()
    ledger = Ledger(ledger_path)
    highest = {}
    connection = None
    looks = 0
    while goes_on():
        if looks % 50 == 0:
            if connection:
                connection.close()
            connection = sqlite3.connect(replica, timeout=60, isolation_level=None)
        connection.execute("BEGIN")
        for fault in faults(connection, highest):
            ledger.write(fault=fault)
        connection.execute("COMMIT")
        looks += 1
        time.sleep(0.1)
    ledger.write(looks=looks)


main()
