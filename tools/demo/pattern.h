/* SPDX-License-Identifier: MIT */
/* Bytes that one side writes and the other must read: different for every seed and place. */
#ifndef ISTHMUS_TOOLS_DEMO_PATTERN_H
#define ISTHMUS_TOOLS_DEMO_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void pattern_fill(void *out, size_t size, uint64_t seed);

/*
 * Compares and, if a byte differs, says which, and what `writer` wrote and `reader` reads.
 * @where  What is compared, such as "Texture2D by name, mip 1, slice 2".
 */
bool pattern_same(const void *found, const void *wanted, size_t size, const char *where,
                  const char *writer, const char *reader);

#endif
