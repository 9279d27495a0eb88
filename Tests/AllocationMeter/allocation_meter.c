// Counts every allocation of a thread. A sanitizer has the process's malloc already and tells what it sees; otherwise
// malloc and its kin are defined here, in the test program, and so for every library in it. The only pieces of glibc
// this leans on are the names under which it keeps its own allocator.
#define _GNU_SOURCE
#include "allocation_meter.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

static __thread int isCounting;
static __thread long heldBytes;
static __thread long peakBytes;
static __thread long takenCount;

static void taken(void *pointer) {
    if (!isCounting || !pointer) return;
    takenCount += 1;
    heldBytes += (long)malloc_usable_size(pointer);
    if (heldBytes > peakBytes) peakBytes = heldBytes;
}

static void given(void *pointer) {
    if (isCounting && pointer) heldBytes -= (long)malloc_usable_size(pointer);
}

size_t allocation_meter_stop(void) {
    isCounting = 0;
    return (size_t)peakBytes;
}

long allocation_meter_count(void) { return takenCount; }

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)

int allocation_meter_is_sanitized(void) { return 1; }

int __sanitizer_install_malloc_and_free_hooks(
    void (*onMalloc)(const volatile void *, size_t), void (*onFree)(const volatile void *));

static void onMalloc(const volatile void *pointer, size_t count) {
    (void)count;
    taken((void *)pointer);
}

static void onFree(const volatile void *pointer) { given((void *)pointer); }

__attribute__((constructor)) static void install(void) {
    if (!__sanitizer_install_malloc_and_free_hooks(onMalloc, onFree)) abort();
}

#else

int allocation_meter_is_sanitized(void) { return 0; }

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t count) {
    void *pointer = __libc_malloc(count);
    taken(pointer);
    return pointer;
}

void *calloc(size_t count, size_t size) {
    void *pointer = __libc_calloc(count, size);
    taken(pointer);
    return pointer;
}

// Both blocks exist while a growing one is copied, and that is how they are counted.
void *realloc(void *old, size_t count) {
    long oldBytes = isCounting && old ? (long)malloc_usable_size(old) : 0;
    void *pointer = __libc_realloc(old, count);
    taken(pointer);
    if (isCounting && (pointer || count == 0)) heldBytes -= oldBytes;
    return pointer;
}

void *memalign(size_t alignment, size_t count) {
    void *pointer = __libc_memalign(alignment, count);
    taken(pointer);
    return pointer;
}

void *aligned_alloc(size_t alignment, size_t count) { return memalign(alignment, count); }

int posix_memalign(void **result, size_t alignment, size_t count) {
    void *pointer = memalign(alignment, count);
    if (!pointer) return ENOMEM;
    *result = pointer;
    return 0;
}

void free(void *pointer) {
    given(pointer);
    __libc_free(pointer);
}

#endif

void allocation_meter_start(void) {
    heldBytes = 0;
    peakBytes = 0;
    takenCount = 0;
    isCounting = 1;
}
