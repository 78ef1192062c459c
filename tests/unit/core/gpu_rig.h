/* SPDX-License-Identifier: MIT */
/*
 * A device that works by itself, without a GPU: a stream is a thread with a list of operations,
 * which it does in order, some time later. Waits in a stream poll a word and compare cyclically
 * as the hardware does. Tests hold streams back, lose the device, and count what was submitted.
 */
#ifndef ISTHMUS_TESTS_GPU_RIG_H
#define ISTHMUS_TESTS_GPU_RIG_H

#include "unit/core/queue_rig.h"

#include "core/queue_own.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#define RIG_GPU_BYTES (2U << 20) /* of each allocation, rounded up */

enum rig_kind { RIG_COPY, RIG_FILL, RIG_WAIT, RIG_SIGNAL, RIG_HOLD };

/* Where a wait looks: its fence may end before the stream gets there. */
struct rig_look {
    struct list link;
    struct sync_gpu *gpu, *after; /* as it is now; in a mapping that stays */
    bool left;                    /* the first has gone */
};

struct rig_item {
    struct rig_item *next;
    enum rig_kind kind;
    struct copy copy;
    struct fill fill;
    unsigned char *aside; /* a transient source */
    struct gpu_signal signal;
    struct rig_look *look;
    uint64_t value, ticket;
    _Atomic uint64_t *progress;
    atomic_bool *released;
};

/* A stream of the machine: what a program calls its own. */
struct rig_stream {
    pthread_mutex_t lock; /* guards the list and `end` */
    pthread_cond_t more;
    struct rig_item *head, **tail;
    bool end;
    pthread_t thread;
    pid_t pid; /* the child of a fork has no thread of it */
};

/* What core knows of it: a stream of the device's, or somebody else's. */
struct gpu_stream {
    struct rig_stream *on;
    bool owned;
    _Atomic uint64_t progress;
    uint64_t asked; /* what the progress will come to; by who submits, one at a time */
};

/* Counted by who submits; `pages` and `memories` are what is in use. */
struct rig_counts {
    atomic_uint copies, fills, waits, signals, marks, pages, memories, streams;
    atomic_uint writes;   /* words that signals and marks are of */
    atomic_uint unissued; /* waits for what nobody had submitted */
    atomic_uint asked;    /* calls of lost() */
};

static struct rig_counts rig_counts;
static atomic_bool rig_dead;    /* the streams stand still ... */
static atomic_bool rig_noticed; /* ... and somebody has asked */
static atomic_int rig_fail;     /* the status of the next copy, fill, wait or signal */

static struct {
    pthread_mutex_t lock;
    struct list all;
    atomic_int pid; /* who has any: the child of a fork leaves the lock alone */
} rig_looks = {.lock = PTHREAD_MUTEX_INITIALIZER, .all = {&rig_looks.all, &rig_looks.all}};

/* ---- The machine ---- */

static unsigned char *rig_at(const struct place *p, size_t *row, size_t *slice)
{
    if (!p->resource) {
        *row = p->row_pitch;
        *slice = p->slice_pitch;
        return (unsigned char *)p->memory + p->x + p->y * *row + p->z * *slice;
    }
    const struct layout *l = &p->resource->layout;
    const struct layout_level *level = &l->level[p->level];
    *row = level->row_pitch;
    *slice = level->depth > 1 ? level->depth_pitch : l->slice_stride;
    return (unsigned char *)p->resource->gpu + layout_offset(l, p->level, p->slice) + p->x +
           p->y * *row + p->z * *slice;
}

static void rig_do_copy(const struct copy *c)
{
    size_t dr, ds, sr, ss;
    unsigned char *dst = rig_at(&c->dst, &dr, &ds), *src = rig_at(&c->src, &sr, &ss);
    for (size_t z = 0; z < c->slices; z++)
        for (size_t y = 0; y < c->rows; y++)
            memcpy(dst + z * ds + y * dr, src + z * ss + y * sr, c->row_bytes);
}

