/* SPDX-License-Identifier: MIT */
/*
 * The bytes of the storm: every line of a content names its object, its version and itself, and
 * the rest of it follows from these. Keeps nothing.
 */
#include "storm.h"

#include <string.h>

void put_line(unsigned char *to, uint32_t tag, uint32_t version, unsigned line)
{
    uint32_t words[LINE / 4] = {tag, version, line};
    for (unsigned i = 3; i < LINE / 4; i++)
        words[i] = (tag * 2654435761u) ^ (version * 40503u + line * 97u + i);
    memcpy(to, words, LINE);
}

void put_all(unsigned char *to, uint32_t tag, uint32_t version)
{
    for (unsigned i = 0; i < CONTENT / LINE; i++)
        put_line(to + (size_t)i * LINE, tag, version, i);
}

uint32_t word_at(const unsigned char *from, unsigned index)
{
    uint32_t word;
    memcpy(&word, from + 4 * (size_t)index, 4);
    return word;
}

/* The version, or UINT32_MAX if the bytes are not all of one. */
uint32_t version_of(const unsigned char *found, uint32_t tag)
{
    unsigned char wanted[CONTENT];
    uint32_t version = word_at(found, 1);
    put_all(wanted, tag, version);
    return memcmp(found, wanted, CONTENT) == 0 ? version : UINT32_MAX;
}

/* How many lines of a log are as they should be, from the first on. */
unsigned lines_of(const unsigned char *found, uint32_t tag)
{
    unsigned char wanted[LINE];
    for (unsigned i = 0; i < CONTENT / LINE; i++) {
        put_line(wanted, tag, 0, i);
        if (memcmp(found + (size_t)i * LINE, wanted, LINE) != 0)
            return i;
    }
    return CONTENT / LINE;
}
