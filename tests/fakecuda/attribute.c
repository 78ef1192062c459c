/* SPDX-License-Identifier: MIT */
/* cuDeviceGetAttribute(): an H100's answers where anybody asks, else 0. */
#include "fake.h"

/* By the numbers of CUdevice_attribute. */
static int attribute(int number, CUdevice dev)
{
    switch (number) {
    case 1: return 1024; /* threads in a block */
    case 2:
    case 3: return 1024;       /* block x, y */
    case 4: return 64;         /* block z */
    case 5: return 2147483647; /* grid x */
    case 6:
    case 7: return 65535; /* grid y, z */
    case 10: return 32;   /* warp */
    case 14:
    case 30: return 512; /* alignment of textures, surfaces */
    case 16: return 132; /* multiprocessors */
    case 19: return 1;   /* maps host memory */
    case 21:
    case 22: return 131072; /* width of 1D, 2D textures */
    case 23: return 65536;  /* height of 2D textures */
    case 24:
    case 25:
    case 26: return 16384; /* 3D textures */
    case 27:
    case 28: return 32768; /* layered 2D textures */
    case 29:
    case 43: return 2048;    /* layers */
    case 31: return 1;       /* concurrent kernels */
    case 33: return dev + 1; /* PCI bus */
    case 40: return 3;       /* copy engines */
    case 41: return 1;       /* unified addresses */
    case 42: return 32768;   /* layered 1D textures */
    case 55: return 32768;   /* surfaces: 1D, */
    case 56: return 131072;  /* 2D, */
    case 57: return 65536;
    case 58:
    case 59:
    case 60: return 16384; /* 3D, */
    case 61:
    case 63:
    case 64: return 32768; /* layered */
    case 62:
    case 65: return 2048;
    case 73:
    case 74:
    case 77: return 32768; /* mipmapped */
    case 75: return 9;     /* compute capability 9.0 */
    case 92:
    case 93:
    case 94: return 1;  /* memory operations, the old names */
    case 98: return 0;  /* no flush of remote writes */
    case 99: return 1;  /* host memory can be registered */
    case 102: return 1; /* virtual memory management */
    case 103: return 1; /* POSIX file descriptors */
    case 114: return 1; /* timeline semaphores */
    case 122:
    case 123: return 1; /* 64-bit memory operations, NOR */
    case 91: return 1;  /* registered memory has one address for both sides */
    default: return 0;
    }
}

CUresult cuDeviceGetAttribute(int *pi, int attrib, CUdevice dev)
{
    struct call call = call_begin("cuDeviceGetAttribute", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && (!pi || attrib < 1 || attrib > 200))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !device_ok(dev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result)
        *pi = attribute(attrib, dev);
    return call_end(&call, result);
}
