/* SPDX-License-Identifier: MIT */
/* What the keyed-mutex cases share: one mutex seen by two devices, and a thread that acquires
 * it. */
#ifndef ISTHMUS_CONFORMANCE_GROUP_E_H
#define ISTHMUS_CONFORMANCE_GROUP_E_H

#include "conformance.h"

#define LONG_MS 20000 /* for what must come: only a hang takes so long */
#define QUIET_MS 60   /* for what must not come */

/* Device 1 (a) made the texture, device 2 (b) opened it. */
struct pair {
    struct rig a, b;
    ID3D11Texture2D *tex_a, *tex_b;
    IDXGIKeyedMutex *mutex_a, *mutex_b;
};

static inline void pair_open(struct pair *p)
{
    rig_open(&p->a);
    rig_open(&p->b);
    p->tex_a = rig_tex(&p->a, KEYED);
    p->tex_b = open_kmt(&p->b, kmt_handle(p->tex_a));
    p->mutex_a = keyed_mutex(p->tex_a);
    p->mutex_b = keyed_mutex(p->tex_b);
    REQUIRE_TRUE(p->mutex_a && p->mutex_b);
}

/* All of device 1, as when its program lets go of everything. */
static inline void pair_close_a(struct pair *p)
{
    release(p->mutex_a);
    EXPECT_EQ(release(p->tex_a), 0);
    rig_close(&p->a);
}

static inline void pair_close_b(struct pair *p)
{
    release(p->mutex_b);
    EXPECT_EQ(release(p->tex_b), 0);
    rig_close(&p->b);
}

static inline void pair_close(struct pair *p)
{
    pair_close_a(p);
    pair_close_b(p);
}

/* AcquireSync in a thread of its own. */
struct acquirer {
    struct thread thread;
    IDXGIKeyedMutex *mutex;
    UINT64 key;
    HRESULT hr;
    HANDLE done; /* set when it has returned */
};

static inline void acquirer_run(void *user)
{
    struct acquirer *q = user;
    q->hr = IDXGIKeyedMutex_AcquireSync(q->mutex, q->key, INFINITE);
    SetEvent(q->done);
}

static inline void acquirer_start(struct acquirer *q, IDXGIKeyedMutex *mutex, UINT64 key)
{
    q->mutex = mutex;
    q->key = key;
    q->hr = E_FAIL;
    q->done = new_event();
    thread_start(&q->thread, acquirer_run, q);
}

static inline bool acquirer_blocks(struct acquirer *q)
{
    return WaitForSingleObject(q->done, QUIET_MS) == WAIT_TIMEOUT;
}

/* What it answered, which it must do. */
static inline HRESULT acquirer_end(struct acquirer *q)
{
    thread_join(&q->thread);
    EXPECT_TRUE(CloseHandle(q->done));
    return q->hr;
}

#endif