static void rig_do_fill(const struct fill *f)
{
    size_t row, slice;
    unsigned char *dst = rig_at(&f->dst, &row, &slice);
    for (size_t z = 0; z < f->slices; z++)
        for (size_t y = 0; y < f->rows; y++)
            for (size_t x = 0; x < f->row_bytes; x++)
                dst[z * slice + y * row + x] = f->pattern[x % f->pattern_bytes];
}

static void rig_do_signal(const struct rig_item *i)
{
    if (i->signal.line)
        store_release(&i->signal.line->value, i->signal.value);
    if (i->signal.gpu)
        store_release(&i->signal.gpu->word, sync_gpu_value(i->signal.value));
    if (i->ticket)
        store_release(i->progress, i->ticket);
}

static void *rig_page_of(struct sync_gpu *gpu)
{
    return (unsigned char *)gpu - (uintptr_t)gpu % SYNC_PAGE_BYTES;
}

static struct rig_look *rig_look_new(struct sync_gpu *gpu)
{
    struct rig_look *look = calloc(1, sizeof(*look));
    unsigned char *page = mremap(rig_page_of(gpu), 0, SYNC_PAGE_BYTES, MREMAP_MAYMOVE);
    look->gpu = gpu;
    look->after = (void *)(page + (uintptr_t)gpu % SYNC_PAGE_BYTES);
    atomic_store(&rig_looks.pid, getpid());
    pthread_mutex_lock(&rig_looks.lock);
    list_append(&rig_looks.all, &look->link);
    pthread_mutex_unlock(&rig_looks.lock);
    return look;
}

static void rig_look_end(struct rig_look *look)
{
    if (!look)
        return;
    pthread_mutex_lock(&rig_looks.lock);
    list_remove(&look->link);
    pthread_mutex_unlock(&rig_looks.lock);
    munmap(rig_page_of(look->after), SYNC_PAGE_BYTES);
    free(look);
}

static uint64_t rig_look_at(struct rig_look *look)
{
    pthread_mutex_lock(&rig_looks.lock);
    uint64_t word = load_acquire(look->left ? &look->after->word : &look->gpu->word);
    pthread_mutex_unlock(&rig_looks.lock);
    return word;
}

/* False: the device died. */
static bool rig_do_wait(const struct rig_item *i)
{
    uint64_t target = sync_gpu_value(i->value);
    while (!atomic_load(&rig_dead)) {
        if ((int64_t)(rig_look_at(i->look) - target) >= 0)
            return true;
        sched_yield();
    }
    return false;
}

static bool rig_do_hold(const struct rig_item *i)
{
    while (!atomic_load(i->released) && !atomic_load(&rig_dead))
        sched_yield();
    return !atomic_load(&rig_dead);
}

static bool rig_do(const struct rig_item *i)
{
    switch (i->kind) {
    case RIG_COPY: rig_do_copy(&i->copy); break;
    case RIG_FILL: rig_do_fill(&i->fill); break;
    case RIG_WAIT: return rig_do_wait(i);
    case RIG_SIGNAL: rig_do_signal(i); break;
    case RIG_HOLD: return rig_do_hold(i);
    }
    return true;
}

static void *rig_stream_run(void *arg)
{
    struct rig_stream *s = arg;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (!s->head && !s->end)
            pthread_cond_wait(&s->more, &s->lock);
        struct rig_item *i = s->head;
        if (i) {
            s->head = i->next;
            if (!s->head)
                s->tail = &s->head;
        }
        pthread_mutex_unlock(&s->lock);
        if (!i)
            return NULL;
        if (!atomic_load(&rig_dead))
            rig_do(i);
        rig_look_end(i->look);
        free(i->aside);
        free(i);
    }
}

RIG_UNUSED static struct rig_stream *rig_stream_new(void)
{
    struct rig_stream *s = calloc(1, sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, NULL);
    s->tail = &s->head;
    s->pid = getpid();
    s->thread = rig_start(rig_stream_run, s);
    return s;
}

