/* SPDX-License-Identifier: MIT */
/*
 * What the measurements on a GPU share: the driver's own functions (loaded, so that no toolkit
 * is needed), one D3D11 device on the same GPU, and figures beside their floors. Only the
 * functions that Isthmus takes over are called by their linked names. A step that fails ends
 * the program with a sentence.
 */
#ifndef TESTS_GPU_RIG_H
#define TESTS_GPU_RIG_H

#define COBJMACROS
#include <cuda.h>
#include <d3d11_4.h>
#include <dxgi1_2.h>
#include <windows.h>

#include <stdbool.h>
#include <stdint.h>

#define FRAME_WIDTH 3840u
#define FRAME_HEIGHT 2160u
#define FRAME_BYTES ((size_t)FRAME_WIDTH * FRAME_HEIGHT * 4)
#define MOST_REPEATS 15

/* One side of a copy, and the copy: as the driver lays CUDA_MEMCPY3D out. */
struct gpu_side {
    size_t x, y, z, level;
    unsigned type; /* 1 host, 2 device, 3 array */
    const void *host;
    CUdeviceptr device;
    CUarray array;
    void *reserved;
    size_t pitch, height;
};
struct gpu_copy {
    struct gpu_side src, dst;
    size_t width_bytes, height, depth;
};

/* As the driver lays CUmemAllocationProp out. */
struct gpu_alloc_prop {
    int type, handle_types;
    int location_type, location_id;
    void *metadata;
    unsigned char flags[8];
};

/* As the driver lays CUDA_RESOURCE_DESC out; type 0 is an array. */
struct gpu_surface {
    int type;
    union {
        CUarray array;
        int reserved[32];
    } of;
    unsigned flags;
};

#define GPU_FUNCTIONS(F)                                                                       \
    F(int, init, cuInit, (unsigned flags))                                                     \
    F(int, version, cuDriverGetVersion, (int *out))                                            \
    F(int, device_get, cuDeviceGet, (int *out, int ordinal))                                   \
    F(int, name, cuDeviceGetName, (char *name, int size, int device))                          \
    F(int, retain, cuDevicePrimaryCtxRetain, (void **out, int device))                         \
    F(int, current, cuCtxSetCurrent, (void *context))                                          \
    F(int, stream_new, cuStreamCreate, (CUstream * out, unsigned flags))                       \
    F(int, sync, cuStreamSynchronize, (CUstream stream))                                       \
    F(int, wait64, cuStreamWaitValue64_v2,                                                     \
      (CUstream stream, CUdeviceptr at, uint64_t value, unsigned flags))                       \
    F(int, write64, cuStreamWriteValue64_v2,                                                   \
      (CUstream stream, CUdeviceptr at, uint64_t value, unsigned flags))                       \
    F(int, alloc, cuMemAlloc_v2, (CUdeviceptr * out, size_t size))                             \
    F(int, release, cuMemFree_v2, (CUdeviceptr at))                                            \
    F(int, host, cuMemHostAlloc, (void **out, size_t size, unsigned flags))                    \
    F(int, host_device, cuMemHostGetDevicePointer_v2,                                          \
      (CUdeviceptr * out, void *host, unsigned flags))                                         \
    F(int, to_host, cuMemcpyDtoHAsync_v2,                                                      \
      (void *to, CUdeviceptr from, size_t size, CUstream stream))                              \
    F(int, to_device, cuMemcpyHtoDAsync_v2,                                                    \
      (CUdeviceptr to, const void *from, size_t size, CUstream stream))                        \
    F(int, within, cuMemcpyDtoDAsync_v2,                                                       \
      (CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream))                        \
    F(int, copy, cuMemcpy3DAsync_v2, (const struct gpu_copy *copy, CUstream stream))           \
    F(int, set, cuMemsetD8Async,                                                               \
      (CUdeviceptr at, unsigned char value, size_t size, CUstream stream))                     \
    F(int, level, cuMipmappedArrayGetLevel, (CUarray * out, CUmipmappedArray all, unsigned n)) \
    F(int, array_end, cuMipmappedArrayDestroy, (CUmipmappedArray all))                         \
    F(int, surface, cuSurfObjectCreate, (uint64_t * out, const struct gpu_surface *desc))      \
    F(int, module, cuModuleLoadData, (void **out, const void *text))                           \
    F(int, function, cuModuleGetFunction, (void **out, void *module, const char *name))        \
    F(int, launch, cuLaunchKernel,                                                             \
      (void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,        \
       unsigned bz, unsigned shared, CUstream stream, void **parameters, void **extra))        \
    F(int, event, cuEventCreate, (void **out, unsigned flags))                                 \
    F(int, record, cuEventRecord, (void *event, CUstream stream))                              \
    F(int, event_sync, cuEventSynchronize, (void *event))                                      \
    F(int, elapsed, cuEventElapsedTime, (float *ms, void *from, void *to))                     \
    F(int, create, cuMemCreate,                                                                \
      (uint64_t * out, size_t size, const struct gpu_alloc_prop *prop, uint64_t flags))        \
    F(int, export, cuMemExportToShareableHandle,                                               \
      (void *out, uint64_t handle, int type, uint64_t flags))                                  \
    F(int, import, cuImportExternalMemory,                                                     \
      (CUexternalMemory * out, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *desc))                  \
    F(int, map, cuExternalMemoryGetMappedBuffer,                                               \
      (CUdeviceptr * out, CUexternalMemory memory,                                             \
       const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *desc))                                          \
    F(int, map_array, cuExternalMemoryGetMappedMipmappedArray,                                 \
      (CUmipmappedArray * out, CUexternalMemory memory,                                        \
       const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *desc))                                 \
    F(int, destroy, cuDestroyExternalMemory, (CUexternalMemory memory))

