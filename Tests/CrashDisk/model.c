#include "model.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SECTOR = 512 };

typedef struct {
    uint8_t *bytes;
    size_t count;
} buffer;

struct body {
    buffer durable;
    /* Written by others than SQLite: what stands in the file is read when it matters. */
    bool is_external;
    body *next;
};

/* A change of content that is not durable. */
typedef struct {
    body *of;
    /* A write if bytes is set, else a truncation to offset. */
    int64_t offset;
    uint8_t *bytes;
    size_t count;
    /* Its fsync failed: a later one does not bring it to the disk. */
    bool is_dropped;
} change;

/* A change of names that is not durable: `from` goes, `to` comes, each if set. */
typedef struct {
    char *from;
    char *to;
    body *of;
} renaming;

typedef struct {
    char *path;
    body *of;
} name;

typedef struct {
    name *items;
    size_t count;
    size_t room;
} directory;

struct crashdisk {
    char folder[PATH_MAX];
    pthread_mutex_t lock;
    crashdisk_fault fault;
    int64_t at;
    int64_t concerned;
    crashdisk_counts counts;
    char struck[PATH_MAX + 32];
    bool is_dark;
    crashdisk_honesty honesty;
    int checkpoint_frames;
    bool forbids_links;
    bool shrinks_cache;
    int open_files;

    body *bodies;
    directory now;
    directory durable;
    change *changes;
    size_t change_count, change_room;
    renaming *renamings;
    size_t renaming_count, renaming_room;
    crashdisk *next;
};

_Thread_local int disk_inside = 0;

static pthread_rwlock_t mounted_lock = PTHREAD_RWLOCK_INITIALIZER;
static crashdisk *mounted = NULL;
static atomic_int mounted_count = 0;

static void *grown(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room) return items;
    *room = *room ? *room * 2 : 16;
    void *more = realloc(items, *room * size);
    if (!more) abort();
    return more;
}

static char *copied(const char *text) {
    char *copy = strdup(text);
    if (!copy) abort();
    return copy;
}

/* MARK: Buffers */

static void resize(buffer *b, size_t count) {
    if (count > b->count) {
        b->bytes = realloc(b->bytes, count);
        if (!b->bytes) abort();
        memset(b->bytes + b->count, 0, count - b->count);
    }
    b->count = count;
}

static void put(buffer *b, int64_t offset, const uint8_t *bytes, size_t count) {
    if (count == 0) return;
    if ((size_t)offset + count > b->count) resize(b, (size_t)offset + count);
    memcpy(b->bytes + offset, bytes, count);
}

static void apply(buffer *b, const change *c) {
    if (c->bytes) put(b, c->offset, c->bytes, c->count);
    else resize(b, (size_t)c->offset);
}

static buffer content_of_file(const char *path) {
    buffer b = {0};
    disk_inside++;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor >= 0 && fstat(descriptor, &status) == 0) {
        resize(&b, (size_t)status.st_size);
        size_t done = 0;
        while (done < b.count) {
            ssize_t taken = pread(descriptor, b.bytes + done, b.count - done, (off_t)done);
            if (taken <= 0) break;
            done += (size_t)taken;
        }
        b.count = done;
    }
    if (descriptor >= 0) close(descriptor);
    disk_inside--;
    return b;
}

/* MARK: Names */

static name *lookup(directory *d, const char *path) {
    for (size_t i = 0; i < d->count; i++) {
        if (strcmp(d->items[i].path, path) == 0) return &d->items[i];
    }
    return NULL;
}

static void set_name(directory *d, const char *path, body *of) {
    name *standing = lookup(d, path);
    if (standing) {
        standing->of = of;
        return;
    }
    d->items = grown(d->items, d->count, &d->room, sizeof(name));
    d->items[d->count++] = (name){copied(path), of};
}

static void remove_name(directory *d, const char *path) {
    name *standing = lookup(d, path);
    if (!standing) return;
    free(standing->path);
    *standing = d->items[--d->count];
}

static void apply_renaming(directory *d, const renaming *r) {
    if (r->from) remove_name(d, r->from);
    if (r->to) set_name(d, r->to, r->of);
}

