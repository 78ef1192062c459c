/* SPDX-License-Identifier: MIT */
/* Test bytes from a counter and a seed (the finaliser of splitmix64, eight bytes at a time). */
#include "demo/pattern.h"

#include "report.h"

#include <string.h>

static uint64_t word_at(size_t i, uint64_t seed)
{
    uint64_t z = (i / 8 + 1) * 0x9e3779b97f4a7c15u + seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void pattern_fill(void *out, size_t size, uint64_t seed)
{
    unsigned char *bytes = out;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = word_at(i, seed);
        memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
    }
}

bool pattern_check(const void *found, size_t size, uint64_t seed, const char *name,
                   const char *writer, const char *reader)
{
    const unsigned char *bytes = found;
    for (size_t i = 0; i < size; i++) {
        uint64_t word = word_at(i, seed);
        unsigned wanted = ((const unsigned char *)&word)[i % 8];
        if (bytes[i] == wanted)
            continue;
        complain("%s, byte %zu of %zu: %s wrote 0x%02x, %s reads 0x%02x", name, i, size, writer,
                 wanted, reader, bytes[i]);
        return false;
    }
    return true;
}
