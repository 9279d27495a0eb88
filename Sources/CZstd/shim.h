#pragma once
// ZSTD_getFrameHeader, the only call that tells a frame's window before anything is allocated, is declared in the
// "static linking only" part of the header; Debian's shared library exports it, and a test calls it.
#define ZSTD_STATIC_LINKING_ONLY 1
#include <zstd.h>
#include <zstd_errors.h>

static inline unsigned long long czstd_content_size_unknown(void) {
    return ZSTD_CONTENTSIZE_UNKNOWN;
}
