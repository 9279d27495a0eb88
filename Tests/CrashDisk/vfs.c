/* SQLite's way to the disk: a VFS around the system's own. */

#include "model.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Followed in memory by the system's own file. */
typedef struct {
    sqlite3_file base;
    sqlite3_file *real;
    crashdisk *disk;
    body *body;
    char *path;
    /* Of the main file: where SQLite keeps the connection, until it has been seen to. */
    sqlite3 **connection;
    /* The system's VFS syncs the folder with the first sync of a journal or WAL that it may have created. */
    bool syncs_folder;
} file;

static sqlite3_vfs *system_vfs;
static sqlite3_vfs own_vfs;

#define REAL(expression) \
    ({ disk_inside++; int code_ = (expression); disk_inside--; code_; })

/* Leaves the method if the call does not go on. Nothing distinguishes darkness from EIO, seen from inside. */
#define PASS(disk, kind, call, path, code) \
    switch (disk_pass(disk, kind, call, path)) { \
        case GOES_ON: break; \
        case FAILS_FULL: return SQLITE_FULL; \
        default: return code; \
    }

static int file_close(sqlite3_file *base) {
    file *f = (file *)base;
    int code = REAL(f->real->pMethods->xClose(f->real));
    disk_closed(f->disk);
    free(f->path);
    return code;
}

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    file *f = (file *)base;
    PASS(f->disk, LOOKS, "read", f->path, SQLITE_IOERR_READ);
    return REAL(f->real->pMethods->xRead(f->real, bytes, count, offset));
}

static int write_part(file *f, const void *bytes, int count, sqlite3_int64 offset) {
    if (count == 0) return SQLITE_OK;
    int code = REAL(f->real->pMethods->xWrite(f->real, bytes, count, offset));
    if (code == SQLITE_OK) disk_write(f->disk, f->body, offset, bytes, (size_t)count);
    return code;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    file *f = (file *)base;
    int code = SQLITE_OK;
    switch (disk_pass(f->disk, CHANGES | NEEDS_SPACE, "write", f->path)) {
        case GOES_ON: return write_part(f, bytes, count, offset);
        case IS_DARK: return SQLITE_IOERR_WRITE;
        case FAILS_WITH_EIO: code = SQLITE_IOERR_WRITE; break;
        case FAILS_FULL: code = SQLITE_FULL; break;
    }
    write_part(f, bytes, count / 2, offset);
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    file *f = (file *)base;
    PASS(f->disk, CHANGES, "truncate", f->path, SQLITE_IOERR_TRUNCATE);
    int code = REAL(f->real->pMethods->xTruncate(f->real, size));
    if (code == SQLITE_OK) disk_truncate(f->disk, f->body, size);
    return code;
}

static int file_sync(sqlite3_file *base, int flags) {
    file *f = (file *)base;
    switch (disk_pass(f->disk, CHANGES, "sync", f->path)) {
        case GOES_ON: break;
        case FAILS_WITH_EIO: disk_sync_failed(f->disk, f->body); return SQLITE_IOERR_FSYNC;
        default: return SQLITE_IOERR_FSYNC;
    }
    int code = REAL(f->real->pMethods->xSync(f->real, flags));
    if (code != SQLITE_OK || disk_honesty(f->disk) == CRASHDISK_LYING) return code;
    disk_sync(f->disk, f->body);
    if (f->syncs_folder) disk_sync_folder_of(f->disk, f->path);
    f->syncs_folder = false;
    return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    file *f = (file *)base;
    PASS(f->disk, LOOKS, "size of", f->path, SQLITE_IOERR_FSTAT);
    return REAL(f->real->pMethods->xFileSize(f->real, size));
}

/* A connection that is being opened takes SQLite's own threshold at the end; by its first lock that is over. */
static void set_threshold(file *f) {
    int frames = disk_checkpoint_frames(f->disk);
    if (f->connection && *f->connection && frames > 0) sqlite3_wal_autocheckpoint(*f->connection, frames);
    f->connection = NULL;
}

static int file_lock(sqlite3_file *base, int level) {
    file *f = (file *)base;
    set_threshold(f);
    PASS(f->disk, LOOKS, "lock", f->path, SQLITE_IOERR_LOCK);
    return REAL(f->real->pMethods->xLock(f->real, level));
}

static int file_unlock(sqlite3_file *base, int level) {
    file *f = (file *)base;
    return REAL(f->real->pMethods->xUnlock(f->real, level));
}

static int file_check_reserved(sqlite3_file *base, int *result) {
    file *f = (file *)base;
    PASS(f->disk, LOOKS, "look for a lock on", f->path, SQLITE_IOERR_CHECKRESERVEDLOCK);
    return REAL(f->real->pMethods->xCheckReservedLock(f->real, result));
}

static const char *const normal = "NORMAL";
static const char *const few_pages = "8";

/* A setting that the disk insists on, and somebody asks for another value. */
static bool is_overruled(crashdisk *disk, char **words) {
    if (!words[2]) return false;
    bool is_normal = disk_honesty(disk) == CRASHDISK_SYNCHRONOUS_NORMAL;
    if (sqlite3_stricmp(words[1], "synchronous") == 0) return is_normal && strcmp(words[2], normal) != 0;
    if (sqlite3_stricmp(words[1], "cache_size") == 0) return disk_shrinks_cache(disk) && strcmp(words[2], few_pages) != 0;
    return false;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    file *f = (file *)base;
    if (operation == SQLITE_FCNTL_PDB) f->connection = argument;
    if (operation == SQLITE_FCNTL_PRAGMA && is_overruled(f->disk, argument)) return SQLITE_OK;
    return REAL(f->real->pMethods->xFileControl(f->real, operation, argument));
}

