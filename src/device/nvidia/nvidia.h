/* SPDX-License-Identifier: MIT */
/*
 * The parts of the NVIDIA device, which device.c joins to one struct gpu_ops. Each device works
 * in the primary context of its GPU, the one that CUDA's runtime uses. Every function that
 * calls the driver does so between nv_enter() and nv_leave().
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_NVIDIA_H
#define ISTHMUS_DEVICE_NVIDIA_NVIDIA_H

#include "base/atomics.h"
#include "core/gpu.h"
#include "device/nvidia/driver.h"
#include "device/nvidia/shape.h"

#include <pthread.h>

struct nvidia;

/* Something that is freed when no stream waits: embedded in what is freed. */
struct nv_grave {
    struct nv_grave *next;
    void (*bury)(struct nvidia *nv, struct nv_grave *grave); /* frees all, the grave too */
};

/* What one stream writes for the host to read; a cache line in pinned memory. */
struct nv_words {
    _Alignas(64) _Atomic uint64_t progress; /* the last ticket that was reached */
    _Atomic uint64_t staged;                /* the last use of staging memory that is over */
};

struct nv_chunk; /* pinned memory for what is on its way (staging.c) */
struct nv_slab;  /* a page of words (words.c) */

/* Shapes of arrays. */
enum nv_geometry { NV_1D, NV_2D, NV_3D, NV_1D_LAYERED, NV_2D_LAYERED, NV_GEOMETRIES };

/* A wait for a word, where streams see it; 0: none. */
struct nv_wait {
    CUdeviceptr at;
    uint64_t target;
    struct sync_line *line; /* of one that is held back: its peaks since then count */
    uint32_t since;
};

#define NV_ORPHANS 64 /* of those beyond, a free that comes too early blocks */

struct nvidia {
    struct device device;
    CUdevice ordinal;
    unsigned generation; /* gate_generation() of the process that opened the driver */

    pthread_mutex_t open_lock; /* guards the opening of the context */
    CUcontext _Atomic context; /* NULL until somebody needs it; publishes what follows */
    unsigned long long id;     /* the context's: a reset one has another, at the same handle */
    CUstream service;          /* for what is done at once: zeroing */
    bool linear_clears;        /* whole textures that have a linear address are cleared there */
    CUmodule module;           /* NULL: arrays are filled and copied by the driver */
    CUfunction fill[NV_GEOMETRIES], copy[NV_GEOMETRIES][NV_GEOMETRIES]; /* copy[from][to] */
    size_t granularity; /* of memory that can leave the process */
    atomic_bool lost;   /* set for good by whoever first sees it */

    pthread_mutex_t lock;               /* guards what follows; rank: last */
    struct gpu_stream *streams;         /* all of them */
    struct nv_wait orphans[NV_ORPHANS]; /* open waits in others' streams, let go of */
    unsigned orphan_count;
    struct nv_slab *slabs;
    struct nv_chunk *chunks; /* staging memory that nobody uses */
    size_t chunk_bytes;
    struct nv_grave *graves; /* what could not be freed yet */
    atomic_uint grave_count;

    /*
     * Held for reading while a wait is put on a stream, for writing while something is freed:
     * the driver's frees block until all streams are idle, so no wait may come in between.
     */
    pthread_rwlock_t free_lock;
};

#define NV_OPEN_WAITS 16

struct gpu_stream {
    struct nvidia *nv;
    struct gpu_stream *next, **back; /* in nv->streams */
    CUstream cu;
    bool wrapped; /* somebody else's */
    struct nv_words *words;
    _Atomic uint64_t issued; /* last ticket; written by who submits, read by all */
    _Atomic uint64_t seen;   /* highest progress of a wrapped stream; graphs replay */
    bool untold;             /* something was put there, and no ticket since */
    struct nv_wait held;     /* not put there yet: nothing came behind it */
    /* Waits that were put there, and no ticket since; those of others under nv->free_lock. */
    struct nv_wait open[NV_OPEN_WAITS];
    atomic_uint open_count;
    atomic_bool more_open;        /* more than there is room for */
    _Atomic uint64_t wait_ticket; /* the ticket after the last wait */
    uint64_t staged;              /* uses of staging memory so far; written by who submits */
    struct nv_chunk *chunk;       /* the one that is being filled */
    struct nv_chunk *busy;        /* full ones, the youngest first */
};

