/* SPDX-License-Identifier: MIT */
/*
 * What the files of a stand-in runtime share. The sources are compiled twice: ISTCU_ABI says
 * for which CUDA major version, and with it which struct layouts the public names take.
 *
 * The runtimes are shims: they bring structs into the driver's layout, keep each thread's last
 * error, and leave the work to libisthmus-cuda (cuda/istcu.h).
 */
#ifndef ISTHMUS_CUDA_RUNTIME_RUNTIME_H
#define ISTHMUS_CUDA_RUNTIME_RUNTIME_H

#if !defined(ISTCU_ABI) || (ISTCU_ABI != 12 && ISTCU_ABI != 13)
#error "ISTCU_ABI must be 12 or 13"
#endif
#define ISTHMUS_CUDART_MAJOR ISTCU_ABI

/* The plain names are wanted as they are: this library defines all variants of each. */
#define __CUDA_API_VERSION_INTERNAL

/* Everything is hidden by default; what the header declares is what a runtime exports. */
#pragma GCC visibility push(default)
#include <cuda_runtime_api.h>
#pragma GCC visibility pop

#include "core/status.h"
#include "cuda/istcu.h"

#include <stdint.h>

/* For exported names that the header does not declare. */
#define RT_EXPORT __attribute__((visibility("default")))

/*
 * Ends every call that can fail: keeps a failure as the thread's last error and returns what
 * the caller gets, which is the sticky error if the device has one.
 */
cudaError_t rt_done(int code);

/* Calls that reset the device end a sticky error. */
void rt_forget_sticky(void);

/* refuse() and rt_done() in one: tells the reason, keeps the status as the last error. */
#define rt_refuse(status, ...) rt_done(status_codes(refuse((status), __VA_ARGS__))->cuda)

/* Structs with the same members under the two names. */
static inline struct istcu_extent rt_extent(struct cudaExtent extent)
{
    return (struct istcu_extent){extent.width, extent.height, extent.depth};
}

static inline struct istcu_pitched rt_pitched(struct cudaPitchedPtr pitched)
{
    return (struct istcu_pitched){pitched.ptr, pitched.pitch, pitched.xsize, pitched.ysize};
}

/* An array as the driver describes it; in array_desc.c. 20: the format cannot be expressed. */
int rt_array_desc(struct istcu_array_desc *out, const struct cudaChannelFormatDesc *format,
                  struct cudaExtent extent, unsigned flags);

/* Stream 0 of the names with _ptsz and _ptds: the calling thread's own stream. */
static inline cudaStream_t rt_own(cudaStream_t stream)
{
    return stream ? stream : cudaStreamPerThread;
}

/*
 * Defines name_ptsz() beside name(): the same call, in which stream 0 is the thread's own.
 * PARAMS must name the stream `stream`.
 */
#define RT_PTSZ(name, PARAMS, ARGS)           \
    RT_EXPORT cudaError_t name##_ptsz PARAMS; \
    cudaError_t name##_ptsz PARAMS            \
    {                                         \
        stream = rt_own(stream);              \
        return name ARGS;                     \
    }

/*
 * Defines name() on the legacy stream and name_ptds() on the thread's own, which wait for the
 * end; CALL is the function of cuda/istcu.h that gets the arguments, the stream and
 * "synchronous".
 */
#define RT_SYNC(name, CALL, PARAMS, ...)                               \
    cudaError_t name PARAMS                                            \
    {                                                                  \
        return rt_done(CALL(__VA_ARGS__, ISTCU_STREAM_LEGACY, 0));     \
    }                                                                  \
    RT_EXPORT cudaError_t name##_ptds PARAMS;                          \
    cudaError_t name##_ptds PARAMS                                     \
    {                                                                  \
        return rt_done(CALL(__VA_ARGS__, ISTCU_STREAM_PER_THREAD, 0)); \
    }

/* The same for names with a stream, which return at once: name() and name_ptsz(). */
#define RT_ASYNC(name, CALL, PARAMS, ...)                     \
    cudaError_t name PARAMS                                   \
    {                                                         \
        return rt_done(CALL(__VA_ARGS__, stream, 1));         \
    }                                                         \
    RT_EXPORT cudaError_t name##_ptsz PARAMS;                 \
    cudaError_t name##_ptsz PARAMS                            \
    {                                                         \
        return rt_done(CALL(__VA_ARGS__, rt_own(stream), 1)); \
    }

#endif
