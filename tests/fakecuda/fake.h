/* SPDX-License-Identifier: MIT */
/*
 * The inside of the fake driver. One lock, fake_lock, guards everything here unless a comment
 * says otherwise; call_begin() takes it and call_end() gives it back. Work of streams runs on
 * the connections' threads, without the lock.
 */
#ifndef FAKECUDA_FAKE_H
#define FAKECUDA_FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cuda_driver.h"
#include "fakecuda.h"

extern pthread_mutex_t fake_lock;
extern pthread_cond_t fake_changed; /* something was done, was let go, or was lost */

/* The same function under one more name, as the library exports it. */
#define ALSO(name, function) extern __typeof__(function) name __attribute__((alias(#function)))

/* ---- configuration (init.c) ---- */
enum { MAX_DEVICES = 8, MAX_CONNECTIONS = 32, ALL_CONNECTIONS = 2 * MAX_CONNECTIONS };

struct config {
    int devices, version, connections;
    size_t memory; /* bytes of each device */
    unsigned delay_us, deadlock_ms;
};
const struct config *config(void);

/* ---- calls (call.c, count.c, fail.c) ---- */
enum call_kind {
    CALL_FREE,    /* answers before cuInit() and after a loss */
    CALL_DRIVER,  /* needs cuInit() */
    CALL_MEMORY,  /* the same; no context is needed, but a lost one says so */
    CALL_CONTEXT, /* needs a current context that is not lost */
    CALL_UNSAFE,  /* the same, and is forbidden while a stream of this thread is captured */
};

struct context;
struct call {
    CUresult refused;    /* why the function must not do its work */
    struct context *ctx; /* the current one, or NULL */
};

struct call call_begin(const char *name, enum call_kind kind);
CUresult call_end(const struct call *call, CUresult result);
/* The function's work, unless it is refused, and its end. */
#define CALL(call, work) call_end((call), (call)->refused ? (call)->refused : (work))

void count_call(const char *name);
CUresult fail_check(const char *name); /* CUDA_SUCCESS, or what this call is to answer */
bool code_loses(int code);

/* ---- objects: what has a handle (object.c) ---- */
struct object {
    struct object *next;
    enum fakecuda_kind kind;
    uintptr_t handle; /* never used again, so stale ones are found */
    struct context *ctx;
    void (*destroy)(struct object *); /* after it left the table */
};

/* size bytes of zeros with the object at their begin, or NULL. */
void *object_new(enum fakecuda_kind kind, size_t size, struct context *ctx,
                 void (*destroy)(struct object *));
void object_rename(struct object *object, uintptr_t handle); /* one that nobody has */
void *object_find(enum fakecuda_kind kind, uintptr_t handle);
void object_each(enum fakecuda_kind kind, void (*fn)(struct object *, void *arg), void *arg);
void object_end(struct object *object);
void object_end_all(struct context *ctx, enum fakecuda_kind kind);
void live_add(enum fakecuda_kind kind, int n);

/* ---- contexts (context.c) ---- */
struct op;
struct connection {
    struct context *ctx;
    pthread_t thread;
    bool running; /* the thread exists */
    pthread_cond_t work;
    struct op *first, **last; /* the first one is being done */
};

struct stream;
struct context {
    struct object object;
    unsigned long long id; /* no other context ever has it */
    int device;
    bool primary, ending; /* ending: no longer in the table */
    unsigned refs;        /* of a primary one */
    unsigned flags;
    CUresult lost;
    unsigned waiting;                              /* streams that are held up by a wait */
    unsigned users;                                /* threads in wait_until() */
    struct connection connection[ALL_CONNECTIONS]; /* the second half: of high priority */
    unsigned long long streams;                    /* that were ever made */
    struct stream *legacy;
};

struct context *context_current(void);
bool context_is_stale(void); /* the current one ended */
struct context *context_from(CUcontext handle);
struct context *context_primary(int device); /* retained by somebody, or NULL */
void context_lose(struct context *ctx, CUresult code);
bool device_ok(CUdevice dev);
/* Until fn(arg) is true or ctx is lost; gives the lock away meanwhile. */
void wait_until(bool (*fn)(void *arg), void *arg, struct context *ctx, const char *what);

/* ---- memory (backing.c, range.c) ---- */
struct backing {
    struct backing *next;
    unsigned refs;
    int device;
    int fd; /* -1: nobody can share it */
    dev_t dev;
    ino_t ino;
    char *base;
    size_t size;
};