static int file_sector_size(sqlite3_file *base) {
    file *f = (file *)base;
    return f->real->pMethods->xSectorSize(f->real);
}

static int file_characteristics(sqlite3_file *base) {
    file *f = (file *)base;
    return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static int file_shm_map(sqlite3_file *base, int region, int size, int extends, void volatile **place) {
    file *f = (file *)base;
    switch (disk_pass(f->disk, extends ? NEEDS_SPACE : LOOKS, "map shared memory of", f->path)) {
        case GOES_ON: break;
        case FAILS_FULL: return SQLITE_IOERR_SHMSIZE;
        default: return SQLITE_IOERR_SHMMAP;
    }
    return REAL(f->real->pMethods->xShmMap(f->real, region, size, extends, place));
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    file *f = (file *)base;
    if (flags & SQLITE_SHM_LOCK) {
        PASS(f->disk, LOOKS, "lock shared memory of", f->path, SQLITE_IOERR_SHMLOCK);
    }
    return REAL(f->real->pMethods->xShmLock(f->real, offset, count, flags));
}

static void file_shm_barrier(sqlite3_file *base) {
    file *f = (file *)base;
    f->real->pMethods->xShmBarrier(f->real);
}

static int file_shm_unmap(sqlite3_file *base, int deletes) {
    file *f = (file *)base;
    return REAL(f->real->pMethods->xShmUnmap(f->real, deletes));
}

/* Version 2: no memory-mapped reads and writes, which nobody could count. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* MARK: Names */

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags, int *flags_out) {
    crashdisk *disk = disk_of(path);
    /* Not ours: the system's file stands in this memory itself, and we are out of its way. */
    if (!disk) return system_vfs->xOpen(system_vfs, path, base, flags, flags_out);
    base->pMethods = NULL;
    body *known = disk_find(disk, path);
    bool creates = !known && (flags & SQLITE_OPEN_CREATE);
    PASS(disk, creates ? CHANGES | NEEDS_SPACE : LOOKS, "open", path, SQLITE_CANTOPEN);
    file *f = (file *)base;
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(f + 1);
    int code = REAL(system_vfs->xOpen(system_vfs, path, f->real, flags, flags_out));
    if (code != SQLITE_OK) return code;
    f->disk = disk;
    f->body = known ? known : disk_create(disk, path);
    f->path = strdup(path);
    f->syncs_folder = (flags & SQLITE_OPEN_CREATE)
        && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    f->base.pMethods = &methods;
    disk_opened(disk);
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs_folder) {
    crashdisk *disk = disk_of(path);
    if (!disk) return system_vfs->xDelete(system_vfs, path, syncs_folder);
    bool is_there = disk_find(disk, path);
    PASS(disk, is_there ? CHANGES : LOOKS, "delete", path, SQLITE_IOERR_DELETE);
    int code = REAL(system_vfs->xDelete(system_vfs, path, syncs_folder));
    if (code == SQLITE_OK && is_there) disk_unlink(disk, path);
    if (code == SQLITE_OK && syncs_folder && disk_honesty(disk) != CRASHDISK_LYING) disk_sync_folder_of(disk, path);
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    crashdisk *disk = disk_of(path);
    if (disk) PASS(disk, LOOKS, "look for", path, SQLITE_IOERR_ACCESS);
    return REAL(system_vfs->xAccess(system_vfs, path, flags, result));
}

/* MARK: Connections */

/* Runs whenever any connection is opened. */
static int connection_opened(sqlite3 *connection, char **message, const struct sqlite3_api_routines *routines) {
    const char *path = sqlite3_db_filename(connection, "main");
    crashdisk *disk = disk_of(path);
    if (!disk) return SQLITE_OK;
    char setting[64];
    int code = SQLITE_OK;
    if (disk_honesty(disk) == CRASHDISK_SYNCHRONOUS_NORMAL) {
        snprintf(setting, sizeof setting, "PRAGMA synchronous = %s", normal);
        code = sqlite3_exec(connection, setting, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK && disk_shrinks_cache(disk)) {
        snprintf(setting, sizeof setting, "PRAGMA cache_size = %s", few_pages);
        code = sqlite3_exec(connection, setting, NULL, NULL, NULL);
    }
    return code;
}

static void register_once(void) {
    system_vfs = sqlite3_vfs_find("unix");
    if (!system_vfs) abort();
    own_vfs = *system_vfs;
    own_vfs.zName = "crash-disk";
    own_vfs.pNext = NULL;
    own_vfs.szOsFile = (int)sizeof(file) + system_vfs->szOsFile;
    own_vfs.xOpen = vfs_open;
    own_vfs.xDelete = vfs_delete;
    own_vfs.xAccess = vfs_access;
    if (sqlite3_vfs_register(&own_vfs, 1) != SQLITE_OK) abort();
    if (sqlite3_auto_extension((void (*)(void))connection_opened) != SQLITE_OK) abort();
}

void vfs_register(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_once);
}