/* All of it is done first. */
RIG_UNUSED static void rig_stream_end(struct rig_stream *s)
{
    if (s->pid != getpid())
        return;
    pthread_mutex_lock(&s->lock);
    s->end = true;
    pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->more);
    free(s);
}

static enum ist_status rig_add(struct rig_stream *s, const struct rig_item *item)
{
    int fail = atomic_exchange(&rig_fail, IST_OK);
    if (fail != IST_OK || atomic_load(&rig_noticed)) {
        free(item->aside);
        return fail != IST_OK ? (enum ist_status)fail : IST_DEVICE_LOST;
    }
    struct rig_item *i = malloc(sizeof(*i));
    *i = *item;
    i->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->tail = i;
    s->tail = &i->next;
    pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
    return IST_OK;
}

/* ---- What core calls ---- */

static enum ist_status rig_resource_create(struct device *dev, struct resource *r,
                                           bool shareable)
{
    (void)dev;
    size_t size = align_up(r->layout.size, RIG_GPU_BYTES);
    int fd = memfd_create("rig-gpu", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        return refuse(IST_NO_MEMORY, "the rig has no memory");
    r->gpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    r->memory = (struct memory){.size = size, .fd = fd};
    if (r->desc.host_access)
        r->memory.base = r->gpu;
    if (!shareable)
        close(take(&r->memory.fd, -1));
    add_relaxed(&rig_counts.memories, 1);
    return IST_OK;
}

static enum ist_status rig_resource_open(struct device *dev, struct resource *r, int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    (void)dev;
    if ((uint64_t)size != r->memory.size || (size_t)size < r->layout.size) {
        close(fd);
        return refuse(IST_BAD_PARCEL, "the payload has %lld bytes, not %zu", (long long)size,
                      r->memory.size);
    }
    r->gpu = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    r->memory.fd = fd;
    add_relaxed(&rig_counts.memories, 1);
    return IST_OK;
}

static void rig_resource_destroy(struct device *dev, struct resource *r)
{
    (void)dev;
    munmap(r->gpu, r->memory.size);
    if (r->memory.fd >= 0)
        close(r->memory.fd);
    atomic_fetch_sub(&rig_counts.memories, 1);
}

static enum ist_status rig_open_stream(struct rig_stream *on, bool owned,
                                       struct gpu_stream **out)
{
    struct gpu_stream *s = calloc(1, sizeof(*s));
    s->on = on;
    s->owned = owned;
    add_relaxed(&rig_counts.streams, 1);
    *out = s;
    return IST_OK;
}

static enum ist_status rig_stream_create(struct device *dev, struct gpu_stream **out)
{
    (void)dev;
    return rig_open_stream(rig_stream_new(), true, out);
}

static enum ist_status rig_stream_wrap(struct device *dev, void *native,
                                       struct gpu_stream **out)
{
    (void)dev;
    return rig_open_stream(native, false, out);
}

static void rig_stream_destroy(struct gpu_stream *s)
{
    if (s->owned)
        rig_stream_end(s->on);
    /* The signal that ended the last use is written before the progress is. */
    while (!s->owned && load_acquire(&s->progress) < s->asked && !atomic_load(&rig_dead))
        sched_yield();
    atomic_fetch_sub(&rig_counts.streams, 1);
    free(s);
}

/* Plain memory is read now, as the contract says. */
static enum ist_status rig_copy(struct gpu_stream *s, const struct copy *copy)
{
    struct rig_item i = {.kind = RIG_COPY, .copy = *copy};
    size_t slice = copy->row_bytes * copy->rows;
    add_relaxed(&rig_counts.copies, 1);
    if (!copy->src.resource) {
        i.aside = malloc(slice * copy->slices + 1);
        i.copy.src = (struct place){.memory = i.aside,
                                    .row_pitch = copy->row_bytes,
                                    .slice_pitch = slice};
        struct copy now = *copy;
        now.dst = i.copy.src;
        rig_do_copy(&now);
    }
    return rig_add(s->on, &i);
}

static enum ist_status rig_fill_op(struct gpu_stream *s, const struct fill *fill)
{
    add_relaxed(&rig_counts.fills, 1);
    return rig_add(s->on, &(struct rig_item){.kind = RIG_FILL, .fill = *fill});
}

static enum ist_status rig_signal_op(struct gpu_stream *s, const struct gpu_signal *signal,
                                     uint64_t ticket)
{
    add_relaxed(signal->gpu ? &rig_counts.signals : &rig_counts.marks, 1);
    add_relaxed(&rig_counts.writes, !!signal->line + !!signal->gpu + !!ticket);
    if (ticket)
        s->asked = ticket;
    return rig_add(s->on, &(struct rig_item){.kind = RIG_SIGNAL,
                                             .signal = *signal,
                                             .ticket = ticket,
                                             .progress = &s->progress});
}

static enum ist_status rig_wait_op(struct gpu_stream *s, struct sync_gpu *gpu, uint64_t value,
                                   uint64_t ticket)
{
    const struct gpu_signal nothing = {0};
    add_relaxed(&rig_counts.waits, 1);
    if (load_seq_cst(&gpu->issued) < value && load_seq_cst(&gpu->word) < sync_gpu_value(value))
        add_relaxed(&rig_counts.unissued, 1);
    struct rig_look *look = rig_look_new(gpu);
    enum ist_status status =
        rig_add(s->on, &(struct rig_item){.kind = RIG_WAIT, .look = look, .value = value});
    if (status != IST_OK)
        rig_look_end(look);
    return status != IST_OK || !ticket ? status : rig_signal_op(s, &nothing, ticket);
}

static uint64_t rig_progress(struct gpu_stream *s)
{
    return atomic_load(&rig_noticed) ? UINT64_MAX : load_acquire(&s->progress);
}

static bool rig_lost(struct device *dev)
{
    (void)dev;
    add_relaxed(&rig_counts.asked, 1);
    if (atomic_load(&rig_dead))
        atomic_store(&rig_noticed, true);
    return atomic_load(&rig_noticed);
}

static enum ist_status rig_page_use(struct device *dev, struct sync_page *page)
{
    (void)dev;
    (void)page;
    add_relaxed(&rig_counts.pages, 1);
    return IST_OK;
}

static void rig_page_leave(struct device *dev, struct sync_page *page)
{
    (void)dev;
    atomic_fetch_sub(&rig_counts.pages, 1);
    if (atomic_load(&rig_looks.pid) != getpid())
        return;
    pthread_mutex_lock(&rig_looks.lock);
    list_for_each (item, next, &rig_looks.all) {
        struct rig_look *look = container_of(item, struct rig_look, link);
        look->left |= rig_page_of(look->gpu) == page;
    }
    pthread_mutex_unlock(&rig_looks.lock);
}

static const struct gpu_ops rig_gpu_ops = {
    .resource_create = rig_resource_create,
    .resource_open = rig_resource_open,
    .resource_destroy = rig_resource_destroy,
    .stream_create = rig_stream_create,
    .stream_wrap = rig_stream_wrap,
    .stream_destroy = rig_stream_destroy,
    .copy = rig_copy,
    .fill = rig_fill_op,
    .wait = rig_wait_op,
    .signal = rig_signal_op,
    .progress = rig_progress,
    .lost = rig_lost,
    .page_use = rig_page_use,
    .page_leave = rig_page_leave,
};

static const struct device_ops rig_device_ops = {.name = "rig", .gpu = &rig_gpu_ops};

static struct device rig_gpu = {
    .ops = &rig_device_ops,
    .description = "a GPU of the tests",
    .uuid = "rig's own device",
    .luid = "rigluid",
    .memory_bytes = 1U << 30,
};

/* ---- For tests ---- */

RIG_UNUSED static struct queue *gpu_queue(void)
{
    struct queue *q = NULL;
    CHECK_EQ(queue_create(&rig_gpu, &q), IST_OK);
    return q;
}

RIG_UNUSED static struct queue *gpu_wrap(struct rig_stream *native)
{
    struct queue *q = NULL;
    CHECK_EQ(queue_wrap(&rig_gpu, native, &q), IST_OK);
    return q;
}

RIG_UNUSED static struct fence *gpu_fence(uint64_t value)
{
    struct fence *fence = NULL;
    CHECK_EQ(fence_create(rig_session(), &rig_gpu, value, 0, &fence), IST_OK);
    return fence;
}

RIG_UNUSED static struct resource *gpu_buffer(size_t bytes, enum resource_sharing sharing,
                                              bool keyed_mutex)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_BUFFER, .width = bytes},
        .sharing = sharing,
        .keyed_mutex = keyed_mutex,
    };
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), &rig_gpu, &desc, HOLDER_COM, &r), IST_OK);
    return r;
}

