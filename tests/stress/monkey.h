/* SPDX-License-Identifier: MIT */
/*
 * The monkey: threads do seeded random operations to shared objects through the public names of
 * D3D11, DXGI, Win32 and CUDA. What the files of this folder share.
 *
 * Rules that keep it legal: COM objects are used under a reference of one's own, mapped memory
 * by one thread at a time; handles of every kind are used by all, also when they are stale.
 * Each wait is released in the end by the janitor, which signals all fences again and again.
 */
#ifndef TESTS_STRESS_MONKEY_H
#define TESTS_STRESS_MONKEY_H

#define COBJMACROS
#include <windows.h>

#include <d3d11_4.h>

#include <cuda_runtime_api.h>

#include <cuda.h>
#include <isthmus/isthmus.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEVICES = 2,
    RESOURCES = 24,
    FENCES = 8,
    HANDLES = 32, /* NT handles and KMT numbers, live and stale, mixed */
    MEMORIES = 12,
    SEMAPHORES = 12, /* the first half: fences; the second: keyed mutexes */
    MAPPINGS = 12,
    ARRAYS = 8,
    STREAMS = 8,
    CUDA_EVENTS = 8,
    CELLS = 4,
    NAMES = 6,
    WORKERS_MAX = 64,
    CELL_BYTES = 4096,
    FENCE_TOP = 100,         /* the monkey waits for values up to this one */
    JANITOR_VALUE = 1000000, /* and the janitor signals this one */
};

/* ---- options.c ---- */

struct options {
    uint64_t seed;
    unsigned threads, seconds, hang_seconds;
    uint64_t ops;     /* of each thread; 0: until the time is over */
    bool wild;        /* copies that nothing puts in order: no check of data, races by intent */
    bool codes;       /* count and print what each call answered */
    const char *only; /* operations whose name contains this; NULL: all */
};

extern struct options options;

void options_read(int argc, char **argv);

/* ---- schedule.c: each thread's own choices, the same for the same seed ---- */

struct rng {
    uint64_t state;
};

uint64_t rng_next(struct rng *rng);
unsigned below(struct rng *rng, unsigned n);
bool one_in(struct rng *rng, unsigned n);

/* ---- world.c: slots ---- */

/* A COM object. The lock guards all; users take a copy with a reference. */
struct com_slot {
    pthread_mutex_t lock;
    struct com {
        IUnknown *object;
        unsigned device;
        UINT misc;    /* UINT32_MAX: opened, so not known here */
        UINT width;   /* of a buffer: bytes */
        bool shared;  /* a fence that can be opened elsewhere */
        bool mapable; /* staging or dynamic */
    } com;
};

struct com com_borrow(struct com_slot *slot); /* release it; object NULL: empty */
struct com com_swap(struct com_slot *slot, struct com fresh); /* release what comes out */
void com_release(struct com com);

/* Memory that CUDA knows, used by one thread at a time. */
struct mapping {
    void *ptr;
    size_t size;
};

struct monkey_device {
    ID3D11Device *device;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context;
    ID3D11DeviceContext4 *context4;
};

/* A buffer behind a keyed mutex whose content is known to whoever holds the mutex. */
struct cell {
    ID3D11Resource *opened[DEVICES];
    HANDLE handle;    /* NT, or a KMT number in odd cells */
    unsigned version; /* guarded by the keyed mutex: that is what is tested */
};

extern struct world {
    struct monkey_device devices[DEVICES], janitor;
    struct com_slot resources[RESOURCES], fences[FENCES];
    _Atomic uintptr_t handles[HANDLES], memories[MEMORIES], semaphores[SEMAPHORES];
    _Atomic uintptr_t arrays[ARRAYS], streams[STREAMS], cuda_events[CUDA_EVENTS];
    struct mapping *_Atomic mappings[MAPPINGS];
    struct cell cells[CELLS];
    atomic_size_t host_asked, host_ran;
} world;

extern const WCHAR *const monkey_names[NAMES];

void world_make(void);
void world_end(void);   /* everything in slots, while the janitor still works */
void world_close(void); /* the devices */

/* Closes, whatever another thread does to it meanwhile. */
void handle_discard(uintptr_t handle);
void mapping_discard(struct mapping *mapping);

/* ---- model.c: workers and checks ---- */

struct worker {
    unsigned index;
    struct rng rng;
    pthread_t thread;
    const char *_Atomic where; /* the operation, for the watchdog */
    const char *_Atomic call;  /* the last check that it passed */
    _Atomic uint64_t number;   /* of the operation; the watchdog sees it move */
    struct com_slot holds;     /* the fence in use: the janitor must be able to signal it */
    cudaStream_t stream;       /* its own, for what must be in order */
    cudaExternalSemaphore_t cell_mutex[CELLS];
    cudaExternalMemory_t cell_memory[CELLS];
    unsigned char *cell_bytes[CELLS];
    ID3D11Resource *staging[DEVICES];
};

extern struct worker workers[WORKERS_MAX];
extern atomic_size_t checks_passed, checks_failed;

void *worker_run(void *worker);
void worker_make(struct worker *w);
void worker_end(struct worker *w);

/* Reports a failure; every thread. `w` NULL: outside the workers. */
void monkey_fail(struct worker *w, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* True and counted if `code` is in the list, which ends with its length. */
bool check_code(struct worker *w, const char *file, int line, const char *text, uint32_t code,
                const uint32_t *list, size_t count);

/* With --codes: to stdout. The main thread, at the end. */
void answers_print(void);

#define ALLOW(w, code, ...)                                                               \
    check_code(w, __FILE__, __LINE__, #code, (uint32_t)(code), (uint32_t[]){__VA_ARGS__}, \
               sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

#define MUST(w, condition)                                                      \
    do {                                                                        \
        if (condition)                                                          \
            atomic_fetch_add_explicit(&checks_passed, 1, memory_order_relaxed); \
        else                                                                    \
            monkey_fail(w, __FILE__, __LINE__, "failed: %s", #condition);       \
    } while (0)

/* The bytes of a version of something. */
void pattern_fill(unsigned char *to, size_t size, unsigned salt, unsigned version);
/* Where the first wrong byte is; `size` if none is. */
size_t pattern_check(const unsigned char *at, size_t size, unsigned salt, unsigned version);

/* ---- operations ---- */

struct operation {
    const char *name;
    void (*run)(struct worker *w);
    unsigned weight;
};

extern const struct operation resource_ops[], handle_ops[], cuda_ops[], mapping_ops[],
    stream_ops[], sync_ops[], cell_ops[], chain_ops[], life_ops[], handoff_ops[];

/* A random slot's content. */
#define SLOT(w, slots) \
    (&world.slots[below(&(w)->rng, sizeof(world.slots) / sizeof(world.slots[0]))])
uintptr_t pick_handle(struct worker *w); /* sometimes garbage */
cudaStream_t pick_stream(
    struct worker *w);                    /* sometimes a stream without a slot, or a dead one */
const WCHAR *pick_name(struct worker *w); /* sometimes NULL */
void put_handle(struct worker *w, HANDLE handle);

/* A host function that is counted, in this stream. */
void stream_host(struct worker *w, cudaStream_t stream);

void cells_make(void);
void cells_end(void);

void janitor_start(void);
void janitor_stop(void);

#endif
