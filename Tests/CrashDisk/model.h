/* The model behind the VFS and behind libc's calls: what would be left. */

#pragma once

#include "CrashDisk.h"

#include <stddef.h>

/* Which faults a call is concerned by. Every call can fail with EIO. */
enum { LOOKS = 0, CHANGES = 1, NEEDS_SPACE = 2 };

typedef enum { GOES_ON, IS_DARK, FAILS_WITH_EIO, FAILS_FULL } verdict;

/* A file's content, whatever its names are. */
typedef struct body body;

/* The mounted folder that a path lies in, NULL if none. */
crashdisk *disk_of(const char *path);
/* Whether any folder is mounted at all. */
bool disk_any(void);

/* Counts a call, and says what becomes of it. */
verdict disk_pass(crashdisk *, unsigned kind, const char *call, const char *path);

/* The body that a name has now, NULL if none. */
body *disk_find(crashdisk *, const char *path);
/* A name for a new, empty body. */
body *disk_create(crashdisk *, const char *path);
/* A body for a file that somebody else has made and may go on writing to; its content is what stands in the file. */
body *disk_adopt(crashdisk *, const char *path);

void disk_write(crashdisk *, body *, int64_t offset, const void *bytes, size_t count);
/* Somebody else than SQLite writes to a file, one that stood at the beginning perhaps: what it holds is looked at. */
void disk_written_outside(crashdisk *d, const char *path);
void disk_truncate(crashdisk *, body *, int64_t size);
void disk_sync(crashdisk *, body *);
/* fsync said EIO: the system has dropped the pages (https://lwn.net/Articles/752063/). */
void disk_sync_failed(crashdisk *, body *);
void disk_unlink(crashdisk *, const char *path);
void disk_rename(crashdisk *, const char *from, const char *to);
void disk_link(crashdisk *, const char *path, const char *other);
/* Names in one folder become durable. */
void disk_sync_folder(crashdisk *, const char *folder);
/* The folder of a path that lies in one. */
void disk_sync_folder_of(crashdisk *, const char *path);

void disk_opened(crashdisk *);
void disk_closed(crashdisk *);
int disk_checkpoint_frames(crashdisk *);
crashdisk_honesty disk_honesty(crashdisk *);
bool disk_has_links(crashdisk *);
bool disk_shrinks_cache(crashdisk *);

/* While it is above 0 on a thread, libc's calls are the model's own, or SQLite's own below the VFS. */
extern _Thread_local int disk_inside;

void vfs_register(void);