/* One array: a plane of a texture, with its levels. */
struct nv_plane {
    struct nv_plane_shape shape;
    CUexternalMemory external; /* shareable memory up to where the plane may reach */
    CUmipmappedArray array;
    CUarray level[LAYOUT_MAX_LEVELS];
    CUsurfObject _Atomic surface[LAYOUT_MAX_LEVELS]; /* 0: not made yet; under nv->lock */
};

/* resource.gpu */
struct nv_resource {
    struct nv_grave grave;
    struct nvidia *nv;
    CUmemGenericAllocationHandle handle; /* shareable memory; 0: none */
    size_t size;
    CUdeviceptr at;        /* where streams see linear bytes; 0: nowhere */
    bool reserved, mapped; /* what became of `at` so far, for shareable memory */
    bool allocated;        /* `at` is from the driver's allocator */
    void *host;            /* pinned memory that the host maps */
    unsigned planes;       /* 0: linear */
    struct nv_plane plane[NV_PLANES];
};

static inline struct nvidia *nvidia_from_device(struct device *dev)
{
    return container_of(dev, struct nvidia, device);
}

/* device.c: the GPUs of this machine, in the driver's order. 0: driver_reason() says why. */
unsigned nvidia_probe(struct device **out, unsigned max);
/* For tests: gives everything back to the driver. Nothing of the device is in use. */
void nvidia_close(struct device *dev);
extern const struct gpu_ops nvidia_gpu_ops;

/* context.c */
struct nv_scope {
    struct nvidia *nv; /* NULL: nothing to leave */
    int capture_mode;
    bool pushed;
};

/*
 * Makes the device's context the thread's, and its calls legal beside a stream capture. Opens
 * the context at first use. IST_DEVICE_LOST, also in the child of a fork.
 */
enum ist_status nv_enter(struct nvidia *nv, struct nv_scope *scope) MUST_CHECK;
void nv_leave(struct nv_scope *scope);

/* Without a reason for ist_explain(): the driver can be called. */
bool nv_alive(const struct nvidia *nv);
/* False in the child of a fork: there locks may be held for ever, and the GPU is another's. */
bool nv_same_process(const struct nvidia *nv);

/* What a result means. Refuses with words: `call` was for `purpose`. */
enum ist_status nv_answer(struct nvidia *nv, CUresult result, const char *call,
                          const char *purpose);
#define NV_CALL(nv, purpose, fn, ...) \
    nv_answer((nv), driver.fn(__VA_ARGS__), driver_names.fn, (purpose))

/* True for results after which a context answers nothing else. */
bool nv_result_is_fatal(CUresult result);

/* defer.c: frees now, or as soon as no stream waits. In a scope, or with the device lost. */
void nv_free_later(struct nvidia *nv, struct nv_grave *grave);
/* The same outside of a scope: not now, but with what is freed later. */
void nv_put_off(struct nvidia *nv, struct nv_grave *grave);
/* Frees what was put off, if no stream waits. Returns what is left. */
unsigned nv_free_due(struct nvidia *nv);

/*
 * pinned.c: memory of ours that the GPU may use, too. It stays readable when the context has
 * gone, which memory of the driver's does not (H100, driver 580.159.04, 2026-11-21).
 */
enum ist_status nv_pinned_create(struct nvidia *nv, size_t size, const char *purpose,
                                 void **out) MUST_CHECK;
void nv_pinned_destroy(struct nvidia *nv, void *at, size_t size);

/* words.c. IST_NO_RESOURCES. */
enum ist_status nv_words_take(struct nvidia *nv, struct nv_words **out) MUST_CHECK;
/* They are used again once both values have been reached. */
void nv_words_give(struct nvidia *nv, struct nv_words *words, uint64_t progress,
                   uint64_t staged);
