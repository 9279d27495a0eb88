#pragma once
#include <sqlite3.h>

/// Variadic in C, so invisible to Swift: turns triggers on this connection on or off.
static inline int csqlite_enable_triggers(sqlite3 *db, int on) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, (int *)0);
}

/// Variadic too: before SQLite is first used, ends its own counting of allocations, for which every one takes a mutex.
static inline int csqlite_count_no_allocations(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// SQLITE_TRANSIENT is a cast macro, which Swift does not import: binds a copy of the bytes.
static inline int csqlite_bind_text(sqlite3_stmt *s, int i, const unsigned char *text, int length) {
    return sqlite3_bind_text(s, i, text ? (const char *)text : "", length, SQLITE_TRANSIENT);
}
static inline int csqlite_bind_blob(sqlite3_stmt *s, int i, const void *bytes, int length) {
    return length == 0 ? sqlite3_bind_zeroblob(s, i, 0) : sqlite3_bind_blob(s, i, bytes, length, SQLITE_TRANSIENT);
}
static inline void csqlite_result_text(sqlite3_context *c, const void *text, int length) {
    sqlite3_result_text(c, text ? (const char *)text : "", length, SQLITE_TRANSIENT);
}
static inline void csqlite_result_blob(sqlite3_context *c, const void *bytes, int length) {
    sqlite3_result_blob(c, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}
