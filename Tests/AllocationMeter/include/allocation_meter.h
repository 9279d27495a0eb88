// How much memory a piece of code holds at its worst, and how often it asks for some: what the decoders' limits and the
// allocation counts of the pure parts are checked with.
#pragma once
#include <stddef.h>

/// Begins to count what this thread allocates and frees.
void allocation_meter_start(void);

/// Ends the count: the most bytes that were held at one moment, beyond what was held at the start.
size_t allocation_meter_stop(void);

/// How many blocks were allocated, or allocated anew, during the last count.
long allocation_meter_count(void);

/// Whether a sanitizer watches this process, and slows it several times.
int allocation_meter_is_sanitized(void);
