/* SPDX-License-Identifier: MIT */
/*
 * The inner loops of copies and fills. glibc's memcpy is the fastest there is while both sides
 * stay in the last cache; beyond that, stores that go past the cache save reading each line of
 * the destination first. memset repeats one byte only: patterns get wide stores of their own.
 */
#include "device/cpu/cpu.h"

#include "base/atomics.h"

#include <stdio.h>
#include <string.h>

/* The sanitizers see plain code only. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLAIN_ONLY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLAIN_ONLY 1
#endif
#endif
#if !defined(__x86_64__) && !defined(PLAIN_ONLY)
#define PLAIN_ONLY 1
#endif

#define BLOCK_BYTES 64U
#define STEP_BYTES 4096U /* what a plain fill repeats at once: stays in the first cache */

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The start of the row is doubled up to a whole number of patterns, then repeated. */
static void repeat_plain(unsigned char *row, size_t bytes, const unsigned char *pattern,
                         size_t pattern_bytes)
{
    size_t step = STEP_BYTES / pattern_bytes * pattern_bytes;
    size_t done = lesser(bytes, pattern_bytes);
    memcpy(row, pattern, done);
    while (done < bytes) {
        size_t more = lesser(lesser(done, step), bytes - done);
        memcpy(row + done, row, more);
        done += more;
    }
}

#ifdef PLAIN_ONLY

size_t cpu_streaming_bytes(void)
{
    return SIZE_MAX;
}

void cpu_move(void *dst, const void *src, size_t bytes)
{
    memcpy(dst, src, bytes);
}

void cpu_zero_cold(unsigned char *at, size_t bytes)
{
    memset(at, 0, bytes);
}

void cpu_repeat(unsigned char *row, size_t bytes, const unsigned char *pattern,
                size_t pattern_bytes)
{
    repeat_plain(row, bytes, pattern, pattern_bytes);
}

#else

#include <immintrin.h>

#define CACHE_FILE "/sys/devices/system/cpu/cpu0/cache/index3/size"
#define CACHE_KIB_UNKNOWN (16UL << 10)
#define CACHE_KIB_MOST (32UL << 10)

/*
 * What the CPUs of one group share. sysconf() counts all groups of some processors together. A
 * larger cache is shared with so many (a virtual machine's 300 MiB, say) that no copy has it
 * for itself: 64 MiB went 1.6 times faster past it.
 */
static size_t last_cache_bytes(void)
{
    size_t kib = CACHE_KIB_UNKNOWN;
    FILE *file = fopen(CACHE_FILE, "re");
    if (file) {
        if (fscanf(file, "%zuK", &kib) != 1)
            kib = CACHE_KIB_UNKNOWN;
        fclose(file);
    }
    return (kib < CACHE_KIB_MOST ? kib : CACHE_KIB_MOST) << 10;
}

size_t cpu_streaming_bytes(void)
{
    static _Atomic size_t known; /* 0: not asked yet; every thread finds the same */
    size_t bytes = load_relaxed(&known);
    if (!bytes) {
        bytes = last_cache_bytes() / 8 * 3;
        store_relaxed(&known, bytes);
    }
    return bytes;
}

/* dst is aligned to 16, bytes a multiple of BLOCK_BYTES. */
static void stream(unsigned char *dst, const unsigned char *src, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += BLOCK_BYTES) {
        const __m128i *in = (const void *)(src + i);
        __m128i *out = (void *)(dst + i);
        __m128i a = _mm_loadu_si128(in), b = _mm_loadu_si128(in + 1);
        __m128i c = _mm_loadu_si128(in + 2), d = _mm_loadu_si128(in + 3);
        _mm_stream_si128(out, a);
        _mm_stream_si128(out + 1, b);
        _mm_stream_si128(out + 2, c);
        _mm_stream_si128(out + 3, d);
    }
    _mm_sfence(); /* such stores are ordered by nothing else, not even a release */
}

void cpu_move(void *dst, const void *src, size_t bytes)
{
    if (bytes < cpu_streaming_bytes()) {
        memcpy(dst, src, bytes);
        return;
    }
    size_t head = -(uintptr_t)dst & 15, body = (bytes - head) & ~(size_t)(BLOCK_BYTES - 1);
    unsigned char *to = dst;
    const unsigned char *from = src;
    memcpy(to, from, head);
    stream(to + head, from + head, body);
    memcpy(to + head + body, from + head + body, bytes - head - body);
}

/*
 * Memory that nobody has looked at for a while: reading each line before it is overwritten
 * takes memset three times as long (8 MiB: 290 us against 100).
 */
void cpu_zero_cold(unsigned char *at, size_t bytes)
{
    const __m128i zero = _mm_setzero_si128();
    for (size_t i = 0; i < bytes; i += BLOCK_BYTES) {
        __m128i *out = (void *)(at + i);
        _mm_stream_si128(out, zero);
        _mm_stream_si128(out + 1, zero);
        _mm_stream_si128(out + 2, zero);
        _mm_stream_si128(out + 3, zero);
    }
    _mm_sfence();
}

/* Three registers hold whole patterns: 96 is a multiple of 1 .. 4, 6, 8, 12 and 16. */
#define PATTERN_BLOCK 96U

__attribute__((target("avx2"))) static void repeat_wide(unsigned char *row, size_t bytes,
                                                        const unsigned char *block)
{
    __m256i a = _mm256_loadu_si256((const void *)block);
    __m256i b = _mm256_loadu_si256((const void *)(block + 32));
    __m256i c = _mm256_loadu_si256((const void *)(block + 64));
    for (size_t i = 0; i < bytes; i += PATTERN_BLOCK) {
        _mm256_storeu_si256((void *)(row + i), a);
        _mm256_storeu_si256((void *)(row + i + 32), b);
        _mm256_storeu_si256((void *)(row + i + 64), c);
    }
}

void cpu_repeat(unsigned char *row, size_t bytes, const unsigned char *pattern,
                size_t pattern_bytes)
{
    if (bytes < 2 * PATTERN_BLOCK || PATTERN_BLOCK % pattern_bytes ||
        !__builtin_cpu_supports("avx2")) {
        repeat_plain(row, bytes, pattern, pattern_bytes);
        return;
    }
    unsigned char block[PATTERN_BLOCK];
    repeat_plain(block, sizeof(block), pattern, pattern_bytes);
    size_t whole = bytes / PATTERN_BLOCK * PATTERN_BLOCK;
    repeat_wide(row, whole, block);
    memcpy(row + whole, block, bytes - whole);
}

#endif