void nv_words_close(struct nvidia *nv);

/* page.c: what gpu_ops says of them; and where streams find a word of a page. */
enum ist_status nvidia_page_use(struct device *dev, struct sync_page *page) MUST_CHECK;
void nvidia_page_leave(struct device *dev, struct sync_page *page);
/* 0: the page is not in use. */
CUdeviceptr nv_page_word(const void *word);
/* How many pages are in use; for tests. */
unsigned nv_pages_in_use(void);

/* stream.c */
enum ist_status nvidia_stream_create(struct device *dev, struct gpu_stream **out) MUST_CHECK;
enum ist_status nvidia_stream_wrap(struct device *dev, void *native, struct gpu_stream **out)
    MUST_CHECK;
void nvidia_stream_destroy(struct gpu_stream *stream);
enum ist_status nvidia_wait(struct gpu_stream *stream, struct sync_gpu *gpu, uint64_t value,
                            uint64_t ticket) MUST_CHECK;
enum ist_status nvidia_signal(struct gpu_stream *stream, const struct gpu_signal *signal,
                              uint64_t ticket) MUST_CHECK;
uint64_t nvidia_progress(struct gpu_stream *stream);
bool nvidia_lost(struct device *dev);

/*
 * submit.c: waits and writes that go to a stream in one piece, in their order. A wait that was
 * held back comes first, unless it is over by now.
 */
struct nv_batch {
    struct nv_stream_operation ops[5];
    unsigned count;
    struct nv_wait waits[2];
    unsigned wait_count;
};
void nv_batch_start(struct gpu_stream *stream, struct nv_batch *batch);
void nv_batch_wait(struct nv_batch *batch, const struct nv_wait *wait);
void nv_batch_write(struct nv_batch *batch, CUdeviceptr at, uint64_t value);
/* Not empty. captured: its waits come to be when a graph runs, and nobody tells us. */
enum ist_status nv_batch_submit(struct gpu_stream *stream, struct nv_batch *batch,
                                bool captured) MUST_CHECK;
/* Before anything else is put there. */
enum ist_status nv_stream_begin_work(struct gpu_stream *stream) MUST_CHECK;
/* A ticket's write is with the stream: it tells of the waits before it. */
void nv_stream_told(struct gpu_stream *stream, uint64_t ticket);
/* True if a wait that was put there may not be over, and nobody has said that it will be. */
bool nv_stream_may_wait(struct gpu_stream *stream);
/* All of them will pass, and their words may go. With free_lock, as who writes. */
void nv_stream_forget_waits(struct gpu_stream *stream);
/* It is let go of, and may still come to them. */
void nv_stream_leave_waits(struct gpu_stream *stream);
/* With nv->lock: what was left like that may wait. */
bool nv_orphans_may_wait(struct nvidia *nv);

/* memory.c */
enum ist_status nvidia_resource_create(struct device *dev, struct resource *r, bool shareable)
    MUST_CHECK;
enum ist_status nvidia_resource_open(struct device *dev, struct resource *r, int fd) MUST_CHECK;
void nvidia_resource_destroy(struct device *dev, struct resource *r);

/* block.c: memory that can leave the process. Parts that are made are found in `res`. */
bool nv_block_importable(size_t size); /* the driver survives it, here */
enum ist_status nv_block_create(struct nvidia *nv, struct nv_resource *res, size_t size,
                                int *fd) MUST_CHECK;
/* IST_BAD_PARCEL: no memory of ours, or smaller than `size`. The fd stays the caller's. */
enum ist_status nv_block_open(struct nvidia *nv, struct nv_resource *res, int fd) MUST_CHECK;
enum ist_status nv_block_map(struct nvidia *nv, struct nv_resource *res, size_t size)
    MUST_CHECK;
void nv_block_release(struct nv_resource *res);

/* array.c */
enum ist_status nv_arrays_create(struct nvidia *nv, struct nv_resource *res,
                                 const struct nv_shape *shape) MUST_CHECK;
