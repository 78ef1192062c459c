/* SPDX-License-Identifier: MIT */
/*
 * Mints UUIDs and LUIDs. What is minted here is an interface: processes of different builds
 * must come to the same numbers. Pure functions.
 */
#include "device/identity.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, then SplitMix64's finish, which spreads the last characters over all bits. */
static uint64_t hash(const char *text, uint64_t seed)
{
    uint64_t h = 0xcbf29ce484222325U ^ seed;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3U;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9U;
    h = (h ^ h >> 27) * 0x94d049bb133111ebU;
    return h ^ h >> 31;
}

static void put_bytes(unsigned char *out, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

void identity_uuid(const char *name, unsigned char out[16])
{
    put_bytes(out, hash(name, 0), 8);
    put_bytes(out + 8, hash(name, 1), 8);
    out[6] = (unsigned char)((out[6] & 0x0f) | 0x80); /* version 8 */
    out[8] = (unsigned char)((out[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
}

void identity_luid(const unsigned char uuid[16], unsigned char out[8])
{
    uint64_t seed;
    memcpy(&seed, uuid + 8, sizeof(seed));
    char text[17];
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", uuid[i]);
    uint64_t luid = (hash(text, seed) | 1) & INT64_MAX;
    put_bytes(out, luid, 8);
}