/* What comes after waits until `released`: a kernel that takes its time. */
RIG_UNUSED static void hold_stream(struct rig_stream *s, atomic_bool *released)
{
    CHECK_EQ(rig_add(s, &(struct rig_item){.kind = RIG_HOLD, .released = released}), IST_OK);
}

RIG_UNUSED static void hold_queue(struct queue *q, atomic_bool *released)
{
    hold_stream(q->gpu->stream->on, released);
}

RIG_UNUSED static void gpu_fill(struct queue *q, struct resource *r, unsigned char byte)
{
    struct fill fill = {
        .dst = {.resource = r},
        .row_bytes = r->layout.size,
        .rows = 1,
        .slices = 1,
        .pattern = {byte},
        .pattern_bytes = 1,
    };
    CHECK_EQ(queue_fill(q, &fill), IST_OK);
}

RIG_UNUSED static bool gpu_is_all(const struct resource *r, unsigned char byte)
{
    const unsigned char *bytes = r->gpu;
    for (size_t i = 0; i < r->layout.size; i++)
        if (bytes[i] != byte)
            return false;
    return true;
}

/* Until the count is there; a test that hangs is killed by the harness. */
RIG_UNUSED static void await_count(atomic_uint *count, unsigned wanted)
{
    while (load_acquire(count) < wanted)
        rig_nap(1);
}

