/* SPDX-License-Identifier: MIT */
/**
 * What programs that share Direct3D 11 objects with CUDA otherwise write by hand: which handle
 * family, which size, which flags, which channel format, which device, and who closes what.
 *
 * It calls public methods of the D3D11 and DXGI objects that you hand in, CloseHandle(), and
 * the CUDA driver, which it finds at run time: the program's own, or libisthmus-cuda.so.0; on
 * Windows nvcuda.dll. So the same sources work on Linux with Isthmus and on Windows with
 * NVIDIA's driver. Every CUDA object in these structs is a plain driver handle: use it with cu*
 * calls, or cast it for the runtime's.
 *
 * In general:
 * - A function that answers enum ist_status has done all of its work or none of it. On failure
 *   out parameters are untouched, and ist_explain() says why in words.
 * - Structs begin with their size, which the caller sets (the _INIT macros do): that is how a
 *   later version knows what an older program has room for.
 * - Sizes are bytes, extents are texels (bytes for buffers), times are milliseconds.
 * - CUDA's current device of the calling thread must be the resource's; with NVIDIA's driver a
 *   context must be current, which any earlier call of the runtime sees to.
 * - Any thread may call. Two threads must not use one struct at the same time, except that
 *   fences may be signalled and waited for by several.
 */
#ifndef ISTHMUS_INTEROP_H
#define ISTHMUS_INTEROP_H

