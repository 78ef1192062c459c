/* SPDX-License-Identifier: MIT */
/* The test picture: the same everywhere and every time, and with something to see. */
#include "test.h"

#include "picture.h"
#include "scene.h"

#include <string.h>

/* FNV-1a, to hold a whole picture in one number. */
static uint64_t hash_of(const struct picture *p)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < picture_size(p); i++)
        hash = (hash ^ p->pixels[i]) * 0x100000001b3u;
    return hash;
}

static struct picture painted(uint32_t width, uint32_t height)
{
    struct picture p = {0};
    CHECK(picture_init("a test", width, height, &p));
    CHECK(scene_paint(&p));
    return p;
}

TEST(the_same_size_gives_the_same_bytes)
{
    struct picture a = painted(320, 180);
    struct picture b = painted(320, 180);
    CHECK_MEM(a.pixels, b.pixels, picture_size(&a));
    picture_finish(&a);
    picture_finish(&b);
}

/* Only integers are used, so this number holds for every compiler and machine. */
TEST(the_bytes_are_those_of_every_other_build)
{
    struct picture p = painted(320, 180);
    uint64_t hash = hash_of(&p);
    picture_finish(&p);
    CHECK_EQ(hash, 0x55980653ba3eaaf5u);
}

TEST(odd_and_extreme_sizes_are_painted_whole)
{
    static const uint32_t sizes[][2] = {{1, 1}, {1, 50}, {50, 1}, {7, 333}, {1001, 77}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct picture p = painted(sizes[i][0], sizes[i][1]);
        bool opaque = true;
        for (size_t at = 3; at < picture_size(&p); at += 4)
            opaque = opaque && p.pixels[at] == 255;
        picture_finish(&p);
        CHECK(opaque);
    }
}

/* Blue on both sides of the middle line, none of it in the middle: the seas and the isthmus. */
TEST(there_is_land_between_two_seas)
{
    struct picture p = painted(320, 180);
    const unsigned char *row = p.pixels + 90 * picture_pitch(&p);
    bool west = row[4 * 5 + 2] > row[4 * 5];
    bool east = row[4 * 315 + 2] > row[4 * 315];
    bool middle = row[4 * 150 + 2] < row[4 * 150 + 1];
    picture_finish(&p);
    CHECK(west);
    CHECK(east);
    CHECK(middle);
}
