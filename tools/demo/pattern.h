/* SPDX-License-Identifier: MIT */
/* Bytes that one side writes and the other must read: different for every seed and place. */
#ifndef ISTHMUS_TOOLS_DEMO_PATTERN_H
#define ISTHMUS_TOOLS_DEMO_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void pattern_fill(void *out, size_t size, uint64_t seed);

/*
 * Compares what was found with the bytes of a seed. If a byte differs, says which, and what
 * `writer` wrote and `reader` reads.
 */
bool pattern_check(const void *found, size_t size, uint64_t seed, const char *name,
                   const char *writer, const char *reader);

#endif
