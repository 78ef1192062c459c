/* SPDX-License-Identifier: MIT */
/* Long moves, which go past the cache, at every alignment. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

#include <string.h>
#include <sys/mman.h>

#define SLACK 4096U

/* A little more than where streaming begins on this machine. */
static size_t long_bytes(void)
{
    size_t least = cpu_streaming_bytes();
    return (least == SIZE_MAX ? 1UL << 20 : least) + 1000;
}

static unsigned char *memory(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    return p;
}

static void fill_random(unsigned char *at, size_t bytes)
{
    uint64_t seed = 7;
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        uint64_t word = rig_random(&seed);
        memcpy(at + i, &word, 8);
    }
}

TEST(long_moves_at_every_alignment)
{
    size_t bytes = long_bytes();
    unsigned char *src = memory(bytes + SLACK), *dst = memory(bytes + SLACK);
    fill_random(src, bytes + SLACK);
    for (size_t shift = 0; shift < 16; shift += 3) {
        size_t n = bytes + 7 * shift;
        memset(dst, 0xcc, bytes + SLACK);
        cpu_move(dst + 16 + shift, src + (5 * shift) % 16, n);
        CHECK(memcmp(dst + 16 + shift, src + (5 * shift) % 16, n) == 0);
        CHECK_EQ(dst[15 + shift], 0xcc);
        CHECK_EQ(dst[16 + shift + n], 0xcc);
    }
    munmap(src, bytes + SLACK);
    munmap(dst, bytes + SLACK);
}

TEST(a_move_of_nothing_touches_nothing)
{
    unsigned char a = 1, b = 2;
    cpu_move(&a, &b, 0);
    CHECK_EQ(a, 1);
}
