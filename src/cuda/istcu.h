/* SPDX-License-Identifier: MIT */
/*
 * What libisthmus-cuda.so offers the stand-in runtimes: everything but the ABI. Each runtime is
 * a thin shim over these functions, so both speak to the same objects. Private: both sides are
 * of one build.
 *
 * Every function returns an error number of CUDA; those of runtime and driver are equal, and 20
 * (channels that cannot be expressed) comes only from istcu_format_from_channels(). Out
 * parameters are untouched on failure; NULL for one answers 1. Whoever refuses has logged why.
 * Any thread may call. From inside a host function everything answers 800 but the functions
 * marked [host]. What a handle names is checked: NULL, stale and foreign ones answer 400.
 *
 * Handles are opaque values, never addresses and never 0, 1, 2; runtime and driver share them.
 * Streams: NULL and 1 are the legacy stream, 2 is the calling thread's own: the shim of a _ptsz
 * or _ptds name passes 2 for NULL. `async`: 0 also waits as the synchronous CUDA call does.
 */
#ifndef ISTHMUS_CUDA_ISTCU_H
#define ISTHMUS_CUDA_ISTCU_H

#include <stddef.h>

#define ISTCU_API __attribute__((visibility("default")))

#define ISTCU_STREAM_LEGACY ((void *)1)
#define ISTCU_STREAM_PER_THREAD ((void *)2)

/* The driver's structs by their tags; <cuda.h>, ours or NVIDIA's, completes them. */
struct CUDA_EXTERNAL_MEMORY_HANDLE_DESC_st;
struct CUDA_EXTERNAL_MEMORY_BUFFER_DESC_st;
struct CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_st;
struct CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_st;
struct CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_st;
struct CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS_st;

/* ---- devices ------------------------------------------------------------------------- */

/* What properties hold and no attribute does. */
struct istcu_device_facts {
    char name[256];
    unsigned char uuid[16];
    unsigned char luid[8]; /* LowPart, HighPart: those of the DXGI adapter */
    unsigned luid_node_mask;
    size_t total_memory;
    size_t shared_per_block, constant_memory, pitch_max; /* as cudaDeviceProp has them */
    size_t texture_alignment, texture_pitch_alignment, surface_alignment;
};

/* [host] 13000: the newest interface that is spoken. */
ISTCU_API int istcu_driver_version(int *out);

/* [host] How many devices there are; never 0 (then everything answers 100). */
ISTCU_API int istcu_device_count(int *out);

/* [host] The calling thread's device, 0 at first. 101: no such device. */
ISTCU_API int istcu_device_set(int device);
ISTCU_API int istcu_device_get(int *out);

/* [host] 101: no such device. */
ISTCU_API int istcu_device_facts(int device, struct istcu_device_facts *out);

/* [host] Eight bytes, and the node mask. 1: a pointer is NULL. */
ISTCU_API int istcu_device_luid(int device, char *luid, unsigned *node_mask);

/*
 * [host] `attr` as cudaDeviceAttr and CUdevice_attribute number it; known ones that nothing is
 * said about are 0. 1: unknown number. Enough to fill every int of cudaDeviceProp.
 */
ISTCU_API int istcu_device_attribute(int device, int attr, int *out);

/* Waits for all streams of all threads, destroyed ones included. */
ISTCU_API int istcu_device_synchronize(void);

/* Waits likewise, then ends every stream, event, array, import and piece of device memory. */
ISTCU_API int istcu_device_reset(void);

ISTCU_API int istcu_memory_info(size_t *free_bytes, size_t *total_bytes);

/* ---- streams ------------------------------------------------------------------------- */

/*
 * flags: 0 (blocking: in order with the legacy stream) or 1 (non-blocking); others 1. A
 * priority out of 0 .. -5 is brought into it, as CUDA does.
 */
ISTCU_API int istcu_stream_create(void **out, unsigned flags, int priority);