static void rename_later(crashdisk *d, const char *from, const char *to, body *of) {
    renaming r = {from ? copied(from) : NULL, to ? copied(to) : NULL, of};
    apply_renaming(&d->now, &r);
    d->renamings = grown(d->renamings, d->renaming_count, &d->renaming_room, sizeof(renaming));
    d->renamings[d->renaming_count++] = r;
}

static bool is_shared_memory(const char *path) {
    size_t count = strlen(path);
    return count > 4 && strcmp(path + count - 4, "-shm") == 0;
}

static body *new_body(crashdisk *d) {
    body *b = calloc(1, sizeof(body));
    if (!b) abort();
    b->next = d->bodies;
    d->bodies = b;
    return b;
}

/* Every file of a folder and below. */
static void each_file(const char *folder, void (*visit)(crashdisk *, const char *), crashdisk *d) {
    DIR *stream = opendir(folder);
    if (!stream) return;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        struct stat status;
        if (lstat(path, &status) != 0) continue;
        if (S_ISDIR(status.st_mode)) each_file(path, visit, d);
        else if (S_ISREG(status.st_mode) && !is_shared_memory(path)) visit(d, path);
    }
    closedir(stream);
}

/* MARK: Mounting */

static void take_as_durable(crashdisk *d, const char *path) {
    body *b = new_body(d);
    b->durable = content_of_file(path);
    set_name(&d->now, path, b);
    set_name(&d->durable, path, b);
}

crashdisk *crashdisk_mount(const char *folder) {
    crashdisk *d = calloc(1, sizeof(crashdisk));
    if (!d || !realpath(folder, d->folder)) abort();
    pthread_mutex_init(&d->lock, NULL);
    each_file(d->folder, take_as_durable, d);
    vfs_register();
    pthread_rwlock_wrlock(&mounted_lock);
    d->next = mounted;
    mounted = d;
    mounted_count++;
    pthread_rwlock_unlock(&mounted_lock);
    return d;
}

static void free_names(directory *d) {
    for (size_t i = 0; i < d->count; i++) free(d->items[i].path);
    free(d->items);
}

bool crashdisk_unmount(crashdisk *d) {
    pthread_rwlock_wrlock(&mounted_lock);
    bool is_free = d->open_files == 0;
    for (crashdisk **link = &mounted; is_free && *link; link = &(*link)->next) {
        if (*link != d) continue;
        *link = d->next;
        mounted_count--;
        break;
    }
    pthread_rwlock_unlock(&mounted_lock);
    if (!is_free) return false;
    while (d->bodies) {
        body *b = d->bodies;
        d->bodies = b->next;
        free(b->durable.bytes);
        free(b);
    }
    for (size_t i = 0; i < d->change_count; i++) free(d->changes[i].bytes);
    for (size_t i = 0; i < d->renaming_count; i++) {
        free(d->renamings[i].from);
        free(d->renamings[i].to);
    }
    free(d->changes);
    free(d->renamings);
    free_names(&d->now);
    free_names(&d->durable);
    pthread_mutex_destroy(&d->lock);
    free(d);
    return true;
}

bool disk_any(void) { return atomic_load_explicit(&mounted_count, memory_order_relaxed) > 0; }

crashdisk *disk_of(const char *path) {
    if (!disk_any() || !path) return NULL;
    pthread_rwlock_rdlock(&mounted_lock);
    crashdisk *found = NULL;
    for (crashdisk *d = mounted; d && !found; d = d->next) {
        size_t count = strlen(d->folder);
        if (strncmp(path, d->folder, count) == 0 && (path[count] == '/' || path[count] == 0)) found = d;
    }
    pthread_rwlock_unlock(&mounted_lock);
    return found;
}

/* MARK: Settings and faults */

void crashdisk_checkpoint_every(crashdisk *d, int frames) { d->checkpoint_frames = frames; }
int disk_checkpoint_frames(crashdisk *d) { return d->checkpoint_frames; }
void crashdisk_set_honesty(crashdisk *d, crashdisk_honesty honesty) { d->honesty = honesty; }
crashdisk_honesty disk_honesty(crashdisk *d) { return d->honesty; }

void crashdisk_forbid_links(crashdisk *d) { d->forbids_links = true; }
bool disk_has_links(crashdisk *d) { return !d->forbids_links; }