struct gpu {
#define GPU_MEMBER(result, name, symbol, args) result(*name) args;
    GPU_FUNCTIONS(GPU_MEMBER)
#undef GPU_MEMBER
    CUstream stream;
    void *reader;             /* the kernel that reads a frame */
    unsigned rounds, repeats; /* of what is timed: few where only the answers count */
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
};

extern struct gpu gpu;

/* The driver, its first GPU, a stream, and the D3D11 device. */
void gpu_start(void);

/* End the program unless the call succeeded; `what` is the call's text. */
void gpu_check(int code, const char *what);
void gpu_check_hr(HRESULT code, const char *what);
#define CU(call) gpu_check((int)(call), #call)
#define HR(call) gpu_check_hr((call), #call)

uint64_t gpu_now_ns(void);

/* Shareable by NT handle; `name` may be NULL. */
ID3D11Buffer *gpu_buffer(UINT bytes);
ID3D11Texture2D *gpu_frame(void);
ID3D11Fence *gpu_fence(const WCHAR *name);
HANDLE gpu_handle(void *object, const WCHAR *name);

/* The imports, by handle or (NULL) by name. */
CUexternalMemory gpu_import(HANDLE handle, const WCHAR *name, size_t bytes);
CUexternalSemaphore gpu_import_fence(HANDLE handle, const WCHAR *name);
CUdeviceptr gpu_map(CUexternalMemory memory, size_t bytes);
/* The driver's own: memory behind an fd, which the import takes; and a frame in it. */
int gpu_raw_memory(size_t bytes);
CUexternalMemory gpu_raw_import(int fd, size_t bytes);

void gpu_wait(CUexternalSemaphore fence, uint64_t value);
void gpu_signal(CUexternalSemaphore fence, uint64_t value);

/* A frame as CUDA has it: an array that kernels read through a surface; or a buffer. */
struct gpu_picture {
    CUarray array; /* NULL: a buffer */
    uint64_t surface;
    CUdeviceptr from;
};
struct gpu_picture gpu_map_frame(CUexternalMemory memory);
struct gpu_picture gpu_raw_map_frame(CUexternalMemory memory);

/* Who produces: D3D11 clears a texture, or a buffer. */
ID3D11RenderTargetView *gpu_view(ID3D11Texture2D *frame);
ID3D11UnorderedAccessView *gpu_words(ID3D11Buffer *frame);
void gpu_produce(ID3D11RenderTargetView *view, unsigned n);
void gpu_produce_words(ID3D11UnorderedAccessView *view, unsigned n);

/* Who consumes: CUDA has all of the frame in linear memory of its own afterwards. */
enum gpu_way { BY_KERNEL, BY_COPY };
void gpu_consume(const struct gpu_picture *frame, enum gpu_way way, CUdeviceptr to);

/* One figure for people and for the file; floor 0: none; target 0: none. */
void gpu_figure(const char *name, double ours, double floor, double target, const char *unit);
void gpu_report(const char *path);

uint64_t gpu_median(uint64_t *times, unsigned count);

/* A fence for each direction, on both sides. */
struct gpu_lane {
    ID3D11Fence *there, *back;
    CUexternalSemaphore cu_there, cu_back;
    uint64_t at;
};
struct gpu_lane gpu_lane_open(void);
/* From D3D11 to CUDA, back, and the host waits for that. */
void gpu_lane_there(struct gpu_lane *lane);
void gpu_lane_back(struct gpu_lane *lane);
void gpu_lane_wait(struct gpu_lane *lane);

/* measure_one.c, measure_wait.c, measure_frame.c, measure_pair.c */
void measure_one(void);
void measure_waits(struct gpu_lane *lane);
void measure_frames(struct gpu_lane *lane);
void measure_clear(void);
int measure_pair(const char *self);
int measure_partner(int answers);

#endif
