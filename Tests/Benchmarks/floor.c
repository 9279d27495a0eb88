/* The floor: what the system's SQLite itself needs for the same rows, with the same durability.
 *
 *   floor insert FROM TO TABLE     every row of FROM's table into TO's, prepared, 1,000 a transaction
 *   floor update DB TABLE COLUMN   one column of every row, by key, 1,000 a transaction
 *   floor pair A B TABLE N         N one-row commits in A, each followed by the same in B; prints µs of each
 *
 * The target table exists; WAL and synchronous=FULL, as a node has them. Triggers fire if the target has any. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int rows_per_transaction = 1000;

static void check(sqlite3 *db, int code) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    fprintf(stderr, "floor: %s\n", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    exit(1);
}

static sqlite3 *opened(const char *path) {
    sqlite3 *db;
    check(NULL, sqlite3_open(path, &db));
    sqlite3_busy_timeout(db, 15000);
    check(db, sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536", 0, 0, 0));
    return db;
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static void run(sqlite3 *db, const char *sql) { check(db, sqlite3_exec(db, sql, 0, 0, 0)); }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static sqlite3_stmt *inserting(sqlite3 *db, const char *table, sqlite3_stmt *read) {
    int columns = sqlite3_column_count(read);
    sqlite3_str *sql = sqlite3_str_new(db);
    sqlite3_str_appendf(sql, "INSERT INTO \"%w\" (", table);
    for (int i = 0; i < columns; i++)
        sqlite3_str_appendf(sql, "%s\"%w\"", i ? ", " : "", sqlite3_column_name(read, i));
    sqlite3_str_appendall(sql, ") VALUES (");
    for (int i = 0; i < columns; i++) sqlite3_str_appendall(sql, i ? ", ?" : "?");
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    sqlite3_stmt *statement = prepared(db, text);
    sqlite3_free(text);
    return statement;
}

static void bind_row(sqlite3_stmt *write, sqlite3_stmt *read) {
    for (int i = 0; i < sqlite3_column_count(read); i++) {
        switch (sqlite3_column_type(read, i)) {
        case SQLITE_INTEGER: sqlite3_bind_int64(write, i + 1, sqlite3_column_int64(read, i)); break;
        case SQLITE_NULL: sqlite3_bind_null(write, i + 1); break;
        default:
            sqlite3_bind_text(
                write, i + 1, (const char *)sqlite3_column_text(read, i), sqlite3_column_bytes(read, i), SQLITE_STATIC);
        }
    }
}

static int insert(const char *from, const char *to, const char *table) {
    sqlite3 *source = opened(from), *target = opened(to);
    char *query = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    sqlite3_stmt *read = prepared(source, query);
    sqlite3_stmt *write = inserting(target, table, read);
    long rows = 0;
    run(target, "BEGIN IMMEDIATE");
    while (sqlite3_step(read) == SQLITE_ROW) {
        bind_row(write, read);
        check(target, sqlite3_step(write));
        sqlite3_reset(write);
        if (++rows % rows_per_transaction == 0) run(target, "COMMIT; BEGIN IMMEDIATE");
    }
    run(target, "COMMIT");
    printf("%ld\n", rows);
    return 0;
}

static int update(const char *path, const char *table, const char *column) {
    sqlite3 *db = opened(path), *reader = opened(path);
    char *keys = sqlite3_mprintf("SELECT name FROM pragma_table_info('%q') WHERE pk = 1", table);
    sqlite3_stmt *key = prepared(db, keys);
    if (sqlite3_step(key) != SQLITE_ROW) return 1;
    char *query = sqlite3_mprintf("SELECT \"%w\" FROM \"%w\"", sqlite3_column_text(key, 0), table);
    char *change = sqlite3_mprintf(
        "UPDATE \"%w\" SET \"%w\" = ?2 WHERE \"%w\" = ?1", table, column, sqlite3_column_text(key, 0));
    sqlite3_finalize(key);
    sqlite3_stmt *read = prepared(reader, query), *write = prepared(db, change);
    long rows = 0;
    char text[32];
    run(db, "BEGIN IMMEDIATE");
    while (sqlite3_step(read) == SQLITE_ROW) {
        sqlite3_bind_text(
            write, 1, (const char *)sqlite3_column_text(read, 0), sqlite3_column_bytes(read, 0), SQLITE_STATIC);
        int length = snprintf(text, sizeof text, "note %ld", rows);
        sqlite3_bind_text(write, 2, text, length, SQLITE_STATIC);
        check(db, sqlite3_step(write));
        sqlite3_reset(write);
        if (++rows % rows_per_transaction == 0) run(db, "COMMIT; BEGIN IMMEDIATE");
    }
    run(db, "COMMIT");
    printf("%ld\n", rows);
    return 0;
}

static int pair(const char *a, const char *b, const char *table, long count) {
    sqlite3 *nodes[2] = {opened(a), opened(b)};
    for (long i = 0; i < count; i++) {
        double start = now();
        for (int n = 0; n < 2; n++) {
            char *sql = sqlite3_mprintf(
                "BEGIN IMMEDIATE; UPDATE \"%w\" SET remark = 'p%ld' WHERE rowid = %ld; COMMIT", table, i, i + 1);
            run(nodes[n], sql);
            sqlite3_free(sql);
        }
        printf("%.1f\n", (now() - start) * 1e6);
    }
    return 0;
}

int main(int count, char **words) {
    if (count == 5 && !strcmp(words[1], "insert")) return insert(words[2], words[3], words[4]);
    if (count == 5 && !strcmp(words[1], "update")) return update(words[2], words[3], words[4]);
    if (count == 6 && !strcmp(words[1], "pair")) return pair(words[2], words[3], words[4], atol(words[5]));
    fprintf(stderr, "usage: floor insert FROM TO TABLE | update DB TABLE COLUMN | pair A B TABLE N\n");
    return 2;
}
