/* SPDX-License-Identifier: MIT */
/** cudaCreateChannelDesc<T>() for the scalar and vector types, C++ only. */
#ifndef ISTHMUS_CUDA_CHANNEL_DESCRIPTOR_H
#define ISTHMUS_CUDA_CHANNEL_DESCRIPTOR_H

#include "cuda_runtime_api.h"

#ifdef __cplusplus

/** A type without a specialisation below has no channels. */
template <class T> static inline cudaChannelFormatDesc cudaCreateChannelDesc()
{
    return cudaCreateChannelDesc(0, 0, 0, 0, cudaChannelFormatKindNone);
}

#define ISTHMUS_CHANNELS(TYPE, BITS, N, KIND)                                          \
    template <> inline cudaChannelFormatDesc cudaCreateChannelDesc<TYPE>()             \
    {                                                                                  \
        return cudaCreateChannelDesc(BITS, (N) > 1 ? BITS : 0, (N) > 2 ? BITS : 0,     \
                                     (N) > 3 ? BITS : 0, cudaChannelFormatKind##KIND); \
    }
#define ISTHMUS_CHANNELS_1234(NAME, BITS, KIND) \
    ISTHMUS_CHANNELS(NAME##1, BITS, 1, KIND)    \
    ISTHMUS_CHANNELS(NAME##2, BITS, 2, KIND)    \
    ISTHMUS_CHANNELS(NAME##4, BITS, 4, KIND)

/* Plain char is signed where the compiler says so; all our targets do. */
ISTHMUS_CHANNELS(char, 8, 1, Signed)
ISTHMUS_CHANNELS(signed char, 8, 1, Signed)
ISTHMUS_CHANNELS(unsigned char, 8, 1, Unsigned)
ISTHMUS_CHANNELS(short, 16, 1, Signed)
ISTHMUS_CHANNELS(unsigned short, 16, 1, Unsigned)
ISTHMUS_CHANNELS(int, 32, 1, Signed)
ISTHMUS_CHANNELS(unsigned int, 32, 1, Unsigned)
ISTHMUS_CHANNELS(float, 32, 1, Float)
ISTHMUS_CHANNELS_1234(char, 8, Signed)
ISTHMUS_CHANNELS_1234(uchar, 8, Unsigned)
ISTHMUS_CHANNELS_1234(short, 16, Signed)
ISTHMUS_CHANNELS_1234(ushort, 16, Unsigned)
ISTHMUS_CHANNELS_1234(int, 32, Signed)
ISTHMUS_CHANNELS_1234(uint, 32, Unsigned)
ISTHMUS_CHANNELS_1234(float, 32, Float)

#undef ISTHMUS_CHANNELS_1234
#undef ISTHMUS_CHANNELS

/** 16-bit floats have no type without NVIDIA's cuda_fp16.h. */
static inline cudaChannelFormatDesc cudaCreateChannelDescHalf()
{
    return cudaCreateChannelDesc(16, 0, 0, 0, cudaChannelFormatKindFloat);
}
static inline cudaChannelFormatDesc cudaCreateChannelDescHalf1()
{
    return cudaCreateChannelDesc(16, 0, 0, 0, cudaChannelFormatKindFloat);
}
static inline cudaChannelFormatDesc cudaCreateChannelDescHalf2()
{
    return cudaCreateChannelDesc(16, 16, 0, 0, cudaChannelFormatKindFloat);
}
static inline cudaChannelFormatDesc cudaCreateChannelDescHalf4()
{
    return cudaCreateChannelDesc(16, 16, 16, 16, cudaChannelFormatKindFloat);
}

#endif

#endif
