/* SPDX-License-Identifier: MIT */
/*
 * Segments that are used again. A memfd whose pages exist is worth far more than a new one: the
 * first touch of a page costs more than all that is ever done with most of them. What is kept
 * is mapped, zeroed, and known to nobody: a segment whose fd may have left the process (as a
 * parcel, or into the child of a fork) is never taken back. Any thread.
 */
#ifndef ISTHMUS_DEVICE_CPU_RECYCLE_H
#define ISTHMUS_DEVICE_CPU_RECYCLE_H

#include "base/export.h"
#include "core/device.h"

#define RECYCLE_BYTES (64UL << 20) /* all that is kept; larger segments are never kept */
#define RECYCLE_SEGMENTS 16U

/* For struct memory's epoch at its creation: never 0, and another one after each fork. */
unsigned recycle_epoch(void);

/* A zeroed segment of exactly that size. False: none is kept. */
bool recycle_take(size_t size, struct memory *out);

/* True: the segment is the cache's now. False: it is the caller's to unmap and close. */
bool recycle_put(const struct memory *mem);

/* Lets go of all that is kept. How many segments those were; tests count what is mapped. */
size_t recycle_flush(void) FRONT_API(recycle_flush);

#endif
