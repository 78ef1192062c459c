/* SPDX-License-Identifier: MIT */
/** make_float4() and its kin: one function for each vector type. */
#ifndef ISTHMUS_CUDA_VECTOR_FUNCTIONS_H
#define ISTHMUS_CUDA_VECTOR_FUNCTIONS_H

#include "vector_types.h"

#define ISTHMUS_MAKERS(NAME, TYPE)                                       \
    static inline NAME##1 make_##NAME##1(TYPE x)                         \
    {                                                                    \
        NAME##1 v;                                                       \
        v.x = x;                                                         \
        return v;                                                        \
    }                                                                    \
    static inline NAME##2 make_##NAME##2(TYPE x, TYPE y)                 \
    {                                                                    \
        NAME##2 v;                                                       \
        v.x = x, v.y = y;                                                \
        return v;                                                        \
    }                                                                    \
    static inline NAME##3 make_##NAME##3(TYPE x, TYPE y, TYPE z)         \
    {                                                                    \
        NAME##3 v;                                                       \
        v.x = x, v.y = y, v.z = z;                                       \
        return v;                                                        \
    }                                                                    \
    static inline NAME##4 make_##NAME##4(TYPE x, TYPE y, TYPE z, TYPE w) \
    {                                                                    \
        NAME##4 v;                                                       \
        v.x = x, v.y = y, v.z = z, v.w = w;                              \
        return v;                                                        \
    }

ISTHMUS_MAKERS(char, signed char)
ISTHMUS_MAKERS(uchar, unsigned char)
ISTHMUS_MAKERS(short, short)
ISTHMUS_MAKERS(ushort, unsigned short)
ISTHMUS_MAKERS(int, int)
ISTHMUS_MAKERS(uint, unsigned int)
ISTHMUS_MAKERS(long, long int)
ISTHMUS_MAKERS(ulong, unsigned long int)
ISTHMUS_MAKERS(longlong, long long int)
ISTHMUS_MAKERS(ulonglong, unsigned long long int)
ISTHMUS_MAKERS(float, float)
ISTHMUS_MAKERS(double, double)

#undef ISTHMUS_MAKERS

#endif
