#pragma once
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// glibc keeps large blocks that were freed, in an arena for each thread; these go back to the system.
static inline void cmalloc_return_large_blocks(int block_bytes, int rest_bytes, int arenas) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, block_bytes);
    mallopt(M_TRIM_THRESHOLD, rest_bytes);
    mallopt(M_ARENA_MAX, arenas);
#endif
}