void crashdisk_shrink_cache(crashdisk *d) { d->shrinks_cache = true; }
bool disk_shrinks_cache(crashdisk *d) { return d->shrinks_cache; }

void crashdisk_arm(crashdisk *d, crashdisk_fault fault, int64_t call) {
    pthread_mutex_lock(&d->lock);
    d->fault = fault;
    d->at = call;
    d->concerned = 0;
    d->counts = (crashdisk_counts){0};
    d->struck[0] = 0;
    pthread_mutex_unlock(&d->lock);
}

void crashdisk_disarm(crashdisk *d) {
    pthread_mutex_lock(&d->lock);
    d->fault = CRASHDISK_SOUND;
    pthread_mutex_unlock(&d->lock);
}

void crashdisk_cut_power(crashdisk *d) {
    pthread_mutex_lock(&d->lock);
    d->is_dark = true;
    pthread_mutex_unlock(&d->lock);
}

crashdisk_counts crashdisk_count(crashdisk *d) {
    pthread_mutex_lock(&d->lock);
    crashdisk_counts counts = d->counts;
    pthread_mutex_unlock(&d->lock);
    return counts;
}

const char *crashdisk_struck(crashdisk *d) { return d->struck[0] ? d->struck : NULL; }

static bool concerns(crashdisk_fault fault, unsigned kind) {
    switch (fault) {
        case CRASHDISK_SOUND: return false;
        case CRASHDISK_POWER_CUT: return kind & CHANGES;
        case CRASHDISK_FULL: return kind & NEEDS_SPACE;
        case CRASHDISK_EIO_ONCE:
        case CRASHDISK_EIO_FROM_THEN_ON: return true;
    }
    return false;
}

verdict disk_pass(crashdisk *d, unsigned kind, const char *call, const char *path) {
    pthread_mutex_lock(&d->lock);
    verdict verdict = d->is_dark ? IS_DARK : GOES_ON;
    d->counts.all++;
    if (kind & CHANGES) d->counts.changing++;
    if (kind & NEEDS_SPACE) d->counts.space++;
    if (verdict == GOES_ON && concerns(d->fault, kind)) {
        d->concerned++;
        bool strikes = d->fault == CRASHDISK_EIO_ONCE ? d->concerned == d->at : d->concerned >= d->at;
        if (strikes) {
            if (!d->struck[0]) {
                size_t count = strlen(d->folder);
                snprintf(d->struck, sizeof d->struck, "%s %s", call, strlen(path) > count ? path + count + 1 : path);
            }
            switch (d->fault) {
                case CRASHDISK_POWER_CUT:
                    d->is_dark = true;
                    verdict = IS_DARK;
                    break;
                case CRASHDISK_FULL: verdict = FAILS_FULL; break;
                default: verdict = FAILS_WITH_EIO;
            }
        }
    }
    pthread_mutex_unlock(&d->lock);
    return verdict;
}

void disk_opened(crashdisk *d) {
    pthread_mutex_lock(&d->lock);
    d->open_files++;
    pthread_mutex_unlock(&d->lock);
}

void disk_closed(crashdisk *d) {
    pthread_mutex_lock(&d->lock);
    d->open_files--;
    pthread_mutex_unlock(&d->lock);
}

/* MARK: Changes */

body *disk_find(crashdisk *d, const char *path) {
    pthread_mutex_lock(&d->lock);
    name *standing = lookup(&d->now, path);
    body *found = standing ? standing->of : NULL;
    pthread_mutex_unlock(&d->lock);
    return found;
}

body *disk_create(crashdisk *d, const char *path) {
    pthread_mutex_lock(&d->lock);
    body *b = new_body(d);
    rename_later(d, NULL, path, b);
    pthread_mutex_unlock(&d->lock);
    return b;
}

static body *adopt(crashdisk *d, const char *path) {
    name *standing = lookup(&d->now, path);
    if (standing) return standing->of;
    body *b = new_body(d);
    b->is_external = true;
    rename_later(d, NULL, path, b);
    return b;
}

body *disk_adopt(crashdisk *d, const char *path) {
    pthread_mutex_lock(&d->lock);
    body *b = adopt(d, path);
    pthread_mutex_unlock(&d->lock);
    return b;
}

static void change_later(crashdisk *d, change c) {
    d->changes = grown(d->changes, d->change_count, &d->change_room, sizeof(change));
    d->changes[d->change_count++] = c;
}

