/* SPDX-License-Identifier: MIT */
/**
 * The structs of external memory and external semaphores: what Isthmus is about. Part of
 * driver_types.h, which includes it after everything that it needs; not for programs to
 * include.
 */
#ifndef ISTHMUS_EXTERNAL_TYPES_H
#define ISTHMUS_EXTERNAL_TYPES_H

/** What an external memory handle refers to. Isthmus imports the two D3D11 kinds. */
enum cudaExternalMemoryHandleType {
    cudaExternalMemoryHandleTypeOpaqueFd = 1,
    cudaExternalMemoryHandleTypeOpaqueWin32 = 2,
    cudaExternalMemoryHandleTypeOpaqueWin32Kmt = 3,
    cudaExternalMemoryHandleTypeD3D12Heap = 4,
    cudaExternalMemoryHandleTypeD3D12Resource = 5,
    cudaExternalMemoryHandleTypeD3D11Resource = 6,
    cudaExternalMemoryHandleTypeD3D11ResourceKmt = 7,
    cudaExternalMemoryHandleTypeNvSciBuf = 8
};

/** Memory to import. Of handle.win32 exactly one is set; KMT handles have no name. */
struct cudaExternalMemoryHandleDesc {
    enum cudaExternalMemoryHandleType type;
    union {
        int fd;
        struct {
            void *handle;
            const void *name; /**< wchar_t as in our Windows headers, or UTF-16; ends in 0 */
        } win32;
        const void *nvSciBufObject;
    } handle;
    unsigned long long size; /**< bytes, at most those of the object */
    unsigned int flags;      /**< cudaExternalMemoryDedicated */
#if ISTHMUS_CUDART_MAJOR >= 13
    unsigned int reserved[16];
#endif
};

/** The part of the memory that a pointer is wanted to. */
struct cudaExternalMemoryBufferDesc {
    unsigned long long offset, size;
    unsigned int flags; /**< 0 */
#if ISTHMUS_CUDART_MAJOR >= 13
    unsigned int reserved[16];
#endif
};

/** The texture that lies in the memory; must agree with what D3D11 created. */
struct cudaExternalMemoryMipmappedArrayDesc {
    unsigned long long offset;
    struct cudaChannelFormatDesc formatDesc;
    struct cudaExtent extent; /**< in elements; the height of 1D and the depth of 2D are 0 */
    unsigned int flags;       /**< cudaArray... */
    unsigned int numLevels;
#if ISTHMUS_CUDART_MAJOR >= 13
    unsigned int reserved[16];
#endif
};

/** What an external semaphore handle refers to. Isthmus imports 5, 7 and 8. */
enum cudaExternalSemaphoreHandleType {
    cudaExternalSemaphoreHandleTypeOpaqueFd = 1,
    cudaExternalSemaphoreHandleTypeOpaqueWin32 = 2,
    cudaExternalSemaphoreHandleTypeOpaqueWin32Kmt = 3,
    cudaExternalSemaphoreHandleTypeD3D12Fence = 4,
    cudaExternalSemaphoreHandleTypeD3D11Fence = 5,
    cudaExternalSemaphoreHandleTypeNvSciSync = 6,
    cudaExternalSemaphoreHandleTypeKeyedMutex = 7,
    cudaExternalSemaphoreHandleTypeKeyedMutexKmt = 8,
    cudaExternalSemaphoreHandleTypeTimelineSemaphoreFd = 9,
    cudaExternalSemaphoreHandleTypeTimelineSemaphoreWin32 = 10
};

/** A semaphore to import; the handle follows the same rules as memory. */
struct cudaExternalSemaphoreHandleDesc {
    enum cudaExternalSemaphoreHandleType type;
    union {
        int fd;
        struct {
            void *handle;
            const void *name;
        } win32;
        const void *nvSciSyncObj;
    } handle;
    unsigned int flags; /**< 0 */
#if ISTHMUS_CUDART_MAJOR >= 13
    unsigned int reserved[16];
#endif
};

/** What one signal does: sets a fence to a value, or releases a keyed mutex with a key. */
struct cudaExternalSemaphoreSignalParams {
    struct {
        struct {
            unsigned long long value;
        } fence;
        union {
            void *fence;
            unsigned long long reserved;
        } nvSciSync;
        struct {
            unsigned long long key;
        } keyedMutex;
        unsigned int reserved[12];
    } params;
    unsigned int flags; /**< 0 */
    unsigned int reserved[16];
};

/** What one wait waits for: a fence's value, or a keyed mutex released with a key. */
struct cudaExternalSemaphoreWaitParams {
    struct {
        struct {
            unsigned long long value;
        } fence;
        union {
            void *fence;
            unsigned long long reserved;
        } nvSciSync;
        struct {
            unsigned long long key;
            unsigned int timeoutMs; /**< 0xffffffff: for ever */
        } keyedMutex;
        unsigned int reserved[10];
    } params;
    unsigned int flags; /**< 0 */
    unsigned int reserved[16];
};

#if ISTHMUS_CUDART_MAJOR < 13
/** What the un-suffixed functions of CUDA 12 take: shorter, so with another array stride. */
struct cudaExternalSemaphoreSignalParams_v1 {
    struct {
        struct {
            unsigned long long value;
        } fence;
        union {
            void *fence;
            unsigned long long reserved;
        } nvSciSync;
        struct {
            unsigned long long key;
        } keyedMutex;
    } params;
    unsigned int flags;
};

struct cudaExternalSemaphoreWaitParams_v1 {
    struct {
        struct {
            unsigned long long value;
        } fence;
        union {
            void *fence;
            unsigned long long reserved;
        } nvSciSync;
        struct {
            unsigned long long key;
            unsigned int timeoutMs;
        } keyedMutex;
    } params;
    unsigned int flags;
};
#endif

#endif
