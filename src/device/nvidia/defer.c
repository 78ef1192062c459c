/* SPDX-License-Identifier: MIT */
/*
 * Frees that wait for a quiet moment. While any stream is blocked in a wait, the driver's frees
 * block, too (cuMemFree: 300 ms until the stream was released; H100, driver 580.159.04,
 * 2026-11-21), and the wait may be for a signal that the freeing thread has yet to give. What
 * is put off is freed when something else is made or freed. nv->lock guards the list.
 */
#include "device/nvidia/nvidia.h"

/* Under free_lock, so that none begins to wait. The driver's frees see the streams pass. */
static bool is_quiet(struct nvidia *nv)
{
    pthread_mutex_lock(&nv->lock);
    bool quiet = !nv_orphans_may_wait(nv);
    for (struct gpu_stream *s = nv->streams; s && quiet; s = s->next)
        quiet = !nv_stream_may_wait(s);
    for (struct gpu_stream *s = nv->streams; s && quiet; s = s->next)
        nv_stream_forget_waits(s);
    pthread_mutex_unlock(&nv->lock);
    return quiet;
}

void nv_put_off(struct nvidia *nv, struct nv_grave *grave)
{
    pthread_mutex_lock(&nv->lock);
    grave->next = nv->graves;
    nv->graves = grave;
    add_relaxed(&nv->grave_count, 1);
    pthread_mutex_unlock(&nv->lock);
}

static struct nv_grave *take_all(struct nvidia *nv)
{
    pthread_mutex_lock(&nv->lock);
    struct nv_grave *all = nv->graves;
    nv->graves = NULL;
    store_relaxed(&nv->grave_count, 0);
    pthread_mutex_unlock(&nv->lock);
    return all;
}

/* A lost device blocks nobody: its calls fail, and the host's part is freed. */
unsigned nv_free_due(struct nvidia *nv)
{
    if (!load_relaxed(&nv->grave_count))
        return 0;
    if (pthread_rwlock_trywrlock(&nv->free_lock) == 0) {
        struct nv_grave *next, *grave = NULL;
        if (!nv_alive(nv) || is_quiet(nv))
            grave = take_all(nv);
        for (; grave; grave = next) {
            next = grave->next;
            grave->bury(nv, grave);
        }
        pthread_rwlock_unlock(&nv->free_lock);
    }
    return load_relaxed(&nv->grave_count);
}

void nv_free_later(struct nvidia *nv, struct nv_grave *grave)
{
    nv_put_off(nv, grave);
    (void)nv_free_due(nv);
}
