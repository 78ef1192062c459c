/* SPDX-License-Identifier: MIT */
/* Test bytes from a counter and a seed (the finaliser of splitmix64, eight bytes at a time). */
#include "demo/pattern.h"

#include "report.h"

#include <string.h>

static uint64_t mixed(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void pattern_fill(void *out, size_t size, uint64_t seed)
{
    unsigned char *bytes = out;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = mixed((i / 8 + 1) * 0x9e3779b97f4a7c15u + seed);
        memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
    }
}

bool pattern_same(const void *found, const void *wanted, size_t size, const char *where,
                  const char *writer, const char *reader)
{
    const unsigned char *f = found;
    const unsigned char *w = wanted;
    if (memcmp(f, w, size) == 0)
        return true;
    size_t i = 0;
    while (f[i] == w[i])
        i++;
    complain("%s, byte %zu of %zu: %s wrote 0x%02x, %s reads 0x%02x", where, i, size, writer,
             w[i], reader, f[i]);
    return false;
}