void disk_write(crashdisk *d, body *of, int64_t offset, const void *bytes, size_t count) {
    if (count == 0) return;
    uint8_t *copy = malloc(count);
    if (!copy) abort();
    memcpy(copy, bytes, count);
    pthread_mutex_lock(&d->lock);
    change_later(d, (change){of, offset, copy, count, false});
    pthread_mutex_unlock(&d->lock);
}

void disk_written_outside(crashdisk *d, const char *path) {
    pthread_mutex_lock(&d->lock);
    adopt(d, path)->is_external = true;
    pthread_mutex_unlock(&d->lock);
}

void disk_truncate(crashdisk *d, body *of, int64_t size) {
    pthread_mutex_lock(&d->lock);
    change_later(d, (change){of, size, NULL, 0, false});
    pthread_mutex_unlock(&d->lock);
}

static const char *present_path(crashdisk *d, const body *of) {
    for (size_t i = 0; i < d->now.count; i++) {
        if (d->now.items[i].of == of) return d->now.items[i].path;
    }
    return NULL;
}

/* Takes the changes of one body out of the list; those that were not dropped become durable. */
static void settle(crashdisk *d, body *of) {
    size_t kept = 0;
    for (size_t i = 0; i < d->change_count; i++) {
        change c = d->changes[i];
        if (c.of != of) {
            d->changes[kept++] = c;
            continue;
        }
        if (!c.is_dropped) apply(&of->durable, &c);
        free(c.bytes);
    }
    d->change_count = kept;
}

void disk_sync(crashdisk *d, body *of) {
    pthread_mutex_lock(&d->lock);
    if (of->is_external) {
        const char *path = present_path(d, of);
        if (path) {
            free(of->durable.bytes);
            of->durable = content_of_file(path);
        }
    } else {
        settle(d, of);
    }
    pthread_mutex_unlock(&d->lock);
}

void disk_sync_failed(crashdisk *d, body *of) {
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->change_count; i++) {
        if (d->changes[i].of == of) d->changes[i].is_dropped = true;
    }
    pthread_mutex_unlock(&d->lock);
}

void disk_unlink(crashdisk *d, const char *path) {
    pthread_mutex_lock(&d->lock);
    adopt(d, path);
    rename_later(d, path, NULL, NULL);
    pthread_mutex_unlock(&d->lock);
}

void disk_rename(crashdisk *d, const char *from, const char *to) {
    pthread_mutex_lock(&d->lock);
    body *of = adopt(d, from);
    rename_later(d, from, to, of);
    pthread_mutex_unlock(&d->lock);
}

void disk_link(crashdisk *d, const char *path, const char *other) {
    pthread_mutex_lock(&d->lock);
    rename_later(d, NULL, other, adopt(d, path));
    pthread_mutex_unlock(&d->lock);
}

static bool is_in_folder(const char *path, const char *folder) {
    size_t count = strlen(folder);
    return path && strncmp(path, folder, count) == 0 && path[count] == '/' && !strchr(path + count + 1, '/');
}

void disk_sync_folder(crashdisk *d, const char *folder) {
    pthread_mutex_lock(&d->lock);
    size_t kept = 0;
    for (size_t i = 0; i < d->renaming_count; i++) {
        renaming r = d->renamings[i];
        if (!is_in_folder(r.from ? r.from : r.to, folder)) {
            d->renamings[kept++] = r;
            continue;
        }
        apply_renaming(&d->durable, &r);
        free(r.from);
        free(r.to);
    }
    d->renaming_count = kept;
    pthread_mutex_unlock(&d->lock);
}

void disk_sync_folder_of(crashdisk *d, const char *path) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    disk_sync_folder(d, folder);
}

/* MARK: What is left */

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static void adopt_visited(crashdisk *d, const char *path) { adopt(d, path); }

