"""The records that stand before the storm: seed.py REPLICA MARKET."""

import sqlite3
import sys

import cast

replica, market = sys.argv[1:]
connection = sqlite3.connect(replica, timeout=60, isolation_level=None)
agencies = [*cast.SHARED, *cast.MORTAL, *cast.PAIR.values()]
if market == cast.BULK_MARKET:
    agencies += cast.BULK
connection.execute("BEGIN IMMEDIATE")
connection.executemany(
    "INSERT INTO agency (agency_id, name) VALUES (?, 'before the storm')",
    [[cast.agency(market, number)] for number in agencies])
connection.executemany(
    "INSERT INTO contract (registration_no, project_name) VALUES (?, 'before the storm')",
    [[cast.contract(market, number)] for number in [*cast.SHARED, *cast.PAIR.values()]])
connection.execute("COMMIT")
