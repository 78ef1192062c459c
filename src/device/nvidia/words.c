/* SPDX-License-Identifier: MIT */
/*
 * Words that streams write and the host reads: pages of pinned memory, cut into cache lines.
 * Pages are kept until the device is closed. nv->lock guards them.
 */
#include "device/nvidia/nvidia.h"

#define SLAB_BYTES 4096U
#define SLAB_PLACES (SLAB_BYTES / sizeof(struct nv_words))

_Static_assert(sizeof(struct nv_words) == 64, "a cache line each");

struct nv_slab {
    struct nv_slab *next;
    struct nv_words *words; /* SLAB_PLACES of them */
    struct {
        bool used;
        uint64_t progress, staged; /* what will still be written to a free place */
    } place[SLAB_PLACES];
};

/* A stream that was given up may write late: its place is not for others until it has. */
static bool is_free(const struct nv_slab *slab, size_t i)
{
    return !slab->place[i].used &&
           load_acquire(&slab->words[i].progress) >= slab->place[i].progress &&
           load_acquire(&slab->words[i].staged) >= slab->place[i].staged;
}

static struct nv_words *find_locked(struct nvidia *nv)
{
    for (struct nv_slab *slab = nv->slabs; slab; slab = slab->next) {
        for (size_t i = 0; i < SLAB_PLACES; i++) {
            if (is_free(slab, i)) {
                slab->place[i].used = true;
                store_relaxed(&slab->words[i].progress, 0);
                store_relaxed(&slab->words[i].staged, 0);
                return &slab->words[i];
            }
        }
    }
    return NULL;
}

static enum ist_status add_slab(struct nvidia *nv)
{
    struct nv_slab *slab = calloc(1, sizeof(*slab));
    if (!slab)
        return refuse(IST_NO_MEMORY, "no memory to describe a page of progress words");
    void *at;
    enum ist_status status = nv_pinned_create(nv, SLAB_BYTES, "a page of progress words", &at);
    if (status != IST_OK) {
        free(slab);
        return status;
    }
    slab->words = at;
    pthread_mutex_lock(&nv->lock);
    slab->next = nv->slabs;
    nv->slabs = slab;
    pthread_mutex_unlock(&nv->lock);
    return IST_OK;
}

static struct nv_words *find(struct nvidia *nv)
{
    pthread_mutex_lock(&nv->lock);
    struct nv_words *words = find_locked(nv);
    pthread_mutex_unlock(&nv->lock);
    return words;
}

/* Another thread may take the places that were added for this one: then once more. */
enum ist_status nv_words_take(struct nvidia *nv, struct nv_words **out)
{
    enum ist_status status = IST_OK;
    struct nv_words *words;
    while (!(words = find(nv)) && status == IST_OK)
        status = add_slab(nv);
    if (words)
        *out = words;
    return status;
}

void nv_words_give(struct nvidia *nv, struct nv_words *words, uint64_t progress,
                   uint64_t staged)
{
    pthread_mutex_lock(&nv->lock);
    for (struct nv_slab *slab = nv->slabs; slab; slab = slab->next) {
        if (words >= slab->words && words < slab->words + SLAB_PLACES) {
            size_t i = (size_t)(words - slab->words);
            slab->place[i].progress = progress;
            slab->place[i].staged = staged;
            slab->place[i].used = false;
        }
    }
    pthread_mutex_unlock(&nv->lock);
}

void nv_words_close(struct nvidia *nv)
{
    struct nv_slab *next;
    for (struct nv_slab *slab = nv->slabs; slab; slab = next) {
        next = slab->next;
        nv_pinned_destroy(nv, slab->words, SLAB_BYTES);
        free(slab);
    }
    nv->slabs = NULL;
}