/* Over memory of `size` bytes behind fd, which is only looked at. *fits: it is large enough. */
enum ist_status nv_arrays_map(struct nvidia *nv, struct nv_resource *res,
                              const struct nv_shape *shape, int fd, size_t size, bool *fits)
    MUST_CHECK;
void nv_arrays_release(struct nv_resource *res);
/* 0 if it cannot be written by kernels. */
CUsurfObject nv_plane_surface(struct nvidia *nv, struct nv_plane *plane, unsigned level);

/* Where the plane starts in the memory: gpu_ops.plane_offset. */
uint64_t nvidia_plane_offset(const struct resource *r, unsigned plane);

/* copy.c, fill.c */
enum ist_status nvidia_copy(struct gpu_stream *stream, const struct copy *copy) MUST_CHECK;
enum ist_status nvidia_fill(struct gpu_stream *stream, const struct fill *fill) MUST_CHECK;

/* A run of rows of one place, as the driver's copies want it (side.c). */
struct nv_side {
    struct nv_copy_side side;
    const struct nv_plane *plane; /* NULL: linear */
    unsigned level;
    size_t rows; /* how many can follow; SIZE_MAX: all */
    size_t slice_pitch;
};

/* Row `row` of slice `slice` of the box that starts at the place. */
struct nv_side nv_side_at(const struct place *place, size_t row, size_t slice);
/* Bytes between two sides, rows and slices as they follow each other there. */
enum ist_status nv_copy_sides(struct gpu_stream *stream, const struct nv_side *dst,
                              const struct nv_side *src, size_t row_bytes, size_t rows,
                              size_t slices) MUST_CHECK;

/* fill_linear.c */
enum ist_status nv_fill_linear(struct gpu_stream *stream, CUdeviceptr at, size_t row_pitch,
                               size_t row_bytes, size_t rows, const unsigned char *pattern,
                               unsigned pattern_bytes) MUST_CHECK;
/* The shortest pattern of 1, 2, 4, ... bytes that says the same. */
unsigned nv_pattern_period(const unsigned char *pattern, unsigned bytes);

/* kernel.c: loading never fails; without the kernels fills and copies take another way. */
void nv_kernel_load(struct nvidia *nv);
extern const char nv_kernel_text[];
enum nv_geometry nv_plane_geometry(const struct nv_plane *plane);
/* Blocks and their threads, one for each of width x height. */
struct nv_grid {
    unsigned grid_x, grid_y, block_x, block_y, block_z;
};
struct nv_grid nv_kernel_grid(uint32_t width, uint32_t height);

/* fill_kernel.c */
bool nv_kernel_fits(const struct nv_plane *plane, size_t x, size_t row_bytes);
struct nv_fill_box {
    size_t x, y, z, row_bytes, rows, slices; /* z counts from the array's first slice */
};
enum ist_status nv_kernel_fill(struct gpu_stream *stream, const struct nv_plane *plane,
                               CUsurfObject surface, const struct nv_fill_box *box,
                               const unsigned char *pattern, unsigned pattern_bytes) MUST_CHECK;

/* copy_kernel.c: between arrays that have surfaces. */
struct nv_surface {
    CUsurfObject object;
    const struct nv_side *at;
};
bool nv_kernel_copies(const struct nv_plane *dst, const struct nv_plane *src, size_t dst_x,
                      size_t src_x, size_t row_bytes);
enum ist_status nv_kernel_copy(struct gpu_stream *stream, const struct nv_surface *dst,
                               const struct nv_surface *src, size_t row_bytes, size_t rows,
                               size_t slices) MUST_CHECK;

/* staging.c: pinned memory that the stream may use until nv_stage_end(). */
#define NV_STAGE_BYTES (4UL << 20) /* callers cut what is larger */
enum ist_status nv_stage(struct gpu_stream *stream, size_t bytes, unsigned char **out)
    MUST_CHECK;
enum ist_status nv_stage_end(struct gpu_stream *stream) MUST_CHECK;
void nv_stage_leave(struct gpu_stream *stream);
void nv_stage_close(struct nvidia *nv);

#endif