/* Submitted work still runs. 400 for the legacy and per-thread stream. */
ISTCU_API int istcu_stream_destroy(void *stream);

/* 0: nothing is left to do; 600: something is (which is no refusal, and not logged). */
ISTCU_API int istcu_stream_query(void *stream);
ISTCU_API int istcu_stream_synchronize(void *stream);

/* flags: 0 or 1 (external, the same here). An event never recorded holds up nothing. */
ISTCU_API int istcu_stream_wait_event(void *stream, void *event, unsigned flags);

/* [host] */
ISTCU_API int istcu_stream_flags(void *stream, unsigned *out);
ISTCU_API int istcu_stream_priority(void *stream, int *out);
ISTCU_API int istcu_stream_device(void *stream, int *out);
ISTCU_API int istcu_stream_id(void *stream, unsigned long long *out);

/* Least and greatest: 0 and -5. [host] NULL for either is allowed. */
ISTCU_API int istcu_stream_priority_range(int *least, int *greatest);

/* `fn` in stream order on a thread of ours, never in the caller; it may block its stream. */
ISTCU_API int istcu_launch_host(void *stream, void (*fn)(void *user), void *user);

/* The same with cudaStreamAddCallback's shape; status is always 0. flags: 0, others 1. */
typedef void (*istcu_stream_callback)(void *stream, int status, void *user);
ISTCU_API int istcu_stream_add_callback(void *stream, istcu_stream_callback fn, void *user,
                                        unsigned flags);

/* ---- events -------------------------------------------------------------------------- */

/* flags: 1 blocking sync, 2 no timing; 4 interprocess: 801 (with 2) or 1 (without). */
ISTCU_API int istcu_event_create(void **out, unsigned flags);
ISTCU_API int istcu_event_destroy(void *event);

/* flags: 0 or 1 (external, the same here). A new record takes the place of the one before. */
ISTCU_API int istcu_event_record(void *event, void *stream, unsigned flags);

/* 0: what was recorded is done, or nothing was recorded; 600: not yet. */
ISTCU_API int istcu_event_query(void *event);
ISTCU_API int istcu_event_synchronize(void *event);

/* 400: never recorded, or made without timing. 600: not done. */
ISTCU_API int istcu_event_elapsed(float *ms, void *start, void *end);

/* ---- memory -------------------------------------------------------------------------- */

struct istcu_extent {
    size_t width, height, depth;
};

/* As cudaPitchedPtr. */
struct istcu_pitched {
    void *ptr;
    size_t pitch, xsize, ysize;
};

/* Zeroed, aligned to 256. Size 0: 0 with a NULL pointer. 2: no memory. */
ISTCU_API int istcu_malloc(void **out, size_t size);
ISTCU_API int istcu_malloc_pitch(void **out, size_t *pitch, size_t width, size_t height);
ISTCU_API int istcu_malloc_3d(struct istcu_pitched *out, struct istcu_extent extent);

/* flags: 1 (global) or 2 (host); 4 (single): 1. Both sides use the same pointer. Size 0: 1. */
ISTCU_API int istcu_malloc_managed(void **out, size_t size, unsigned flags);

/* Usable at once, given back in stream order. */
ISTCU_API int istcu_malloc_async(void **out, size_t size, void *stream);
ISTCU_API int istcu_free_async(void *ptr, void *stream);

/*
 * Ends what the functions above made and mapped buffers of external memory. The bytes stay
 * until the work that was submitted before is done; never blocks. NULL: 0. Anything else, an
 * interior address and a second free included: 1.
 */
ISTCU_API int istcu_free(void *ptr);

/* Pinned. flags: portable 1, mapped 2, write-combined 4; others 1. Size 0: NULL pointer. */
ISTCU_API int istcu_host_alloc(void **out, size_t size, unsigned flags);
ISTCU_API int istcu_host_free(void *ptr); /* as istcu_free(), for istcu_host_alloc() */