#include <isthmus/isthmus.h>

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* Microsoft's interfaces by name only: include <d3d11.h> before or after, or not at all. */
#ifdef __cplusplus
struct ID3D11Device;
struct ID3D11DeviceContext;
struct ID3D11Fence;
struct ID3D11Resource;
struct IDXGIAdapter;
struct IDXGIFactory;
struct IDXGIKeyedMutex;
extern "C" {
#else
typedef struct ID3D11Device ID3D11Device;
typedef struct ID3D11DeviceContext ID3D11DeviceContext;
typedef struct ID3D11Fence ID3D11Fence;
typedef struct ID3D11Resource ID3D11Resource;
typedef struct IDXGIAdapter IDXGIAdapter;
typedef struct IDXGIFactory IDXGIFactory;
typedef struct IDXGIKeyedMutex IDXGIKeyedMutex;
#endif

/** The compiler complains where such an answer is dropped. */
#if defined(__GNUC__)
#define IST_MUST_CHECK __attribute__((warn_unused_result))
#else
#define IST_MUST_CHECK
#endif

/* ---- resources ----------------------------------------------------------------------- */

/**
 * What a resource is, in Microsoft's numbers. ist_describe_resource() fills it; whoever gets a
 * handle, name or number from elsewhere gets this along with it, because none of them tells.
 */
struct ist_resource_desc {
    uint32_t struct_size; /**< sizeof(struct ist_resource_desc) */
    uint32_t dimension;   /**< D3D11_RESOURCE_DIMENSION: 1 buffer, 2 .. 4 textures 1D .. 3D */
    uint64_t width;       /**< texels; ByteWidth of a buffer */
    uint32_t height;      /**< texels; 0 for buffers and 1D */
    uint32_t depth;       /**< texels; 0 for all but 3D */
    uint32_t levels;      /**< MipLevels; 0 for buffers */
    uint32_t slices;      /**< ArraySize; 0 for buffers and 3D */
    uint32_t samples;     /**< SampleDesc.Count; only 0 and 1 can be imported */
    uint32_t format;      /**< DXGI_FORMAT; 0 for buffers */
    uint32_t bind_flags;  /**< D3D11_BIND_FLAG: decide about surface and colour attachment */
    uint32_t misc_flags;  /**< D3D11_RESOURCE_MISC_FLAG: decide about family and keyed mutex */
    uint8_t luid[8];      /**< the adapter's: LowPart, HighPart, as CUDA shows them */
    uint32_t has_luid;    /**< 0: luid is not known, and the device is not compared */
    uint32_t reserved;    /**< 0 */
};

/** A description of which only the size is set. */
#define IST_RESOURCE_DESC_INIT                                                    \
    {                                                                             \
        sizeof(struct ist_resource_desc), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, 0, 0 \
    }

/** Bits of ist_import_options.flags. */
enum ist_import_flag {
    /** Surfaces may be bound to the levels; set by itself for BIND_UNORDERED_ACCESS. */
    IST_IMPORT_SURFACE = 1,
    /** Six slices are a cube, a multiple of six a layered one. D3D11 shares no TEXTURECUBE. */
    IST_IMPORT_CUBE = 2,
    /** A layered array even of one slice: what a kernel for arrays wants. */
    IST_IMPORT_LAYERED = 4,
    /** UNORM and SNORM as CUDA's normalised formats (11.5 or later) instead of integers. */
    IST_IMPORT_NORMALIZED = 8,
    /** Packed texels (10:10:10:2, 11:11:10, 5:6:5) as one unsigned integer of their size. */
    IST_IMPORT_PACKED_AS_INTEGER = 16,
    /** No keyed mutex, although the resource has one: somebody else keeps the order. */
    IST_IMPORT_NO_MUTEX = 32,
    /** No pointer and no array: only the external memory, to be mapped by the program. */
    IST_IMPORT_NO_MAPPING = 64,
};

/** What may be asked for beyond the usual. Zero in every field is the usual; so is NULL. */
struct ist_import_options {
    uint32_t struct_size; /**< sizeof(struct ist_import_options) */
    uint32_t flags;       /**< enum ist_import_flag */
    /** DXGI_FORMAT to see the texels as, of the same typeless family; 0: the resource's own
     *  (typeless ones as unsigned integers). */
    uint32_t view_format;
    uint32_t reserved; /**< 0 */
    uint64_t size; /**< what CUDA is told as size; 0: computed. Less than the texels: refused */
};

/** The usual. */
#define IST_IMPORT_OPTIONS_INIT                       \
    {                                                 \
        sizeof(struct ist_import_options), 0, 0, 0, 0 \
    }

/**
 * An import. Begins its life as IST_RESOURCE_INIT; is filled by an import, emptied by
 * ist_release_resource(). The handles belong to it: use them, do not free them.
 */
struct ist_resource {
    uint32_t struct_size;          /**< sizeof(struct ist_resource) */
    int32_t device;                /**< CUDA's device */
    uint64_t id;                   /**< which import this is; 0: none */
    void *memory;                  /**< CUexternalMemory */
    void *mutex;                   /**< CUexternalSemaphore of the keyed mutex, or NULL */
    void *mipmapped;               /**< CUmipmappedArray of a texture, or NULL */
    uint64_t pointer;              /**< CUdeviceptr of a buffer, or 0 */
    uint64_t size;                 /**< what CUDA was told */
    uint32_t array_format;         /**< CUarray_format, or 0 */
    uint32_t array_channels;       /**< 1, 2, 3 (video, block-compressed) or 4 */
    uint32_t array_flags;          /**< CUDA_ARRAY3D_* */
    uint32_t levels;               /**< of the mipmapped array */
    uint64_t array_extent[3];      /**< width, height, depth as CUDA has them: 0 if missing */
    struct ist_resource_desc desc; /**< what was imported */
};

/** No import. */
#define IST_RESOURCE_INIT                                                                 \
    {                                                                                     \
        sizeof(struct ist_resource), 0, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, {0, 0, 0}, \
            IST_RESOURCE_DESC_INIT                                                        \
    }

/**
 * Reads what a resource is.
 * @resource  Borrowed.
 * @out       struct_size set by the caller; the rest is filled.
 * IST_NO_INTERFACE: the pointer is no D3D11 resource. IST_BAD_ARG: a struct_size is wrong.
 * Any thread. Never blocks.
 */
IST_API enum ist_status ist_describe_resource(ID3D11Resource *resource,
                                              struct ist_resource_desc *out) IST_MUST_CHECK;

/**
 * Imports a shared resource into CUDA and maps it: all that is between a D3D11 pointer and a
 * CUDA pointer or array. Picks the family by MiscFlags (SHARED_NTHANDLE: a new NT handle,
 * closed again before the call returns; else the KMT number), computes the size, sets the
 * flags, compares the device, imports memory and keyed mutex, maps a pointer or a mipmapped
 * array.
 * @resource  Borrowed: the import holds the memory by itself, so it may be released afterwards.
 * @options   NULL: the usual.
 * @out       IST_RESOURCE_INIT before; ends with ist_release_resource().
 * IST_BAD_ARG: not shared, multisampled, or options that do not fit. IST_BAD_FORMAT: CUDA has
 * no such format. IST_WRONG_DEVICE: another GPU is current, by LUID or UUID; the reason names
 * both. IST_BAD_CALL: @out holds an import. Others: what CUDA or D3D11 answered.
 * Any thread. Asks D3D11 and CUDA, and does not wait for work of either.
 */
IST_API enum ist_status ist_import_resource(ID3D11Resource *resource,
                                            const struct ist_import_options *options,
                                            struct ist_resource *out) IST_MUST_CHECK;

/**
 * The same for an NT handle that came from elsewhere; the handle stays the caller's, who closes
 * it some time (the import does not need it any more).
 * @handle  From IDXGIResource1::CreateSharedHandle. Borrowed.
 * @desc    What the creator says of it. Borrowed.
 * Results and threads as ist_import_resource(); IST_BAD_HANDLE: no NT handle of a resource.
 */
IST_API enum ist_status ist_import_handle_borrow(void *handle,
                                                 const struct ist_resource_desc *desc,
                                                 const struct ist_import_options *options,
                                                 struct ist_resource *out) IST_MUST_CHECK;

/**
 * The same, and the handle is taken over: closed when the call returns, whatever it answers.
 * One exception: a value that cannot be an NT handle (NULL, a KMT number) is never closed,
 * because CloseHandle() might hit somebody else's.
 */
IST_API enum ist_status ist_import_handle_take(void *handle,
                                               const struct ist_resource_desc *desc,
                                               const struct ist_import_options *options,
                                               struct ist_resource *out) IST_MUST_CHECK;

/**
 * The same for a KMT number. There is nothing to take over: the number holds no reference, so
 * the resource must live until this call returns, and nobody closes it ever.
 * @number  From IDXGIResource::GetSharedHandle.
 */
IST_API enum ist_status ist_import_kmt_borrow(void *number,
                                              const struct ist_resource_desc *desc,
                                              const struct ist_import_options *options,
                                              struct ist_resource *out) IST_MUST_CHECK;

/**
 * The same by the name that was given to CreateSharedHandle. Nothing to close: CUDA opens a
 * reference of its own. The name must exist when the call is made.
 * @name  Wide string, as D3D11 takes it on this system. Borrowed.
 * IST_NOT_FOUND: nobody has an open handle of that name.
 */
IST_API enum ist_status ist_import_name_borrow(const wchar_t *name,
                                               const struct ist_resource_desc *desc,
                                               const struct ist_import_options *options,
                                               struct ist_resource *out) IST_MUST_CHECK;

/**
 * Ends an import: first the pointer or array, then the memory, last the keyed mutex (NVIDIA's
 * guide: mappings are freed before their memory). Work that uses them must be complete. Goes on
 * past a failure and answers the first one; @resource is empty afterwards in any case.
 * An empty or zeroed struct is IST_OK: releasing twice is harmless.
 * IST_BAD_HANDLE: a copy of this struct has been released before; nothing is touched.
 * IST_WRONG_DEVICE: another device is current; nothing is touched, call again.
 * IST_ABANDONED: all is released, but its keyed mutex was held: for everybody else it is lost.
 */
IST_API enum ist_status ist_release_resource(struct ist_resource *resource);

/**
 * Copies one mip level of one slice from the device into memory of the host, when the work
 * before it in @stream is complete: a buffer, or a texture of any dimension.
 * @level, @slice  As D3D11 counts them; 0 for a buffer.
 * @bytes          Filled in the order of @stream: read it when the stream has come this far.
 *                 With page-locked memory the call does not wait; with other memory it may.
 * @row_pitch      From one row to the next, below 2^31; 0: rows without gaps.
 * @depth_pitch    From one depth slice to the next, a multiple of the row pitch below 2^32; 0:
 *                 no gaps.
 * @stream         CUstream or cudaStream_t; NULL is the legacy stream.
 * A keyed mutex must be held by this import; that is not checked.
 * IST_BAD_ARG: no such subresource, or pitches that do not fit. IST_BAD_FORMAT: blocks and
 * planes, which D3D11 copies. IST_BAD_CALL: made with IST_IMPORT_NO_MAPPING.
 * IST_BAD_HANDLE: the import is empty or released. Any thread.
 */
IST_API enum ist_status ist_read_subresource(const struct ist_resource *resource,
                                             uint32_t level, uint32_t slice, void *bytes,
                                             uint64_t row_pitch, uint64_t depth_pitch,
                                             void *stream) IST_MUST_CHECK;

/** The other way: from the host to the device. @bytes must stay until the copy is done. */
IST_API enum ist_status ist_write_subresource(const struct ist_resource *resource,
                                              uint32_t level, uint32_t slice, const void *bytes,
                                              uint64_t row_pitch, uint64_t depth_pitch,
                                              void *stream) IST_MUST_CHECK;

/**
 * Copies all of it, every level of every slice in the order of their numbers and without gaps,
 * as ist_query_layout() says for IST_PACKING_TIGHT.
 * @size  Of @bytes: ist_query_resource() says it; anything else is IST_BAD_ARG.
 * Otherwise as ist_read_subresource(); on failure some may have been queued.
 */
IST_API enum ist_status ist_read_resource(const struct ist_resource *resource, void *bytes,
                                          uint64_t size, void *stream) IST_MUST_CHECK;

/** The other way. @bytes must stay until the copies are done. */
IST_API enum ist_status ist_write_resource(const struct ist_resource *resource,
                                           const void *bytes, uint64_t size,
                                           void *stream) IST_MUST_CHECK;

/**
 * How many bytes all of a resource has without gaps: what the functions above and those of
 * D3D11's side below want as @size. ist_query_layout() for a description.
 * @out  struct_size set by the caller (IST_LAYOUT_INIT does); the rest is filled.
 * IST_BAD_ARG: also several samples, which have no bytes for the host.
 */
IST_API enum ist_status ist_query_resource(const struct ist_resource_desc *desc,
                                           struct ist_layout *out) IST_MUST_CHECK;

/* ---- D3D11's side -------------------------------------------------------------------- */

/**
 * Makes a resource as ist_describe_resource() describes one: D3D11 has a call and a struct for
 * each dimension, and answers E_INVALIDARG without a word for flags that do not go together.
 * @device  Borrowed.
 * @desc    Borrowed; the LUID is not looked at. 0 in bind_flags and misc_flags: a staging
 *          resource, which the host reads; anything else has the usage DEFAULT.
 * @out     A reference of the caller's own: ends with Release().
 * IST_BAD_ARG: flags that cannot be shared so, a number for which the dimension has no field,
 * or a structured buffer, whose stride no description has; the reason says which. Others: what
 * D3D11 answered. Any thread. Never blocks.
 */
IST_API enum ist_status ist_create_resource(ID3D11Device *device,
                                            const struct ist_resource_desc *desc,
                                            ID3D11Resource **out) IST_MUST_CHECK;

/**
 * Updates all of a resource of usage DEFAULT or STAGING in the order of the context. A keyed
 * mutex must be held by D3D11; that is not checked.
 * @bytes  Every level of every slice in the order of their numbers and without gaps, as
 *         ist_query_layout() says for IST_PACKING_TIGHT. Read before the call returns.
 * @size   Of @bytes: ist_query_resource() says it; anything else is IST_BAD_ARG.
 * IST_BAD_ARG: also what UpdateSubresource() would drop without a word: another usage, several
 * samples, depth. IST_WRONG_DEVICE: the context is of another device than the resource.
 * The thread that may use the context.
 */
IST_API enum ist_status ist_d3d11_write_resource(ID3D11DeviceContext *context,
                                                 ID3D11Resource *resource, const void *bytes,
                                                 uint64_t size) IST_MUST_CHECK;

/**
 * Reads all of a staging resource: waits for the copies into it, and keeps Map()'s pitches.
 * @bytes  Filled likewise, on failure perhaps in part. NULL: nothing is copied, the call only
 *         waits.
 * IST_BAD_ARG: also no staging resource. Others as ist_d3d11_write_resource().
 */
IST_API enum ist_status ist_d3d11_read_resource(ID3D11DeviceContext *context,
                                                ID3D11Resource *staging, void *bytes,
                                                uint64_t size) IST_MUST_CHECK;

/* ---- fences -------------------------------------------------------------------------- */

/** An imported fence. Begins as IST_FENCE_INIT. */
struct ist_fence {
    uint32_t struct_size; /**< sizeof(struct ist_fence) */
    int32_t device;       /**< CUDA's device */
    uint64_t id;          /**< which import this is; 0: none */
    void *semaphore;      /**< CUexternalSemaphore */
};

/** No import. */
#define IST_FENCE_INIT                       \
    {                                        \
        sizeof(struct ist_fence), 0, 0, NULL \
    }

/**
 * Imports a fence that was created with D3D11_FENCE_FLAG_SHARED. Makes a handle and closes it.
 * @fence  Borrowed. @out  IST_FENCE_INIT before; ends with ist_release_fence().
 * IST_BAD_ARG: the fence is not shared. IST_WRONG_DEVICE: another GPU is current.
 * Any thread. Never blocks.
 */
IST_API enum ist_status ist_import_fence(ID3D11Fence *fence,
                                         struct ist_fence *out) IST_MUST_CHECK;

/** The same by an NT handle from ID3D11Fence::CreateSharedHandle, which stays the caller's. */
IST_API enum ist_status ist_import_fence_borrow(void *handle,
                                                struct ist_fence *out) IST_MUST_CHECK;

/** The same; closes the handle, whatever the answer: see ist_import_handle_take(). */
IST_API enum ist_status ist_import_fence_take(void *handle,
                                              struct ist_fence *out) IST_MUST_CHECK;

/** The same by name: see ist_import_name_borrow(). */
IST_API enum ist_status ist_import_fence_name_borrow(const wchar_t *name,
                                                     struct ist_fence *out) IST_MUST_CHECK;

/** Ends an imported fence; waits of it must be over. Empty, zeroed, stale: as for resources. */
IST_API enum ist_status ist_release_fence(struct ist_fence *fence);

/**
 * Sets the fence to @value when the work before it in @stream is complete.
 * @stream  CUstream or cudaStream_t; NULL is the legacy stream.
 * IST_BAD_HANDLE: the fence is empty or released.
 * Any thread, several at a time. Never blocks.
 */
IST_API enum ist_status ist_fence_signal(const struct ist_fence *fence, uint64_t value,
                                         void *stream) IST_MUST_CHECK;

/**
 * Lets the work behind it in @stream wait until the fence is at @value or above. The caller
 * does not wait. For NVIDIA's driver, issue the signal before the wait.
 */
IST_API enum ist_status ist_fence_wait(const struct ist_fence *fence, uint64_t value,
                                       void *stream) IST_MUST_CHECK;

/* ---- shares -------------------------------------------------------------------------- */

/** What leads to a shared object, in ist_share.way. */
enum ist_share_way {
    IST_SHARE_NONE = 0,   /**< nothing: empty */
    IST_SHARE_HANDLE = 1, /**< an NT handle: good in one process, once */
    IST_SHARE_NAME = 2,   /**< a name: good everywhere while the sharer has its share */
    IST_SHARE_KMT = 3,    /**< a KMT number: good everywhere while the resource lives */
};

#define IST_SHARE_NAME_MAX 127 /**< characters of a name in a share, without the end */

/**
 * All that somebody else needs in order to import an object: what leads to it, and what it is,
 * which no handle, name or number tells. Plain bytes: it may be sent to another process as it
 * is, if that has the same version of this struct. Begins as IST_SHARE_INIT.
 */
struct ist_share {
    uint32_t struct_size;                 /**< sizeof(struct ist_share) */
    uint32_t way;                         /**< enum ist_share_way */
    uint32_t is_fence;                    /**< 1: of a fence, of which desc has the LUID only */
    uint32_t process;                     /**< whose handle it is; 0: there is none to close */
    uint64_t handle;                      /**< NT handle or KMT number */
    struct ist_resource_desc desc;        /**< of the resource */
    wchar_t name[IST_SHARE_NAME_MAX + 1]; /**< empty unless by name */
};

/** Nothing shared. */
#define IST_SHARE_INIT                                                \
    {                                                                 \
        sizeof(struct ist_share), 0, 0, 0, 0, IST_RESOURCE_DESC_INIT, \
        {                                                             \
            0                                                         \
        }                                                             \
    }

/**
 * Makes what leads to a shared resource. The way follows from its MiscFlags, and from @name: an
 * NT handle, the same with a name, or the KMT number.
 * @resource  Borrowed.
 * @name      The name to give it, or NULL. As CreateSharedHandle() takes it.
 * @out       IST_SHARE_INIT before; ends with ist_end_share(), or by the import that takes it.
 * IST_BAD_ARG: not shared, or a name for a resource that has a KMT number. IST_NAME_TAKEN: a
 * live object has it. IST_BAD_NAME: empty. IST_NAME_TOO_LONG: for IST_SHARE_NAME_MAX.
 * IST_BAD_CALL: @out leads to something, or D3D11 does not take the name, such as one with a
 * backslash after anything but Local or Global. Any thread.
 */
IST_API enum ist_status ist_share_resource(ID3D11Resource *resource, const wchar_t *name,
                                           struct ist_share *out) IST_MUST_CHECK;

/** The same for a fence, made with D3D11_FENCE_FLAG_SHARED. It has no KMT number. */
IST_API enum ist_status ist_share_fence(ID3D11Fence *fence, const wchar_t *name,
                                        struct ist_share *out) IST_MUST_CHECK;

/**
 * Makes a share good for another process: its NT handle becomes one of that process, and ours
 * is closed. Then send the bytes of *@share there: if they never arrive, the handle stays open
 * until that process ends. Names and KMT numbers are good as they are.
 * @process  As GetCurrentProcessId() answers there. Our own: nothing to be done.
 * IST_BAD_CALL: empty, or the handle is another process' already. Others: what OpenProcess()
 * and DuplicateHandle() answered; the share is unchanged.
 */
IST_API enum ist_status ist_give_share(struct ist_share *share,
                                       uint32_t process) IST_MUST_CHECK;

/**
 * Imports what a share leads to: ist_import_resource() for whoever has no ID3D11Resource.
 * @share    Its NT handle is taken: closed when the call returns, also if the import fails, and
 *           the share is empty then. A name or number stays as it is.
 * @options  NULL: the usual. @out  IST_RESOURCE_INIT before; ends with ist_release_resource().
 * Refused before anything is taken, with the share as it was: IST_WRONG_TYPE: of a fence.
 * IST_BAD_CALL: empty, or the handle is another process'. IST_BAD_ARG, IST_BAD_NAME: bytes that
 * no share has. Whoever sent them says which handle of ours is closed: that cannot be checked.
 * Others as ist_import_handle_take(), ist_import_name_borrow(), ist_import_kmt_borrow().
 */
IST_API enum ist_status ist_import_share_take(struct ist_share *share,
                                              const struct ist_import_options *options,
                                              struct ist_resource *out) IST_MUST_CHECK;

/** The same for a fence, as ist_import_fence_take(). IST_WRONG_TYPE: of a resource. */
IST_API enum ist_status ist_import_fence_share_take(struct ist_share *share,
                                                    struct ist_fence *out) IST_MUST_CHECK;

/**
 * Ends a share: closes its NT handle, with which a name ends, if it is this process' own. What
 * was imported stays. Empty, zeroed, taken or another process': IST_OK. IST_BAD_HANDLE: a copy
 * of this struct closed it before.
 */
IST_API enum ist_status ist_end_share(struct ist_share *share);

/* ---- keyed mutexes ------------------------------------------------------------------- */

/**
 * What trying to get a keyed mutex ended with. DXGI says a timeout with a number that passes
 * SUCCEEDED(); here only IST_ACQUIRED passes it, and it alone is 0.
 */
enum ist_acquired {
    IST_ACQUIRED = 0,           /**< it is held: end with ist_keyed_mutex_release() */
    IST_ACQUIRE_TIMEOUT = -1,   /**< nobody released it with this key in time: not held */
    IST_ACQUIRE_ABANDONED = -2, /**< its owner ended: not held, and no one will hold it again */
    IST_ACQUIRE_FAILED = -3,    /**< ist_explain() says why: not held */
};

#define IST_FOR_EVER 0xffffffffU /**< milliseconds: no timeout */

/**
 * Acquires the keyed mutex of an import for @stream: later work in it comes after the work of
 * the previous owner.
 * @key         What the previous owner released with; a new mutex has 0.
 * @timeout_ms  How long the calling thread waits for ownership; IST_FOR_EVER: no end.
 * IST_ACQUIRE_FAILED also if this import holds it already, or has none.
 * Any thread. Blocks the caller at most for the timeout.
 */
IST_API enum ist_acquired ist_keyed_mutex_acquire(const struct ist_resource *resource,
                                                  uint64_t key, uint32_t timeout_ms,
                                                  void *stream) IST_MUST_CHECK;

/** The same without waiting: IST_ACQUIRE_TIMEOUT is "not now". */
IST_API enum ist_acquired ist_keyed_mutex_try_acquire(const struct ist_resource *resource,
                                                      uint64_t key,
                                                      void *stream) IST_MUST_CHECK;

/**
 * Acquires several or none. It waits for one while it holds none of them, and takes the others
 * only if they are free, so callers with different orders cannot block each other. What it
 * gives back it gives with the key that it was acquired with: as if nothing had been.
 * @resources, @keys  @count of each; a resource may stand there once.
 * @timeout_ms  For all of them together.
 */
IST_API enum ist_acquired ist_keyed_mutex_acquire_all(
    const struct ist_resource *const *resources, const uint64_t *keys, size_t count,
    uint32_t timeout_ms, void *stream) IST_MUST_CHECK;

/**
 * Releases it with @key when the work before it in @stream is complete.
 * IST_NOT_OWNER: this import does not hold it. Any thread. Never blocks.
 */
IST_API enum ist_status ist_keyed_mutex_release(const struct ist_resource *resource,
                                                uint64_t key, void *stream) IST_MUST_CHECK;

/**
 * D3D11's side of the same mutex, with a result that cannot be mistaken.
 * @mutex  By QueryInterface from the resource. Borrowed.
 * Blocks the caller at most for the timeout.
 */
IST_API enum ist_acquired ist_d3d11_mutex_acquire(IDXGIKeyedMutex *mutex, uint64_t key,
                                                  uint32_t timeout_ms) IST_MUST_CHECK;

/** IST_NOT_OWNER: the device of @mutex does not hold it. */
IST_API enum ist_status ist_d3d11_mutex_release(IDXGIKeyedMutex *mutex,
                                                uint64_t key) IST_MUST_CHECK;

/* ---- devices ------------------------------------------------------------------------- */

/** By what a device is known to other APIs. */
struct ist_device_identity {
    uint32_t struct_size; /**< sizeof(struct ist_device_identity) */
    uint32_t node_mask;   /**< of the LUID; D3D11 does not use it */
    uint8_t luid[8];      /**< DXGI_ADAPTER_DESC.AdapterLuid: LowPart, HighPart */
    uint8_t uuid[16];     /**< Vulkan's deviceUUID */
};

/** Nothing known yet. */
#define IST_DEVICE_IDENTITY_INIT                    \
    {                                               \
        sizeof(struct ist_device_identity), 0, {0}, \
        {                                           \
            0                                       \
        }                                           \
    }

/**
 * LUID and UUID of a CUDA device.
 * IST_WRONG_DEVICE: no such device. IST_NOT_SUPPORTED: the driver knows no LUID (NVIDIA's on
 * Linux). Any thread. Never blocks.
 */
IST_API enum ist_status ist_device_identify(int device,
                                            struct ist_device_identity *out) IST_MUST_CHECK;

/**
 * The CUDA device of a DXGI adapter.
 * @adapter  Borrowed. IST_NOT_FOUND: CUDA has no such device.
 */
IST_API enum ist_status ist_device_from_adapter(IDXGIAdapter *adapter, int *out) IST_MUST_CHECK;

/** The CUDA device of a D3D11 device: what to give cudaSetDevice(). */
IST_API enum ist_status ist_device_from_d3d11(ID3D11Device *device, int *out) IST_MUST_CHECK;

/**
 * The DXGI adapter of a CUDA device: what to give D3D11CreateDevice().
 * @factory  Borrowed. @out  A reference of the caller's own: ends with Release().
 * IST_NOT_FOUND: no adapter of the factory has its LUID.
 */
IST_API enum ist_status ist_device_to_adapter(int device, IDXGIFactory *factory,
                                              IDXGIAdapter **out) IST_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
