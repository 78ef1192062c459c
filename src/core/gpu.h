/* SPDX-License-Identifier: MIT */
/*
 * What a device offers whose work runs by itself once it is submitted: a GPU. Its queues are
 * streams: an operation that was *issued* is with the stream, and *done* when the stream's
 * progress says so. core/queue.c decides when something may be issued, and keeps what it uses
 * until it is done; everything here returns at once. Any thread may call; calls for one stream
 * come one at a time.
 */
#ifndef ISTHMUS_CORE_GPU_H
#define ISTHMUS_CORE_GPU_H

#include "core/place.h"
#include "core/sync.h"

struct gpu_stream; /* the device's own */

/* What a stream writes when it gets there, all in one step and in this order. */
struct gpu_signal {
    struct sync_line *line; /* NULL: only the progress */
    struct sync_gpu *gpu;   /* of the line: its word gets min(value, SYNC_GPU_MAX) */
    uint64_t value;
};

struct gpu_ops {
    /*
     * Memory for a resource whose description and layout are set: fills r->memory, and
     * r->gpu with whatever the device needs. Resources that the host maps (desc.host_access)
     * lie in pinned memory of the host, which r->memory.base points to, in r->layout; of all
     * others base is no address. Zeroed. On failure nothing is left behind.
     */
    enum ist_status (*resource_create)(struct device *dev, struct resource *r, bool shareable);
    /* The same memory in another process. Takes fd, whatever it answers. IST_BAD_PARCEL. */
    enum ist_status (*resource_open)(struct device *dev, struct resource *r, int fd);
    void (*resource_destroy)(struct device *dev, struct resource *r);

    enum ist_status (*stream_create)(struct device *dev, struct gpu_stream **out);
    /* A stream of somebody else's, who keeps it: what is submitted there may be captured. */
    enum ist_status (*stream_wrap)(struct device *dev, void *native, struct gpu_stream **out);
    void (*stream_destroy)(struct gpu_stream *stream);

    /* Extents are checked. A plain place is memory of the host; its source is read at once
     * unless the place is pinned (the caller knows). IST_NO_MEMORY, IST_DEVICE_LOST. */
    enum ist_status (*copy)(struct gpu_stream *stream, const struct copy *copy);
    enum ist_status (*fill)(struct gpu_stream *stream, const struct fill *fill);

    /* What comes after waits until the word is at or above min(value, SYNC_GPU_MAX). */
    enum ist_status (*wait)(struct gpu_stream *stream, struct sync_gpu *gpu, uint64_t value);
    /*
     * When all before is done: the signal, then the progress becomes `ticket` (0: leave it; then
     * only the signal).
     */
    enum ist_status (*signal)(struct gpu_stream *stream, const struct gpu_signal *signal,
                              uint64_t ticket);
    /* The last ticket that was reached: one load. UINT64_MAX once the device is lost. */
    uint64_t (*progress)(struct gpu_stream *stream);

    /* Lets streams of this process use words of a page. In pairs; nests. IST_NO_RESOURCES. */
    enum ist_status (*page_use)(struct device *dev, struct sync_page *page);
    void (*page_leave)(struct device *dev, struct sync_page *page);
};

#endif