/* flags: 1 | 2 | 8, and 4 (801). 712: overlaps what is registered. Size 0: 1. */
ISTCU_API int istcu_host_register(void *ptr, size_t size, unsigned flags);
ISTCU_API int istcu_host_unregister(void *ptr); /* 713: is not the start of a registration */

/* The pointer itself. flags: 0. 1: not pinned or registered. */
ISTCU_API int istcu_host_device_pointer(void **out, void *host, unsigned flags);
ISTCU_API int istcu_host_flags(unsigned *out, void *host);

/* type: 0 unregistered, 1 host, 2 device, 3 managed. The device is -2 with type 0. */
struct istcu_pointer {
    int type, device;
    void *device_pointer, *host_pointer; /* host NULL for device memory, as CUDA answers */
};

/* [host] Any address may be asked about. NULL and unknown: 0, with type 0. */
ISTCU_API int istcu_pointer_attributes(struct istcu_pointer *out, const void *ptr);

/* ---- arrays -------------------------------------------------------------------------- */

/* As cudaChannelFormatDesc: bits and cudaChannelFormatKind. */
struct istcu_channels {
    int x, y, z, w;
    unsigned kind;
};

/* In the driver's terms and layout (CUDA_ARRAY3D_DESCRIPTOR). Extents in elements. */
struct istcu_array_desc {
    size_t width, height, depth; /* height 0: 1D; depth 0: 1D or 2D; layers if layered */
    unsigned format;             /* CUarray_format */
    unsigned channels;
    unsigned flags; /* CUDA_ARRAY3D_* == cudaArray* */
};

/*
 * [host] From the runtime's way to name a format to the driver's, and back. 20: cannot be
 * expressed (3 channels, 24 bits, channels that differ ...), and never another refusal.
 */
ISTCU_API int istcu_format_from_channels(const struct istcu_channels *channels,
                                         unsigned *format, unsigned *count);
ISTCU_API int istcu_channels_from_format(unsigned format, unsigned count,
                                         struct istcu_channels *out);

/* 1: extents, format, channels or flags are wrong; 801: sparse, deferred; 2: no memory. */
ISTCU_API int istcu_array_create(void **out, const struct istcu_array_desc *desc);
/* levels 0 .. : brought into 1 .. the full chain, as CUDA does. */
ISTCU_API int istcu_mipmapped_create(void **out, const struct istcu_array_desc *desc,
                                     unsigned levels);

/*
 * Also for one level. The bytes stay until submitted work is done. The runtime's free of NULL
 * is 0: that is the shim's; here NULL is 400.
 */
ISTCU_API int istcu_array_destroy(void *array);
/* Also for those mapped from external memory; ends its levels' handles too. */
ISTCU_API int istcu_mipmapped_destroy(void *mipmapped);

/* The same handle at each call, valid as long as the whole. 1: no such level. */
ISTCU_API int istcu_mipmapped_level(void **out, const void *mipmapped, unsigned level);

/* [host] What the array was made with (of a level: its own extent). */
ISTCU_API int istcu_array_info(const void *array, struct istcu_array_desc *out);

/* ---- copies and fills ---------------------------------------------------------------- */

/*
 * As cudaMemcpy3DParms: exactly one of array and ptr.ptr on each side. Positions on an
 * array's side in elements, else in bytes; extent.width in elements if there is an array,
 * else bytes.
 */
struct istcu_pos {
    size_t x, y, z;
};
struct istcu_memcpy3d {
    const void *src_array;
    struct istcu_pos src_pos;
    struct istcu_pitched src;
    void *dst_array;
    struct istcu_pos dst_pos;
    struct istcu_pitched dst;
    struct istcu_extent extent;
    int kind;
};

/*
 * All: `kind` as cudaMemcpyKind (0 .. 4, others 21). 1: a device side that is no device memory,
 * a range beyond its allocation or array, an overflow. 12: a pitch smaller than the width.
 * Sizes of 0 do nothing. Pageable sources are read before the call returns. Offsets into arrays
 * and widths are in bytes here, rows in elements, as in the runtime's functions of these names.
 */
