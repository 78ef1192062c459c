/* SPDX-License-Identifier: MIT */
/**
 * CUDA's vector types: a name, one to four members x, y, z, w, and an alignment. Vectors of two
 * and four are aligned so that one load reads them, at most to 16 bytes; those of three are
 * not.
 */
#ifndef ISTHMUS_CUDA_VECTOR_TYPES_H
#define ISTHMUS_CUDA_VECTOR_TYPES_H

#include "host_defines.h"

/* NAME is the stem, TYPE its element, A2 and A4 the alignments of two and four elements. */
#define ISTHMUS_VECTORS(NAME, TYPE, A2, A4)     \
    struct NAME##1                              \
    {                                           \
        TYPE x;                                 \
    };                                          \
    struct __attribute__((aligned(A2))) NAME##2 \
    {                                           \
        TYPE x, y;                              \
    };                                          \
    struct NAME##3                              \
    {                                           \
        TYPE x, y, z;                           \
    };                                          \
    struct __attribute__((aligned(A4))) NAME##4 \
    {                                           \
        TYPE x, y, z, w;                        \
    };                                          \
    typedef struct NAME##1 NAME##1;             \
    typedef struct NAME##2 NAME##2;             \
    typedef struct NAME##3 NAME##3;             \
    typedef struct NAME##4 NAME##4

ISTHMUS_VECTORS(char, signed char, 2, 4);
ISTHMUS_VECTORS(uchar, unsigned char, 2, 4);
ISTHMUS_VECTORS(short, short, 4, 8);
ISTHMUS_VECTORS(ushort, unsigned short, 4, 8);
ISTHMUS_VECTORS(int, int, 8, 16);
ISTHMUS_VECTORS(uint, unsigned int, 8, 16);
ISTHMUS_VECTORS(long, long int, 16, 16);
ISTHMUS_VECTORS(ulong, unsigned long int, 16, 16);
ISTHMUS_VECTORS(longlong, long long int, 16, 16);
ISTHMUS_VECTORS(ulonglong, unsigned long long int, 16, 16);
ISTHMUS_VECTORS(float, float, 8, 16);
ISTHMUS_VECTORS(double, double, 16, 16);

#undef ISTHMUS_VECTORS

/** The size of a grid or a block. In C++ the sizes that are left out are 1. */
struct dim3 {
    unsigned int x, y, z;
#ifdef __cplusplus
    constexpr dim3(unsigned int vx = 1, unsigned int vy = 1, unsigned int vz = 1)
        : x(vx), y(vy), z(vz)
    {
    }
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z)
    {
    }
    constexpr operator uint3() const
    {
        return uint3{x, y, z};
    }
#endif
};
typedef struct dim3 dim3;

#endif
