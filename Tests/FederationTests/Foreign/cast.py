"""The records of the storm, by name, so that writers, readers and the check speak of the same ones.

Every market is the home of its own shared records (any market edits them: conflicts), mortal ones (their home deletes
and creates them again: conflicts of existence), pairs (one writer alone writes both rows, in one transaction) and
receipts (one new record a transaction, which nobody touches again: it tells in which change set the transaction went).
"""

PREFIX = {"shanghai": "31", "jiangsu": "32", "zhejiang": "33", "anhui": "34"}
MARKETS = list(PREFIX)
CLIENTS = ["python", "shell"]

SHARED = range(1, 13)
MORTAL = range(101, 103)
PAIR = {"python": 201, "shell": 202}
RECEIPT = {"python": 300_000, "shell": 500_000, "admin": 700_000}

# One statement of Shanghai's changes all of these at once: more than 4,096 changes, so a group of two change sets.
BULK_MARKET = "shanghai"
BULK = range(900_000, 904_200)
BULK_GLOB = "31-TTA-90????"


def agency(market, number):
    return f"{PREFIX[market]}-TTA-{number:06d}"


def contract(market, number):
    return f"2023{PREFIX[market]}0115{number:06d}"


def bulk_keys():
    return [agency(BULK_MARKET, number) for number in BULK]


def serial(token):
    """The number in `market-client-number`: it only rises within one client."""
    return int(token.rsplit("-", 1)[1])