ISTCU_API int istcu_memcpy(void *dst, const void *src, size_t count, int kind, void *stream,
                           int async);
ISTCU_API int istcu_memcpy_peer(void *dst, int dst_device, const void *src, int src_device,
                                size_t count, void *stream,
                                int async); /* 101: no such device */
ISTCU_API int istcu_memcpy_2d(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
                              size_t width, size_t height, int kind, void *stream, int async);
ISTCU_API int istcu_memcpy_3d(const struct istcu_memcpy3d *copy, void *stream, int async);

ISTCU_API int istcu_memcpy_2d_to_array(void *dst, size_t x, size_t y, const void *src,
                                       size_t src_pitch, size_t width, size_t height, int kind,
                                       void *stream, int async);
ISTCU_API int istcu_memcpy_2d_from_array(void *dst, size_t dst_pitch, const void *src, size_t x,
                                         size_t y, size_t width, size_t height, int kind,
                                         void *stream, int async);
ISTCU_API int istcu_memcpy_2d_array_to_array(void *dst, size_t dst_x, size_t dst_y,
                                             const void *src, size_t src_x, size_t src_y,
                                             size_t width, size_t height, int kind,
                                             void *stream, int async);

/* The old forms: `count` bytes on from (x, y), over the ends of rows. */
ISTCU_API int istcu_memcpy_to_array(void *dst, size_t x, size_t y, const void *src,
                                    size_t count, int kind, void *stream, int async);
ISTCU_API int istcu_memcpy_from_array(void *dst, const void *src, size_t x, size_t y,
                                      size_t count, int kind, void *stream, int async);
ISTCU_API int istcu_memcpy_array_to_array(void *dst, size_t dst_x, size_t dst_y,
                                          const void *src, size_t src_x, size_t src_y,
                                          size_t count, int kind, void *stream, int async);

/* The low byte of `value`. Device memory is never waited for, as in CUDA; pinned memory is. */
ISTCU_API int istcu_memset(void *ptr, int value, size_t count, void *stream, int async);
ISTCU_API int istcu_memset_2d(void *ptr, size_t pitch, int value, size_t width, size_t height,
                              void *stream, int async);
ISTCU_API int istcu_memset_3d(struct istcu_pitched ptr, int value, struct istcu_extent extent,
                              void *stream, int async);

/* ---- external resources -------------------------------------------------------------- */

/*
 * The driver's functions behind the driver's names; src/cuda/driver.c and the shims call them.
 * reserved[] must be zero: the runtime ignores it, so its shims zero it (and widen the shorter
 * structs of version 12). Both arrays of signal and wait are read before they return.
 */
ISTCU_API int istcu_import_external_memory(
    void **out, const struct CUDA_EXTERNAL_MEMORY_HANDLE_DESC_st *desc);
ISTCU_API int istcu_external_memory_buffer(
    void **out, void *memory, const struct CUDA_EXTERNAL_MEMORY_BUFFER_DESC_st *desc);
ISTCU_API int istcu_external_memory_mipmapped(
    void **out, void *memory, const struct CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_st *desc);
ISTCU_API int istcu_destroy_external_memory(void *memory);

ISTCU_API int istcu_import_external_semaphore(
    void **out, const struct CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_st *desc);
ISTCU_API int istcu_signal_external_semaphores(
    void *const *semaphores, const struct CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_st *params,
    unsigned count, void *stream);
/* May block for keyed mutexes, up to their timeoutMs; then 909, and nothing has changed. */
ISTCU_API int istcu_wait_external_semaphores(
    void *const *semaphores, const struct CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS_st *params,
    unsigned count, void *stream);
ISTCU_API int istcu_destroy_external_semaphore(void *semaphore);

#endif
