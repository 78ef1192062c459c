/* SPDX-License-Identifier: MIT */
/*
 * Copies past all queues. A device that does as it is told does them in the caller. One that
 * works by itself gets a queue for them, which lives as long as the device: for ever.
 */
#include "core/queue.h"

#include "base/futex.h"

/* Of two threads that make one the first wins. */
static enum ist_status find_queue(struct device *device, struct queue **out)
{
    struct queue *found = load_acquire(&device->now), *made;
    enum ist_status status = found ? IST_OK : queue_create(device, &made);
    if (!found && status == IST_OK) {
        bool first = cas_acq_rel(&device->now, &found, made);
        if (first)
            found = made;
        else
            queue_unref(made);
    }
    if (status == IST_OK)
        *out = found;
    return status;
}

enum ist_status queue_copy_now(struct device *device, const struct copy *copy)
{
    struct queue *q;
    if (!device->ops->gpu) {
        device->ops->copy(device, copy);
        return IST_OK;
    }
    enum ist_status status = find_queue(device, &q);
    if (status == IST_OK)
        status = queue_copy(q, copy, COPY_SOURCE_TRANSIENT);
    return status == IST_OK ? queue_sync(q, queue_ticket(q), DEADLINE_NEVER) : status;
}
