/* SPDX-License-Identifier: MIT */
/*
 * What a device offers whose work runs by itself once it is submitted: a GPU. Its queues are
 * streams: an operation that was *issued* is with the stream, and *done* when the stream's
 * progress says so. core/queue.c decides when something may be issued, and keeps what it uses
 * until it is done; everything here returns at once. Any thread may call; calls for one stream
 * come one at a time.
 *
 * In the child of a fork nothing works any more: `lost` and `progress` say so, whatever ends
 * something (destroy, page_leave) is called for what the parent made, and must leave the driver
 * alone; all others answer IST_DEVICE_LOST.
 */
#ifndef ISTHMUS_CORE_GPU_H
#define ISTHMUS_CORE_GPU_H

#include "core/place.h"
#include "core/sync.h"

struct gpu_stream; /* the device's own */

/* What a stream writes when it gets there, all in one step and in this order. */
struct gpu_signal {
    struct sync_line *line; /* its value gets `value`; NULL: it stays */
    struct sync_gpu *gpu; /* its word gets min(value, SYNC_GPU_MAX); NULL: only the progress */
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
    /* Where a plane of a planar texture begins in its memory, as an array of its own. */
    uint64_t (*plane_offset)(const struct resource *r, unsigned plane);

    enum ist_status (*stream_create)(struct device *dev, struct gpu_stream **out);
    /* A stream of somebody else's, who keeps it: what is submitted there may be captured. */
    enum ist_status (*stream_wrap)(struct device *dev, void *native, struct gpu_stream **out);
    void (*stream_destroy)(struct gpu_stream *stream);

    /* Extents are checked. A plain place is memory of the host; its source is read at once
     * unless the place is pinned (the caller knows). IST_NO_MEMORY, IST_DEVICE_LOST. */
    enum ist_status (*copy)(struct gpu_stream *stream, const struct copy *copy);
    enum ist_status (*fill)(struct gpu_stream *stream, const struct fill *fill);

    /*
     * What comes after waits until the word is at or above min(value, SYNC_GPU_MAX). Then the
     * progress becomes `ticket` (0: it stays), by the same submission: each costs a
     * microsecond. The device may keep the wait back until something comes after it.
     */
    enum ist_status (*wait)(struct gpu_stream *stream, struct sync_gpu *gpu, uint64_t value,
                            uint64_t ticket);
    /*
     * When all before is done: the signal, then the progress becomes `ticket` (0: it stays, and
     * there is only the signal).
     */
    enum ist_status (*signal)(struct gpu_stream *stream, const struct gpu_signal *signal,
                              uint64_t ticket);
    /*
     * The last ticket that was reached: one load. UINT64_MAX once the device is lost. Not every
     * operation has a ticket: tickets only grow, and come when somebody will ask.
     */
    uint64_t (*progress)(struct gpu_stream *stream);

    /*
     * Asks the driver whether the device still works; called every few milliseconds while
     * somebody waits. True once, true for ever: then every progress is UINT64_MAX.
     */
    bool (*lost)(struct device *dev);

    /*
     * Lets streams of this device use words of a page, which streams of no other may use then.
     * In pairs; nests. Streams may come to a wait, for what is there, after the last leave: the
     * device keeps the words for them. IST_NO_RESOURCES, IST_WRONG_DEVICE.
     */
    enum ist_status (*page_use)(struct device *dev, struct sync_page *page);
    void (*page_leave)(struct device *dev, struct sync_page *page);
};

/* What is known already, or asked for now. Pairs: who stores `lost` has asked the driver. */
static inline bool gpu_lost(struct device *dev)
{
    if (load_relaxed(&dev->lost))
        return true;
    bool lost = dev->ops->gpu->lost(dev);
    if (lost)
        store_relaxed(&dev->lost, true);
    return lost;
}

/* The same for those who look all the time: asks about once in ten milliseconds. */
static inline bool gpu_lost_by_now(struct device *dev)
{
    int64_t now = clock_coarse_ns();
    if (now - load_relaxed(&dev->asked) < 10000000)
        return load_relaxed(&dev->lost);
    store_relaxed(&dev->asked, now);
    return gpu_lost(dev);
}

#endif
