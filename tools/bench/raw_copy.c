/* SPDX-License-Identifier: MIT */
/* Each way is tried three times in turn; the best time counts. */
#include "bench/raw_copy.h"

#include "report.h"

#include <stdint.h>
#include <string.h>

static void copy_libc(void *dst, const void *src, size_t bytes)
{
    memcpy(dst, src, bytes);
}

#ifdef __x86_64__
#include <immintrin.h>

static void copy_rep(void *dst, const void *src, size_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(bytes) : : "memory");
}

/* Whole cache lines of aligned memory, which is all that the rows use. */
static void copy_streaming(void *dst, const void *src, size_t bytes)
{
    const __m128i *in = src;
    __m128i *out = dst;
    for (size_t i = 0; i < bytes / sizeof(*in); i++)
        _mm_stream_si128(out + i, _mm_loadu_si128(in + i));
    _mm_sfence();
}
#endif

static const struct way {
    const char *name;
    raw_copy_fn copy;
} ways[] = {
    {"memcpy", copy_libc},
#ifdef __x86_64__
    {"rep movsb", copy_rep},
    {"streaming stores", copy_streaming},
#endif
};

raw_copy_fn raw_copy_fastest(void *dst, const void *src, size_t bytes, const char **name)
{
    enum { ROUNDS = 5 };
    const struct way *best = ways;
    double best_us = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
            double start = now_us();
            ways[i].copy(dst, src, bytes);
            double us = now_us() - start;
            if (round > 0 && (best_us == 0 || us < best_us)) {
                best_us = us;
                best = &ways[i];
            }
        }
    }
    *name = best->name;
    return best->copy;
}
