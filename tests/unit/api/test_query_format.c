/* SPDX-License-Identifier: MIT */
/* What a texel is made of, in public words; the facts behind it: core/test_format.c */
#include "unit/core/rig.h"

#include <isthmus/isthmus.h>

static struct ist_format ask(uint32_t format)
{
    struct ist_format f = IST_FORMAT_INIT;
    CHECK_EQ(ist_query_format(format, &f), IST_OK);
    CHECK_EQ(f.struct_size, sizeof(f));
    CHECK_EQ(f.format, format);
    return f;
}

/* Where the names of the formats begin and end, and where they have a gap. */
TEST(numbers_without_a_format_are_refused)
{
    unsigned formats = 0;
    for (uint32_t n = 0; n <= 140; n++) {
        struct ist_format f = IST_FORMAT_INIT;
        bool there = (n >= 1 && n <= 115) || (n >= 130 && n <= 132);
        CHECK_EQ(ist_query_format(n, &f), there ? IST_OK : IST_BAD_FORMAT);
        CHECK_EQ(ist_format_name(n) != NULL, there);
        CHECK_EQ(f.format, there ? n : 0); /* untouched on failure */
        formats += there;
    }
    CHECK_EQ(formats, 118);
    CHECK(ist_format_name(UINT32_MAX) == NULL);
}

/* The bits of a block are those of its channels, where channels have bits of their own. */
TEST(bits_of_channels_fill_the_block)
{
    for (uint32_t n = 1; n <= 115; n++) {
        struct ist_format f = ask(n);
        uint32_t sum = f.bits[0] + f.bits[1] + f.bits[2] + f.bits[3];
        if (f.flags & (IST_FORMAT_BLOCK | IST_FORMAT_DEPTH | IST_FORMAT_VIDEO) ||
            f.block_width != 1)
            continue;
        if (f.reading == IST_READ_SHARED_EXPONENT)
            sum += 5;
        if (sum != 8 * f.block_bytes)
            test_fail(TEST_HERE, "%s: %u bits in %u bytes", ist_format_name(n), sum,
                      f.block_bytes);
    }
}

TEST(families_are_typeless_where_they_have_several_members)
{
    for (uint32_t n = 1; n <= 132; n++) {
        if (!ist_format_name(n))
            continue;
        struct ist_format f = ask(n), family = ask(f.family);
        CHECK_EQ(family.family, f.family);
        CHECK_EQ(family.block_bytes, f.block_bytes);
        CHECK(f.family == n || family.flags & IST_FORMAT_TYPELESS);
    }
    CHECK_EQ(ask(28).family, 27);
    CHECK_EQ(ask(87).family, 90);
    CHECK_EQ(ask(72).family, 70);
}

TEST(flags_and_readings_are_those_of_well_known_formats)
{
    CHECK_EQ(ask(28).flags, 0);
    CHECK_EQ(ask(28).reading, IST_READ_UNORM);
    CHECK_EQ(ask(29).flags, IST_FORMAT_SRGB);
    CHECK_EQ(ask(27).flags, IST_FORMAT_TYPELESS);
    CHECK_EQ(ask(27).reading, IST_READ_TYPELESS);
    CHECK_EQ(ask(91).flags, IST_FORMAT_SRGB | IST_FORMAT_BGR);
    CHECK_EQ(ask(45).flags, IST_FORMAT_DEPTH);
    CHECK_EQ(ask(45).reading, IST_READ_MIXED);
    CHECK_EQ(ask(99).flags, IST_FORMAT_BLOCK | IST_FORMAT_SRGB);
    CHECK_EQ(ask(103).flags, IST_FORMAT_VIDEO | IST_FORMAT_PLANAR);
    CHECK_EQ(ask(26).flags, IST_FORMAT_PACKED);
    CHECK_EQ(ask(26).reading, IST_READ_FLOAT);
    CHECK_EQ(ask(67).reading, IST_READ_SHARED_EXPONENT);
    CHECK_EQ(ask(89).reading, IST_READ_XR_BIAS);
    CHECK_EQ(ask(32).reading, IST_READ_SINT);
    CHECK_EQ(ask(31).reading, IST_READ_SNORM);
    CHECK_EQ(ask(30).reading, IST_READ_UINT);
    CHECK_STR(ist_format_name(28), "R8G8B8A8_UNORM");
}

TEST(blocks_are_those_of_the_compressions)
{
    struct ist_format f = ask(71);
    CHECK_EQ(f.block_width, 4);
    CHECK_EQ(f.block_height, 4);
    CHECK_EQ(f.block_bytes, 8);
    CHECK_EQ(f.channels, 4);
    CHECK_EQ(ask(98).block_bytes, 16);
    CHECK_EQ(ask(107).block_width, 2);
    CHECK_EQ(ask(66).block_width, 8);
}

TEST(bad_calls_are_told)
{
    struct ist_format f = {0};
    CHECK_EQ(ist_query_format(28, NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_query_format(28, &f), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "struct_size of struct ist_format is 0") != NULL);
    CHECK_EQ(f.block_bytes, 0);
}