CUresult backing_new(int device, size_t size, bool shareable, struct backing **out);
struct backing *backing_from_fd(int fd); /* counted once more; NULL: no memory of ours */
struct backing *backing_ref(struct backing *backing);
void backing_unref(struct backing *backing);
size_t backing_bytes(int device);

struct range {
    struct range *next;
    enum fakecuda_kind kind;
    CUdeviceptr start;
    size_t size;
    struct context *ctx;     /* NULL: of no context */
    struct backing *backing; /* NULL: of the host, or nothing */
    char *memory;            /* where the bytes are; NULL in a reservation */
    bool access, window;     /* window: start is a place that nobody may touch */
};

struct range *range_new(enum fakecuda_kind kind, struct context *ctx, CUdeviceptr start,
                        size_t size);
struct range *range_find(enum fakecuda_kind kind, CUdeviceptr start);
struct range *range_at(CUdeviceptr address, size_t size); /* memory, no reservation */
struct range *range_of_host(const void *p, size_t size);  /* pinned memory of the host */
void range_end(struct range *range);
void range_end_all(struct context *ctx);
CUdeviceptr window_new(size_t size); /* 0: none left */
/* The bytes behind a device address that work may use now, or NULL. */
char *memory_at(CUdeviceptr address, size_t size);
/* The same for any address, host memory that CUDA does not know included. */
char *memory_unified(CUdeviceptr address, size_t size, bool *pageable);

/* ---- arrays (array.c, array_layout.c) ---- */
enum { MAX_LEVELS = 16 };

struct array_shape {
    size_t row_bytes, rows, slices; /* of one level, rows and slices at least 1 */
    size_t tile_rows, slice_size;
    unsigned element; /* bytes of the smallest unit that is copied */
    bool solid;       /* laid out as a 3D texture */
};

struct array {
    struct object object;
    CUDA_ARRAY3D_DESCRIPTOR desc;
    struct array_shape shape;
    struct backing *backing;
    size_t offset;
    size_t layer; /* bytes from one layer to the next */
};

/* CUDA_ERROR_INVALID_VALUE for what the driver refuses. */
CUresult array_check(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels);
struct array_shape array_shape(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level);
size_t array_size(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels);
size_t array_offset(const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned level);
/* The place of a byte, and how many after it in its row follow at once. */
char *array_cell(const struct array *array, size_t x, size_t y, size_t z, size_t *run);
CUresult array_map(struct context *ctx, struct backing *backing, size_t offset,
                   const CUDA_ARRAY3D_DESCRIPTOR *desc, unsigned levels, CUmipmappedArray *out);

/* ---- streams (stream.c, connection.c) ---- */
struct capture;
struct stream {
    struct object object;
    unsigned refs; /* the table's and each operation's */
    unsigned flags;
    int priority;
    unsigned long long id;
    pid_t owner; /* of a thread's default stream */
    struct connection *connection;
    uint64_t submitted, done;
    struct capture *capture;
};

/* An operation: a struct that begins with this one, of `size` bytes that may be copied. */
struct op {
    struct op *next;
    size_t size;
    struct stream *stream;
    uint64_t ticket;
    CUresult (*run)(struct op *op); /* without the lock; what is no success loses the context */
    void (*dispose)(struct op *op); /* optional; with the lock */
};

struct stream *stream_find(struct context *ctx, CUstream handle);
/* The same for a call; NULL if it is refused. */
struct stream *stream_of(const struct call *call, CUstream handle);
/* Of a context that was reset: the driver crashes at such a handle (measured). */
void check_alive(const struct call *call, enum fakecuda_kind kind, uintptr_t handle);
void stream_unref(struct stream *stream);
void *op_new(size_t size, CUresult (*run)(struct op *op));
/* Takes the operation. NULL is no memory for it. */
CUresult stream_submit(struct stream *stream, struct op *op);
CUresult stream_drain(struct stream *stream, uint64_t ticket, const char *what);
CUresult context_drain(struct context *ctx, const char *what);
CUresult connection_add(struct connection *connection, struct op *op);
void connection_stop(struct connection *connection);
bool connection_holds_up(struct op *op); /* another stream's work stands behind it */
__attribute__((noreturn)) void stop_process(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* ---- capture (capture.c) ---- */
CUresult capture_check(struct context *ctx); /* for calls that a capture forbids */
bool capture_take(struct stream *stream, struct op *op);
void capture_forget(struct stream *stream);

/* ---- copies (copy.c) ---- */
CUresult copy_submit(struct context *ctx, const CUDA_MEMCPY3D *copy, CUstream stream,
                     bool wait);

#endif
