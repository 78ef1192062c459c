/* SPDX-License-Identifier: MIT */
/* The bytes of the walk: that a difference is found and named. */
#include "capture.h"

#include "demo/pattern.h"

TEST(seeds_and_places_give_different_bytes)
{
    unsigned char a[64];
    unsigned char b[64];
    pattern_fill(a, sizeof(a), 1);
    pattern_fill(b, sizeof(b), 2);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    CHECK(memcmp(a, a + 8, 8) != 0);
    pattern_fill(b, sizeof(b), 1);
    CHECK_MEM(b, a, sizeof(a));
}

TEST(no_byte_behind_the_end_is_written)
{
    for (size_t size = 0; size <= 17; size++) {
        unsigned char bytes[20];
        memset(bytes, 0xa5, sizeof(bytes));
        pattern_fill(bytes, size, 3);
        CHECK_EQ(bytes[size], 0xa5);
        CHECK(pattern_check(bytes, size, 3, "a test", "one side", "the other"));
    }
}

TEST(the_first_byte_that_differs_is_named)
{
    unsigned char found[100];
    char wanted[160];
    pattern_fill(found, sizeof(found), 4);
    CHECK(pattern_check(found, sizeof(found), 4, "a test", "one side", "the other"));
    snprintf(wanted, sizeof(wanted),
             "isthmus: a test, byte 42 of 100: one side wrote 0x%02x, the other reads 0x%02x\n",
             found[42], found[42] ^ 0xffu);
    found[42] ^= 0xff;
    found[43] ^= 1;
    struct capture c = capture_start();
    bool same = pattern_check(found, sizeof(found), 4, "a test", "one side", "the other");
    capture_end(&c);
    CHECK(!same);
    CHECK_STR(c.text, wanted);
}