RIG_UNUSED static void count_one(void *count)
{
    atomic_fetch_add_explicit((atomic_uint *)count, 1, memory_order_release);
}

/* Until the word is true; a test that hangs is killed by the harness. */
RIG_UNUSED static void await_true(atomic_bool *word)
{
    while (!atomic_load(word))
        rig_nap(1);
}

RIG_UNUSED static void note_true(void *word)
{
    atomic_store((atomic_bool *)word, true);
}

/* Who sees that something is gone has all that its end did behind it. */
RIG_UNUSED static unsigned counted(atomic_uint *count)
{
    return atomic_load(count);
}

/* Nothing of the device is in use any more; what the polling thread lets go of comes late. */
RIG_UNUSED static void check_clean(void)
{
    for (int i = 0; i < 5000 && (counted(&rig_counts.streams) || counted(&rig_counts.pages) ||
                                 counted(&rig_counts.memories) || queue_any_busy());
         i++)
        rig_nap(1);
    CHECK_EQ(counted(&rig_counts.streams), 0);
    CHECK_EQ(counted(&rig_counts.pages), 0);
    CHECK_EQ(counted(&rig_counts.memories), 0);
    CHECK(!queue_any_busy());
}

/* The device works again, as no real one would: for the next test. */
RIG_UNUSED static void rig_repair(void)
{
    atomic_store(&rig_dead, false);
    atomic_store(&rig_noticed, false);
    atomic_store(&rig_gpu.lost, false);
}

#endif
