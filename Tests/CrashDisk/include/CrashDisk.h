/* A disk that loses power, fails and fills up, under SQLite and under the plain files beside it. For tests only. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * A folder whose files are modelled. What really stands in the folder is what the running process sees (the page cache);
 * beside it the model remembers what a power cut would leave: for each file the bytes that were synced, for each folder
 * the names that were, and every change since, in order.
 *
 * SQLite's files come through a VFS around the system's own, registered as the default; files outside any such folder
 * pass it untouched. Other files come through this program's own open, read, write, fsync, rename and unlink, which stand
 * before libc's. SQLite's shared memory (-shm) is not on the disk: a power cut takes it.
 */
typedef struct crashdisk crashdisk;

/* What goes wrong at the n-th call that it concerns. */
typedef enum {
    CRASHDISK_SOUND,
    /* Before the n-th call that changes the disk. From then on every call fails and nothing changes any more. */
    CRASHDISK_POWER_CUT,
    /* The n-th call fails with EIO; a write is half done, a failed fsync never happens later either. */
    CRASHDISK_EIO_ONCE,
    /* The n-th call and all that follow. */
    CRASHDISK_EIO_FROM_THEN_ON,
    /* From the n-th call on that needs space there is none: ENOSPC. */
    CRASHDISK_FULL,
} crashdisk_fault;

/* What of the changes that were not synced outlives a power cut. */
typedef enum {
    CRASHDISK_NOTHING,
    CRASHDISK_EVERYTHING,
    /* A random part: each sector of each write, each name, on its own. */
    CRASHDISK_SOME,
    /* Everything but the end of the last write, which is cut at a sector or, for odd seeds, anywhere. */
    CRASHDISK_TORN,
} crashdisk_survivors;

/* What the disk or its system gets wrong all the time: only to see that the tests notice. */
typedef enum {
    CRASHDISK_HONEST,
    /* Says that SQLite's files are synced and does nothing. */
    CRASHDISK_LYING,
    /* Every connection has synchronous=NORMAL, whatever it asks for. */
    CRASHDISK_SYNCHRONOUS_NORMAL,
} crashdisk_honesty;

/* Takes over a folder; what stands in it and below is durable. */
crashdisk *crashdisk_mount(const char *folder);
/* Every file must have been closed. False, and nothing happens, if one was not. */
bool crashdisk_unmount(crashdisk *);

/* Frames in the WAL after which connections opened from now on checkpoint; 0: as they like. */
void crashdisk_checkpoint_every(crashdisk *, int frames);
void crashdisk_set_honesty(crashdisk *, crashdisk_honesty);

/*
 * Connections opened from now on cache a few pages only: as with a transaction larger than any cache, pages are written
 * before the commit and read again and again.
 */
void crashdisk_shrink_cache(crashdisk *);
/* As on a memory stick: no file has two names. */
void crashdisk_forbid_links(crashdisk *);

/* Counts calls from now on, from 1, and lets the fault happen at one of those that it concerns. */
void crashdisk_arm(crashdisk *, crashdisk_fault, int64_t call);
/* The fault is gone. A power cut stays. */
void crashdisk_disarm(crashdisk *);
void crashdisk_cut_power(crashdisk *);

/* Calls since arming: all, those that change the disk, those that need space. */
typedef struct {
    int64_t all;
    int64_t changing;
    int64_t space;
} crashdisk_counts;
crashdisk_counts crashdisk_count(crashdisk *);
/* The call at which the fault happened first ("sync replica.sqlite-wal"), NULL if it has not. Until the next arming. */
const char *crashdisk_struck(crashdisk *);

/*
 * Writes what a power cut here and now would leave into another folder, which must exist, and returns a hash of it.
 * With everything surviving it is what a killed process leaves. May be asked again and again.
 */
uint64_t crashdisk_leave(crashdisk *, crashdisk_survivors, uint64_t seed, const char *folder);

/* Whether files outside SQLite are modelled too: not in a build with sanitizers, which have a libc of their own. */
bool crashdisk_sees_plain_files(void);

/* Processor time of the calling thread. */
double crashdisk_thread_seconds(void);