/* What others wrote and did not sync becomes one write over the whole file. */
static void look_at_external_files(crashdisk *d) {
    each_file(d->folder, adopt_visited, d);
    for (body *b = d->bodies; b; b = b->next) {
        const char *path = b->is_external ? present_path(d, b) : NULL;
        if (!path) continue;
        size_t kept = 0;
        for (size_t i = 0; i < d->change_count; i++) {
            if (d->changes[i].of == b) free(d->changes[i].bytes);
            else d->changes[kept++] = d->changes[i];
        }
        d->change_count = kept;
        buffer content = content_of_file(path);
        bool is_same = content.count == b->durable.count
            && (content.count == 0 || memcmp(content.bytes, b->durable.bytes, content.count) == 0);
        if (is_same || content.count == 0) {
            free(content.bytes);
            if (!is_same) change_later(d, (change){b, 0, NULL, 0, false});
        } else {
            change_later(d, (change){b, (int64_t)content.count, NULL, 0, false});
            change_later(d, (change){b, 0, content.bytes, content.count, false});
        }
    }
}

static void apply_sectors(buffer *b, const change *c, uint64_t *random) {
    /* Some writes are lost whole, some stay whole, of the others each sector has its chance. */
    uint64_t luck = next_random(random) % 4;
    if (luck == 0) return;
    if (luck == 1 || !c->bytes) return apply(b, c);
    for (size_t done = 0; done < c->count;) {
        int64_t offset = c->offset + (int64_t)done;
        size_t count = SECTOR - (size_t)(offset % SECTOR);
        if (count > c->count - done) count = c->count - done;
        if (next_random(random) % 2) put(b, offset, c->bytes + done, count);
        done += count;
    }
}

static void apply_torn(buffer *b, const change *c, uint64_t seed, uint64_t *random) {
    size_t kept = next_random(random) % (c->count + 1);
    if (seed % 2 == 0) {
        int64_t end = (c->offset + (int64_t)kept) / SECTOR * SECTOR;
        kept = end > c->offset ? (size_t)(end - c->offset) : 0;
    }
    put(b, c->offset, c->bytes, kept);
}

static uint64_t hash(uint64_t value, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) value = (value ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
    return value;
}

static void write_file(const char *path, const buffer *content) {
    disk_inside++;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) abort();
    for (size_t done = 0; done < content->count;) {
        ssize_t put = pwrite(descriptor, content->bytes + done, content->count - done, (off_t)done);
        if (put <= 0) abort();
        done += (size_t)put;
    }
    close(descriptor);
    disk_inside--;
}

static int by_path(const void *left, const void *right) {
    return strcmp(((const name *)left)->path, ((const name *)right)->path);
}

uint64_t crashdisk_leave(crashdisk *d, crashdisk_survivors survivors, uint64_t seed, const char *folder) {
    pthread_mutex_lock(&d->lock);
    look_at_external_files(d);
    uint64_t random = seed;
    directory left = {0};
    for (size_t i = 0; i < d->durable.count; i++) set_name(&left, d->durable.items[i].path, d->durable.items[i].of);
    for (size_t i = 0; i < d->renaming_count; i++) {
        bool survives = survivors == CRASHDISK_SOME ? next_random(&random) % 2 : survivors != CRASHDISK_NOTHING;
        if (survives) apply_renaming(&left, &d->renamings[i]);
    }
    const change *last = NULL;
    for (size_t i = 0; i < d->change_count; i++) {
        if (d->changes[i].bytes) last = &d->changes[i];
    }
    qsort(left.items, left.count, sizeof(name), by_path);
    uint64_t value = 0xcbf29ce484222325;
    for (size_t i = 0; i < left.count; i++) {
        body *b = left.items[i].of;
        buffer content = {0};
        put(&content, 0, b->durable.bytes, b->durable.count);
        for (size_t k = 0; k < d->change_count && survivors != CRASHDISK_NOTHING; k++) {
            const change *c = &d->changes[k];
            if (c->of != b) continue;
            if (survivors == CRASHDISK_SOME) apply_sectors(&content, c, &random);
            else if (survivors == CRASHDISK_TORN && c == last) apply_torn(&content, c, seed, &random);
            else apply(&content, c);
        }
        const char *relative = left.items[i].path + strlen(d->folder) + 1;
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, relative);
        write_file(path, &content);
        value = hash(value, relative, strlen(relative) + 1);
        value = hash(value, &content.count, sizeof content.count);
        value = hash(value, content.bytes, content.count);
        free(content.bytes);
    }
    free_names(&left);
    pthread_mutex_unlock(&d->lock);
    return value;
}

double crashdisk_thread_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
