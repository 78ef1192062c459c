/* SPDX-License-Identifier: MIT */
/*
 * A call of the matrix, in words that no API has for itself: what is passed is named by what it
 * is ("the closed handle"), and the world (world.h) knows the value. One such call is made
 * through each API that has the function.
 */
#ifndef TESTS_WRONG_CALL_H
#define TESTS_WRONG_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum function {
    IMPORT_MEMORY,
    MAP_BUFFER,
    MAP_ARRAY,
    DESTROY_MEMORY,
    IMPORT_SEMAPHORE,
    SIGNAL,
    WAIT,
    DESTROY_SEMAPHORE, /* the last one of CUDA's */
    CREATE_TEXTURE,
    QUERY_MUTEX,
    GET_SHARED_HANDLE,
    CREATE_SHARED_HANDLE,
    OPEN_RESOURCE,
    OPEN_RESOURCE1,
    OPEN_BY_NAME,
    CREATE_FENCE,
    FENCE_HANDLE,
    OPEN_FENCE,
    SET_EVENT,
    CONTEXT_SIGNAL,
    CONTEXT_WAIT,
    ACQUIRE,
    RELEASE,
    CLOSE,
    DUPLICATE,
    FUNCTIONS
};

/* Where a function can be called. _SHORT: what CUDA 12 has under the plain names. */
enum api {
    RUNTIME,
    RUNTIME_PTSZ,
    RUNTIME_SHORT,
    RUNTIME_SHORT_PTSZ,
    DRIVER,
    DRIVER_PTSZ,
    D3D,
    APIS
};

enum which_handle {
    H_NULL,
    H_BUFFER_NT,
    H_BUFFER_KMT,
    H_TEXTURE_NT,
    H_TEXTURE_KMT,
    H_MUTEX_NT,
    H_MUTEX_KMT,
    H_FENCE_NT,
    H_EVENT,
    H_CLOSED_NT, /* of a resource that lives */
    H_DEAD_KMT,  /* of a resource that is gone */
    H_NEVER_NT,  /* looks like one, and was never given out */
    H_NEVER_KMT,
    H_NO_RIGHTS, /* an NT handle of a texture, made with no right at all */
    H_ODD,       /* looks like none */
    H_MINUS_ONE, /* the process' pseudo handle */
    H_POINTER,   /* an address of the program */
    H_OBJECT,    /* the COM pointer in place of its handle */
    HANDLES
};

enum which_name {
    N_NULL,
    N_BUFFER,
    N_MUTEX,
    N_FENCE,
    N_EVENT,
    N_NOBODY,
    N_EMPTY,
    N_HALF, /* half of a surrogate pair */
    N_LONG,
    N_BACKSLASH,
    NAMES
};

enum which_memory {
    M_NULL,
    M_BUFFER,
    M_PART, /* of the buffer: imported with a smaller size */
    M_TEXTURE,
    M_PART_TEXTURE,
    M_MIPS,
    M_LAYERS,
    M_CUBE,
    M_3D,
    M_1D,
    M_BGRA,
    M_TARGET,
    M_NV12,
    M_FRESH, /* imported for the one call */
    M_DESTROYED,
    M_SEMAPHORE, /* the handle of another kind */
    M_STREAM,
    M_POINTER,
    M_MADE_UP,
    MEMORIES
};

enum which_semaphore {
    S_NULL,
    S_FENCE,
    S_MUTEX, /* free, with key 0 */
    S_HELD,  /* a mutex that this semaphore holds */
    S_HELD_BY_D3D,
    S_ABANDONED,
    S_FRESH,
    S_DESTROYED,
    S_MEMORY, /* the handle of another kind */
    S_STREAM,
    S_POINTER,
    S_MADE_UP,
    SEMAPHORES
};

enum which_stream {
    STREAM_LEGACY,
    STREAM_OWN,
    STREAM_DESTROYED,
    STREAM_SEMAPHORE,
    STREAM_POINTER
};

enum texel {
    T_U8X4,
    T_UNORM8X4,
    T_U8X1,
    T_U8X2,
    T_U8X3,
    T_U16X4,
    T_F32X1,
    T_NONE,
    T_BITS_24, /* only the runtime can say so */
    T_GAP,     /* likewise: x and z, no y */
    T_UNKNOWN, /* only the driver */
};

/* What a D3D11 call is made on. */
enum which_object {
    O_TEXTURE_NT,
    O_TEXTURE_KMT,
    O_TEXTURE_UNSHARED,
    O_FENCE,
    O_FENCE_UNSHARED,
    O_FENCE_NULL,
    O_FENCE_OTHER, /* of another device */
    O_MUTEX,       /* free, with key 0 */
    O_HELD,        /* by the device */
    O_HELD_BY_CUDA,
    O_ABANDONED,
};

enum iid { IID_RIGHT, IID_OTHER_DIMENSION, IID_MADE_UP };

struct call {
    enum function function;
    bool no_out, no_desc;
    /* import, and D3D11's opens */
    unsigned type;
    enum which_handle handle;
    enum which_name name;
    uint64_t size;
    unsigned flags;    /* also those of one element of parameters, and of DuplicateHandle */
    unsigned reserved; /* reserved[n - 1] is not zero; 0: all are */
    /* map */
    enum which_memory memory;
    uint64_t offset;
    enum texel texel;
    size_t width, height, depth;
    unsigned levels;
    /* signal and wait */
    enum which_semaphore semaphore[2];
    unsigned count, flagged; /* flagged: the element that gets `flags` */
    bool no_semaphores, no_params;
    enum which_stream stream;
    uint64_t value; /* of a fence, and the key of a mutex */
    unsigned timeout;
    /* D3D11 */
    enum which_object object;
    enum iid iid;
    unsigned access, misc, usage, bind, cpu, samples;
    bool other_process;
};

/* What a call must answer with one API. 0 is success, NEVER that the API has no such call. */
#define NEVER (-1)

/* One mistake: a base with one field changed. */
struct mistake {
    const char *text; /* what is wrong, after the function's name */
    unsigned base;    /* enum base */
    size_t offset, width;
    uint64_t value;
    int64_t runtime, driver; /* the codes; `driver` is also that of D3D11's calls */
    int64_t strict_runtime, strict_driver;
    const char *word;   /* what the reason must name */
    const char *sample; /* why this one is printed in docs/errors.md; NULL: it is not */
};

extern const struct call bases[];
extern const unsigned base_count;
extern const struct mistake mistakes[];
extern const unsigned mistake_count;

#endif
