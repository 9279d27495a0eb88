#!/usr/bin/env python3
"""Makes a replica's state another than its change sets say, behind triggers and seals, as a fault of disk or software would.

    diverge.py REPLICA digest TYPE KEY    that record has another digest, and the state digest with it
    diverge.py REPLICA lose TYPE KEY      that record is gone, its state and the state digest with it
    diverge.py REPLICA sum BUCKET         the sum that is kept for a bucket (two hex digits) is wrong
"""
import hashlib, sqlite3, sys


def shift(db, bucket, by):
    """Adds to a bucket's sum, modulo 2^256."""
    row = db.execute("SELECT sum FROM yrd_digest WHERE bucket = ?", (bucket,)).fetchone()
    total = (int.from_bytes(row[0] if row else bytes(32), "big") + by) % (1 << 256)
    db.execute("INSERT OR REPLACE INTO yrd_digest (bucket, sum) VALUES (?, ?)", (bucket, total.to_bytes(32, "big")))


def digest_of(db, type, key):
    return db.execute("SELECT digest FROM yrd_record JOIN yrd_type ON id = type WHERE name = ? AND key = ?", (type, key)).fetchone()[0]


def number(digest):
    return int.from_bytes(digest, "big")


def bucket_of(type, key):
    return hashlib.sha256((type + key).encode()).digest()[0]


def forge(db, type, key):
    """Run twice, it undoes itself. Two records of a bucket are not made to differ by opposite amounts: their sum would stand."""
    digest = digest_of(db, type, key)
    forged = bytes(a ^ b for a, b in zip(digest, hashlib.sha256(key.encode()).digest()))
    db.execute("UPDATE yrd_record SET digest = ? WHERE key = ? AND type = (SELECT id FROM yrd_type WHERE name = ?)", (forged, key, type))
    shift(db, bucket_of(type, key), number(forged) - number(digest))


def lose(db, type, key):
    digest = digest_of(db, type, key)
    # The row too, uncaptured: the daemon's audit would take a row without state for an insert that escaped the triggers.
    column = db.execute("SELECT name FROM pragma_table_info(?) WHERE pk", (type,)).fetchone()[0]
    db.execute(f"DELETE FROM {type} WHERE {column} = ?", (key,))
    db.execute("DELETE FROM yrd_pending")
    db.execute("DELETE FROM yrd_record WHERE key = ? AND type = (SELECT id FROM yrd_type WHERE name = ?)", (key, type))
    shift(db, bucket_of(type, key), -number(digest))


if __name__ == "__main__":
    with sqlite3.connect(sys.argv[1], timeout=15) as replica:
        {"digest": forge, "lose": lose, "sum": lambda db, bucket: shift(db, int(bucket, 16), 1)}[sys.argv[2]](replica, *sys.argv[3:])
