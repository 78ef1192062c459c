/* SPDX-License-Identifier: MIT */
/*
 * What include/cuda/cuda.h does not offer, because our own stand-in has no use for it, but
 * NVIDIA's driver expects: types, numbers and layouts of its binary interface since version
 * 12.0. Only what this folder calls. No toolkit is needed to build.
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_CUDA_ABI_H
#define ISTHMUS_DEVICE_NVIDIA_CUDA_ABI_H

#include <cuda/cuda.h>

#include <stddef.h>
#include <stdint.h>

typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef unsigned long long CUmemGenericAllocationHandle;
typedef unsigned long long CUsurfObject;

/* Attributes of a device. */
enum {
    NV_ATTRIBUTE_PCI_BUS = 33,
    NV_ATTRIBUTE_PCI_DEVICE = 34,
    NV_ATTRIBUTE_PCI_DOMAIN = 50,
    NV_ATTRIBUTE_UNIFIED_ADDRESSING = 41,
    NV_ATTRIBUTE_HOST_POINTER_FOR_REGISTERED = 91,
    NV_ATTRIBUTE_VIRTUAL_MEMORY = 102,
    NV_ATTRIBUTE_POSIX_FD = 103,
    NV_ATTRIBUTE_64_BIT_STREAM_OPERATIONS = 122,
};

enum {
    NV_STREAM_NON_BLOCKING = 1,
    NV_CAPTURE_RELAXED = 2,
    NV_HOST_PORTABLE = 1,  /* for all contexts */
    NV_HOST_DEVICEMAP = 2, /* at an address of the device, too */
    NV_LOCATION_DEVICE = 1,
    NV_ALLOCATION_PINNED = 1,
    NV_HANDLE_POSIX_FD = 1,
    NV_GRANULARITY_MINIMUM = 0,
    NV_ACCESS_READ_WRITE = 3,
    NV_MEMORY_HOST = 1, /* pageable; what is registered is unified, too */
    NV_MEMORY_ARRAY = 3,
    NV_MEMORY_UNIFIED = 4,
    NV_WAIT_GEQ = 0, /* cyclically: the difference is not negative */
    NV_OPERATION_WAIT_64 = 4,
    NV_OPERATION_WRITE_64 = 5,
    NV_RESOURCE_ARRAY = 0,
};

struct nv_location {
    int type, id;
};

struct nv_allocation_properties {
    int type, handle_types;
    struct nv_location location;
    void *windows;
    unsigned char flags[8];
};

struct nv_access {
    struct nv_location location;
    int flags;
};

/* One side of a copy. */
struct nv_copy_side {
    size_t x, y, z; /* x in bytes */
    size_t lod;
    int type;
    void *host;
    CUdeviceptr device;
    CUarray array;
    void *reserved;
    size_t pitch, height;
};

struct nv_copy_box {
    struct nv_copy_side src, dst;
    size_t width, height, depth; /* width in bytes */
};

/* One of several operations on words of memory. */
struct nv_stream_operation {
    int operation;
    CUdeviceptr address;
    uint64_t value;
    unsigned flags;
    CUdeviceptr driver_use;
    uint64_t unused;
};

struct nv_surface_desc {
    int type;
    union {
        CUarray array;
        int reserved[32];
    };
    unsigned flags;
};

_Static_assert(sizeof(struct nv_allocation_properties) == 32, "the driver's layout");
_Static_assert(sizeof(struct nv_access) == 12, "the driver's layout");
_Static_assert(sizeof(struct nv_copy_side) == 88, "the driver's layout");
_Static_assert(sizeof(struct nv_copy_box) == 200, "the driver's layout");
_Static_assert(sizeof(struct nv_stream_operation) == 48, "the driver's layout");
_Static_assert(offsetof(struct nv_stream_operation, flags) == 24, "the driver's layout");
_Static_assert(sizeof(struct nv_surface_desc) == 144, "the driver's layout");
_Static_assert(sizeof(CUDA_ARRAY3D_DESCRIPTOR) == 40, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_MEMORY_HANDLE_DESC) == 104, "the driver's layout");
_Static_assert(sizeof(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC) == 120, "the driver's layout");

#endif
