/* SPDX-License-Identifier: MIT */
/* The parts of the cpu device, which device.c joins to one struct device_ops. */
#ifndef ISTHMUS_DEVICE_CPU_CPU_H
#define ISTHMUS_DEVICE_CPU_CPU_H

#include "core/device.h"
#include "core/place.h"

/* The one cpu device of the process. Any thread; never NULL. */
struct device *cpu_device(void);

/* memory.c: what device_ops says of them. */
enum ist_status cpu_memory_create(struct device *dev, size_t size, bool shareable,
                                  struct memory *out) MUST_CHECK;
enum ist_status cpu_memory_open(struct device *dev, int fd, size_t size, struct memory *out)
    MUST_CHECK;
void cpu_memory_destroy(struct device *dev, struct memory *mem);

/* copy.c, fill.c */
void cpu_copy(struct device *dev, const struct copy *copy);
void cpu_fill(struct device *dev, const struct fill *fill);

/* move.c: `bytes` bytes that do not overlap. */
void cpu_move(void *dst, const void *src, size_t bytes);

/* Whole pages, whose bytes are not expected in any cache and do not come into one. */
void cpu_zero_cold(unsigned char *at, size_t bytes);

/*
 * From how many bytes on a move goes past the cache: source and destination together would fill
 * three quarters of it. SIZE_MAX: never.
 */
size_t cpu_streaming_bytes(void);

/* The pattern (1 .. 16 bytes) again and again; `row` starts with its first byte. */
void cpu_repeat(unsigned char *row, size_t bytes, const unsigned char *pattern,
                size_t pattern_bytes);

/* A place as addresses (place.c): row r of slice s starts at base + r * row + s * slice. */
struct cpu_place {
    unsigned char *base;
    size_t row_pitch, slice_pitch;
};

struct cpu_place cpu_place_resolve(const struct place *place);

#endif
