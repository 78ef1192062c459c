/* SPDX-License-Identifier: MIT */
/*
 * A device: where memory lies and who moves it. A small const table; what common code can do
 * (validation, layout, order) is done in core before the table is entered.
 */
#ifndef ISTHMUS_CORE_DEVICE_H
#define ISTHMUS_CORE_DEVICE_H

#include "base/atomics.h"
#include "core/status.h"

#include <stdbool.h>

struct device;
struct copy;
struct fill;
struct gpu_ops;
struct queue;

/* The bytes of one resource or allocation. */
struct memory {
    unsigned char *base; /* where this process sees them */
    size_t size;         /* whole pages */
    int fd;              /* what another process would map; -1: private to this process */
    unsigned epoch;      /* the device's note about reuse; 0: others may have it, never reuse */
};

struct device_ops {
    const char *name; /* "cpu": what ISTHMUS_DEVICE selects */

    /* A device whose work runs by itself, and whose memory is not the host's; then the
     * functions below are NULL. NULL: cpu. */
    const struct gpu_ops *gpu;

    /* Zeroed memory. On failure nothing is left behind. */
    enum ist_status (*memory_create)(struct device *dev, size_t size, bool shareable,
                                     struct memory *out);
    /*
     * The same memory in another process: checks that the fd, which came from somewhere, is
     * what memory_create() makes of `size` bytes, and maps it. Takes fd, whatever it answers.
     */
    enum ist_status (*memory_open)(struct device *dev, int fd, size_t size, struct memory *out);
    void (*memory_destroy)(struct device *dev, struct memory *mem);

    /* Move and set bytes; extents are checked. Called in queue order, on any thread. */
    void (*copy)(struct device *dev, const struct copy *copy);
    void (*fill)(struct device *dev, const struct fill *fill);
};

struct device {
    const struct device_ops *ops;
    char description[128];    /* for people: "Isthmus CPU device (AMD EPYC ...)" */
    unsigned char uuid[16];   /* what devices are matched by; stable across processes */
    unsigned char luid[8];    /* minted from the uuid: LowPart, HighPart */
    uint64_t memory_bytes;    /* what an adapter description reports */
    uint32_t vendor, product; /* PCI style identification */
    atomic_bool lost;         /* a GPU that said so; for good. Publishes nothing */
    _Atomic int64_t asked; /* when, by gpu_lost_by_now(); a guess that anybody may overwrite */
    struct queue *_Atomic now; /* a GPU's queue for queue_copy_now(), made by its first call */
};

/* The devices of this machine, best first; fills up to `max` and returns how many. */
unsigned device_probe(struct device **out, unsigned max);

/* The device with that LUID; NULL if none. */
struct session;
struct device *device_by_luid(struct session *session, const unsigned char luid[8])
    FRONT_API(device_by_luid);

#endif
