// Our own tables, `yrd_*`: numbered migrations, append-only. A released migration is never edited.

import GRDB

enum ReplicaMigrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v001_replica") { db in
            for table in v001 { try db.execute(sql: table) }
        }
        migrator.registerMigration("v002_branches") { db in
            for statement in v002 { try db.execute(sql: statement) }
        }
        migrator.registerMigration("v003_keys") { db in
            try db.execute(sql: rotations)
            // The serial of our own descriptor that the peer is known to hold.
            try db.execute(sql: "ALTER TABLE yrd_peer ADD COLUMN known_serial INTEGER NOT NULL DEFAULT 0")
        }
        // The adopted trust roots, each version once.
        migrator.registerMigration("v004_roots") { db in
            try db.execute(
                sql: """
                    CREATE TABLE yrd_root (
                        version INTEGER PRIMARY KEY,
                        document BLOB NOT NULL,
                        adopted_at INTEGER NOT NULL
                    ) STRICT
                    """)
        }
        // Forks that a person has looked into. With one branch more the alarm is raised again.
        migrator.registerMigration("v005_settled_forks") { db in
            try db.execute(
                sql: """
                    CREATE TABLE yrd_settled_fork (
                        market TEXT NOT NULL,
                        incarnation BLOB NOT NULL,
                        branches INTEGER NOT NULL,
                        reason TEXT NOT NULL,
                        author TEXT,
                        settled_at INTEGER NOT NULL,
                        PRIMARY KEY (market, incarnation)
                    ) STRICT, WITHOUT ROWID
                    """)
        }
        // Where the adopted trust root ends incarnations: their last entries; number 0 where nothing of one counts. And what
        // this replica itself had sealed in an incarnation of ours when it went on in the next one.
        migrator.registerMigration("v006_closures") { db in
            try db.execute(
                sql: """
                    CREATE TABLE yrd_own_incarnation (
                        incarnation BLOB NOT NULL PRIMARY KEY,
                        sequence INTEGER NOT NULL,
                        id BLOB NOT NULL
                    ) STRICT, WITHOUT ROWID
                    """)
            try db.execute(
                sql: """
                    CREATE TABLE yrd_closure (
                        market TEXT NOT NULL,
                        incarnation BLOB NOT NULL,
                        sequence INTEGER NOT NULL,
                        id BLOB NOT NULL,
                        PRIMARY KEY (market, incarnation, sequence, id)
                    ) STRICT, WITHOUT ROWID
                    """)
        }
        // Descriptors that do not stand, and name keys under which entries were applied.
        migrator.registerMigration("v007_former_descriptors") { db in
            try db.execute(
                sql: """
                    CREATE TABLE yrd_former_descriptor (
                        number INTEGER PRIMARY KEY,
                        market TEXT NOT NULL,
                        document BLOB NOT NULL UNIQUE
                    ) STRICT
                    """)
        }
        return migrator
    }

    private static let v002 = [
        // Which entry waits: where an origin has branches, its number alone does not say.
        "ALTER TABLE yrd_waiting ADD COLUMN id BLOB",
        // Branches over the limit that authentic entries of other markets name: those must be taken all the same.
        """
        CREATE TABLE yrd_named_branch (
            market TEXT NOT NULL,
            incarnation BLOB NOT NULL,
            sequence INTEGER NOT NULL,
            id_prefix BLOB NOT NULL,
            PRIMARY KEY (market, incarnation, sequence, id_prefix)
        ) STRICT, WITHOUT ROWID
        """,
    ]

    /// Where an origin's signing key changed (note 7): an index of the log, by which entries after a rotation are verified.
    private static let rotations = """
        CREATE TABLE yrd_rotation (
            market TEXT NOT NULL,
            incarnation BLOB NOT NULL,
            sequence INTEGER NOT NULL,
            id BLOB NOT NULL,
            old_key BLOB NOT NULL,
            suite INTEGER NOT NULL,
            spki BLOB NOT NULL,
            PRIMARY KEY (market, incarnation, sequence, id)
        ) STRICT, WITHOUT ROWID
        """

    private static let v001 = [
        // Who this replica is and where its counters stand: federation, market, incarnation, catalog_version,
        // clock, statement_counter, schema_version.
        """
        CREATE TABLE yrd_meta (
            name TEXT NOT NULL PRIMARY KEY,
            value ANY
        ) STRICT, WITHOUT ROWID
        """,
        // The catalog's files as they stood when the synced tables were made: a replica explains itself.
        """
        CREATE TABLE yrd_catalog (
            path TEXT NOT NULL PRIMARY KEY,
            content BLOB NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        // The code lists, for views and for every program that reads the replica.
        """
        CREATE TABLE yrd_code (
            list TEXT NOT NULL,
            code TEXT NOT NULL,
            zh TEXT NOT NULL,
            en TEXT NOT NULL,
            parent TEXT,
            PRIMARY KEY (list, code)
        ) STRICT, WITHOUT ROWID
        """,
        // Record types by a small number, so that a row of yrd_record does not repeat their names.
        """
        CREATE TABLE yrd_type (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        // One lane for each unforked run of one origin's entries. A branch is a lane whose parent is the lane it left,
        // after fork_sequence. context is that of the head, below which the next one must not fall.
        """
        CREATE TABLE yrd_origin (
            lane INTEGER PRIMARY KEY,
            market TEXT NOT NULL,
            incarnation BLOB NOT NULL,
            parent_lane INTEGER,
            fork_sequence INTEGER NOT NULL DEFAULT 0,
            head_sequence INTEGER NOT NULL,
            head_id BLOB NOT NULL,
            context BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX yrd_origin_by_incarnation ON yrd_origin (market, incarnation)",
        // The log, in this replica's order of application. payload is the zstd frame of (u32 length ‖ context ‖ ops):
        // the exact signed bytes come back from header, signatures and payload. fault is the reason of a faulty entry.
        """
        CREATE TABLE yrd_entry (
            number INTEGER PRIMARY KEY,
            lane INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            id BLOB NOT NULL,
            time INTEGER NOT NULL,
            changes INTEGER NOT NULL,
            header BLOB NOT NULL,
            signatures BLOB NOT NULL,
            payload BLOB NOT NULL,
            fault TEXT
        ) STRICT
        """,
        "CREATE UNIQUE INDEX yrd_entry_by_dot ON yrd_entry (lane, sequence)",
        // What stands behind each record. entry: the last one that took effect. state: NULL while every sibling is the
        // creating entry's and its values are the row's; else RecordStateCoding. digest: of the record's last sealed
        // state, by which an uncaptured write is found. history: the numbers of all entries that touched it, NULL if
        // that is the one in entry.
        """
        CREATE TABLE yrd_record (
            type INTEGER NOT NULL,
            key TEXT NOT NULL,
            entry INTEGER NOT NULL,
            digest BLOB NOT NULL,
            state BLOB,
            history BLOB,
            PRIMARY KEY (type, key)
        ) STRICT, WITHOUT ROWID
        """,
        // The 256 sums of the state digest.
        """
        CREATE TABLE yrd_digest (
            bucket INTEGER PRIMARY KEY,
            sum BLOB NOT NULL
        ) STRICT
        """,
        // Captured writes that are not sealed yet: one row a statement and record. op: 1 insert, 2 update, 3 delete,
        // 4 a row that REPLACE may have evicted. mask: bit u for unit u.
        """
        CREATE TABLE yrd_pending (
            id INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            key TEXT NOT NULL,
            op INTEGER NOT NULL,
            mask INTEGER NOT NULL
        ) STRICT
        """,
        // Captured writes that cannot be sealed as they are, each with its reason; retried at every seal.
        """
        CREATE TABLE yrd_unsealed (
            type INTEGER NOT NULL,
            key TEXT NOT NULL,
            code TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (type, key)
        ) STRICT, WITHOUT ROWID
        """,
        // Conflicts this replica has seen. Open ones (closed_by IS NULL) are a function of the applied entries and
        // equal everywhere; closed ones are this replica's memory.
        """
        CREATE TABLE yrd_conflict (
            id BLOB NOT NULL PRIMARY KEY,
            type INTEGER NOT NULL,
            key TEXT NOT NULL,
            unit INTEGER NOT NULL,
            opened INTEGER NOT NULL,
            closed_by INTEGER
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX yrd_conflict_open ON yrd_conflict (type, key) WHERE closed_by IS NULL",
        // Units with so many siblings that plain writes to them are refused: resolve first.
        """
        CREATE TABLE yrd_crowded (
            type INTEGER NOT NULL,
            key TEXT NOT NULL,
            mask INTEGER NOT NULL,
            PRIMARY KEY (type, key)
        ) STRICT, WITHOUT ROWID
        """,
        // Entries and changes without effect, and why. place: type, key and unit of a forbidden change.
        """
        CREATE TABLE yrd_quarantine (
            number INTEGER PRIMARY KEY,
            origin TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            id BLOB NOT NULL,
            class TEXT NOT NULL,
            code TEXT NOT NULL,
            type TEXT,
            key TEXT,
            unit INTEGER,
            peer TEXT,
            first_seen INTEGER NOT NULL,
            evidence BLOB
        ) STRICT
        """,
        "CREATE INDEX yrd_quarantine_by_entry ON yrd_quarantine (id)",
        // Origins whose next entry lacks something, and what.
        """
        CREATE TABLE yrd_waiting (
            origin TEXT NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL,
            needs TEXT NOT NULL,
            is_held INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        // What was found wrong and set right or left for a person: uncaptured writes, altered triggers, rollbacks.
        """
        CREATE TABLE yrd_finding (
            number INTEGER PRIMARY KEY,
            code TEXT NOT NULL,
            type TEXT,
            key TEXT,
            origin TEXT,
            sequence INTEGER,
            detail TEXT NOT NULL,
            found_at INTEGER NOT NULL
        ) STRICT
        """,
        // Values and changes of types and units that the catalog does not know yet.
        """
        CREATE TABLE yrd_parked (
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            unit INTEGER NOT NULL,
            entry INTEGER NOT NULL,
            PRIMARY KEY (type, key, unit, entry)
        ) STRICT, WITHOUT ROWID
        """,
        // How each peer stands.
        """
        CREATE TABLE yrd_peer (
            market TEXT NOT NULL PRIMARY KEY,
            last_attempt INTEGER,
            last_success INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            next_attempt INTEGER,
            error_class TEXT,
            error_code TEXT,
            error_detail TEXT,
            frontier BLOB,
            agrees INTEGER,
            certificate_expires INTEGER
        ) STRICT, WITHOUT ROWID
        """,
        // The last receipt of each signer's incarnation, kept only if its counter rises.
        """
        CREATE TABLE yrd_receipt (
            market TEXT NOT NULL,
            incarnation BLOB NOT NULL,
            counter INTEGER NOT NULL,
            body BLOB NOT NULL,
            signatures BLOB NOT NULL,
            taken_at INTEGER NOT NULL,
            PRIMARY KEY (market, incarnation)
        ) STRICT, WITHOUT ROWID
        """,
        // Every descriptor this node has heard of. state: introduced, trusted or distrusted. A distrusted member's
        // entries still count: trust ends the connection, not the history.
        """
        CREATE TABLE yrd_member (
            market TEXT NOT NULL PRIMARY KEY,
            state TEXT NOT NULL,
            serial INTEGER NOT NULL,
            document BLOB NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        // What each source file last said of each record, so that an import writes only what the source changed.
        """
        CREATE TABLE yrd_import (
            source TEXT NOT NULL,
            type TEXT NOT NULL,
            key TEXT NOT NULL,
            image BLOB NOT NULL,
            PRIMARY KEY (source, type, key)
        ) STRICT, WITHOUT ROWID
        """,
    ]
}
