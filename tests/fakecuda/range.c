/* SPDX-License-Identifier: MIT */
/*
 * Which addresses mean what. Device memory is not where its address says: there the process
 * finds nothing (PROT_NONE), so a host access faults as it would with a real GPU.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "fake.h"

static struct range *ranges;

CUdeviceptr window_new(size_t size)
{
    void *window =
        mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return window == MAP_FAILED ? 0 : (CUdeviceptr)(uintptr_t)window;
}

struct range *range_new(enum fakecuda_kind kind, struct context *ctx, CUdeviceptr start,
                        size_t size)
{
    struct range *range = calloc(1, sizeof(*range));
    if (!range)
        return NULL;
    *range =
        (struct range){.next = ranges, .kind = kind, .start = start, .size = size, .ctx = ctx};
    range->window = kind == FAKECUDA_ALLOCATION || kind == FAKECUDA_BUFFER ||
                    kind == FAKECUDA_RESERVATION;
    range->access = kind != FAKECUDA_MAPPING; /* that needs cuMemSetAccess() */
    ranges = range;
    live_add(kind, 1);
    return range;
}

struct range *range_find(enum fakecuda_kind kind, CUdeviceptr start)
{
    struct range *range = ranges;
    while (range && (range->kind != kind || range->start != start))
        range = range->next;
    return range;
}

/* Overflow-safe: is [p, p + n) within [start, start + size)? */
static bool within(CUdeviceptr p, size_t n, CUdeviceptr start, size_t size)
{
    return p >= start && p - start <= size && n <= size - (p - start);
}

struct range *range_at(CUdeviceptr address, size_t size)
{
    struct range *range = ranges;
    while (range && (!range->memory || !within(address, size, range->start, range->size)))
        range = range->next;
    return range;
}

struct range *range_of_host(const void *p, size_t size)
{
    CUdeviceptr at = (CUdeviceptr)(uintptr_t)p;
    for (struct range *range = ranges; range; range = range->next)
        if ((range->kind == FAKECUDA_HOST || range->kind == FAKECUDA_REGISTERED) &&
            within(at, size, (CUdeviceptr)(uintptr_t)range->memory, range->size))
            return range;
    return NULL;
}

void range_end(struct range *range)
{
    struct range **link = &ranges;
    while (*link != range)
        link = &(*link)->next;
    *link = range->next;
    if (range->window)
        munmap((void *)(uintptr_t)range->start, range->size);
    if (range->kind == FAKECUDA_HOST)
        munmap(range->memory, range->size);
    live_add(range->kind, -1);
    backing_unref(range->backing);
    free(range);
}

void range_end_all(struct context *ctx)
{
    struct range *range = ranges;
    while (range) {
        struct range *next = range->next;
        if (range->ctx == ctx)
            range_end(range);
        range = next;
    }
}

char *memory_at(CUdeviceptr address, size_t size)
{
    struct range *range = range_at(address, size);
    return range && range->access ? range->memory + (address - range->start) : NULL;
}

char *memory_unified(CUdeviceptr address, size_t size, bool *pageable)
{
    struct range *range = range_at(address, size);
    *pageable = false;
    if (range)
        return range->access ? range->memory + (address - range->start) : NULL;
    *pageable = !range_of_host((void *)(uintptr_t)address, size);
    return (char *)(uintptr_t)address;
}
