/* SPDX-License-Identifier: MIT */
/* The fastest ways that a CPU has to copy bytes: what the copies of a row are measured with. */
#ifndef ISTHMUS_TOOLS_BENCH_RAW_COPY_H
#define ISTHMUS_TOOLS_BENCH_RAW_COPY_H

#include <stddef.h>

typedef void (*raw_copy_fn)(void *dst, const void *src, size_t bytes);

/* The fastest of memcpy, streaming stores and `rep movsb` for this size, found by trying. */
raw_copy_fn raw_copy_fastest(void *dst, const void *src, size_t bytes, const char **name);

#endif
