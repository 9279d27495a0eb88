/*
 * The way to the disk for everything but SQLite. A program's own definitions come before libc's, for its libraries too,
 * so the code under test needs to know nothing. Only calls below a mounted folder are looked at.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || !defined(__linux__)

bool crashdisk_sees_plain_files(void) { return false; }

#else

bool crashdisk_sees_plain_files(void) { return true; }

static crashdisk *disk_of_path(const char *path) { return disk_inside == 0 && disk_any() ? disk_of(path) : NULL; }

static crashdisk *disk_of_descriptor(int descriptor, char path[PATH_MAX]) {
    if (disk_inside > 0 || !disk_any()) return NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, PATH_MAX - 1);
    if (count <= 0) return NULL;
    path[count] = 0;
    return disk_of(path);
}

/* Sets errno if the call fails. */
static bool passes(crashdisk *disk, unsigned kind, const char *call, const char *path) {
    switch (disk_pass(disk, kind, call, path)) {
        case GOES_ON: return true;
        case FAILS_FULL: errno = ENOSPC; return false;
        default: errno = EIO; return false;
    }
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    crashdisk *disk = folder == AT_FDCWD || path[0] == '/' ? disk_of_path(path) : NULL;
    if (!disk) return (int)syscall(SYS_openat, folder, path, flags, mode);
    bool creates = (flags & O_CREAT) && !disk_find(disk, path);
    bool empties = flags & O_TRUNC;
    if (!passes(disk, creates || empties ? CHANGES | NEEDS_SPACE : LOOKS, "open", path)) return -1;
    int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (descriptor >= 0 && (flags & O_CREAT)) disk_adopt(disk, path);
    return descriptor;
}

#define MODE(flags) \
    ({ \
        mode_t mode_ = 0; \
        if ((flags) & (O_CREAT | O_TMPFILE)) { \
            va_list list_; \
            va_start(list_, flags); \
            mode_ = va_arg(list_, mode_t); \
            va_end(list_); \
        } \
        mode_; \
    })

int open(const char *path, int flags, ...) { return opened(AT_FDCWD, path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return opened(AT_FDCWD, path, flags, MODE(flags)); }
int openat(int folder, const char *path, int flags, ...) { return opened(folder, path, flags, MODE(flags)); }
int openat64(int folder, const char *path, int flags, ...) { return opened(folder, path, flags, MODE(flags)); }

ssize_t read(int descriptor, void *bytes, size_t count) {
    char path[PATH_MAX];
    crashdisk *disk = disk_of_descriptor(descriptor, path);
    if (disk && !passes(disk, LOOKS, "read", path)) return -1;
    return syscall(SYS_read, descriptor, bytes, count);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    char path[PATH_MAX];
    crashdisk *disk = disk_of_descriptor(descriptor, path);
    if (!disk) return syscall(SYS_write, descriptor, bytes, count);
    disk_written_outside(disk, path);
    verdict verdict = disk_pass(disk, CHANGES | NEEDS_SPACE, "write", path);
    if (verdict == GOES_ON) return syscall(SYS_write, descriptor, bytes, count);
    /* Half of it got there, if there is power. */
    if (verdict != IS_DARK) syscall(SYS_write, descriptor, bytes, count / 2);
    errno = verdict == FAILS_FULL ? ENOSPC : EIO;
    return -1;
}

static int synced(int descriptor, long number) {
    char path[PATH_MAX];
    crashdisk *disk = disk_of_descriptor(descriptor, path);
    if (!disk) return (int)syscall(number, descriptor);
    body *of = disk_find(disk, path);
    switch (disk_pass(disk, CHANGES, "sync", path)) {
        case GOES_ON: break;
        case FAILS_WITH_EIO:
            if (of) disk_sync_failed(disk, of);
            errno = EIO;
            return -1;
        default: errno = EIO; return -1;
    }
    struct stat status;
    if (syscall(number, descriptor) != 0 || fstat(descriptor, &status) != 0) return -1;
    if (S_ISDIR(status.st_mode)) disk_sync_folder(disk, path);
    else disk_sync(disk, of ? of : disk_adopt(disk, path));
    return 0;
}

int fsync(int descriptor) { return synced(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return synced(descriptor, SYS_fdatasync); }

static int renamed(const char *from, const char *to, unsigned flags) {
    crashdisk *disk = disk_of_path(from);
    if (disk && !passes(disk, CHANGES | NEEDS_SPACE, "rename to", to)) return -1;
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags) != 0) return -1;
    if (disk) disk_rename(disk, from, to);
    return 0;
}

int rename(const char *from, const char *to) { return renamed(from, to, 0); }

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    if (from_folder == AT_FDCWD && to_folder == AT_FDCWD) return renamed(from, to, flags);
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int link(const char *path, const char *other) {
    crashdisk *disk = disk_of_path(path);
    if (disk && !disk_has_links(disk)) {
        errno = EPERM;
        return -1;
    }
    if (disk && !passes(disk, CHANGES | NEEDS_SPACE, "link to", other)) return -1;
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, other, 0) != 0) return -1;
    if (disk) disk_link(disk, path, other);
    return 0;
}

int unlink(const char *path) {
    crashdisk *disk = disk_of_path(path);
    if (disk && !passes(disk, CHANGES, "unlink", path)) return -1;
    struct stat status;
    bool is_file = disk && lstat(path, &status) == 0 && S_ISREG(status.st_mode);
    if (syscall(SYS_unlinkat, AT_FDCWD, path, 0) != 0) return -1;
    if (is_file) disk_unlink(disk, path);
    return 0;
}

#endif
