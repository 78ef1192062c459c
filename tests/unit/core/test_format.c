/* SPDX-License-Identifier: MIT */
/*
 * The table of formats against facts found another way (the public enumeration; sizes worked
 * out from the names), and the encoders against worked examples and slow references.
 */
#include "test.h"

#include "base/cleanup.h"
#include "core/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fact {
    unsigned number;
    const char *name;
    unsigned texels, bits; /* of a block */
} facts[] = {
    {1, "R32G32B32A32_TYPELESS", 1, 128},
    {2, "R32G32B32A32_FLOAT", 1, 128},
    {3, "R32G32B32A32_UINT", 1, 128},
    {4, "R32G32B32A32_SINT", 1, 128},
    {5, "R32G32B32_TYPELESS", 1, 96},
    {6, "R32G32B32_FLOAT", 1, 96},
    {7, "R32G32B32_UINT", 1, 96},
    {8, "R32G32B32_SINT", 1, 96},
    {9, "R16G16B16A16_TYPELESS", 1, 64},
    {10, "R16G16B16A16_FLOAT", 1, 64},
    {11, "R16G16B16A16_UNORM", 1, 64},
    {12, "R16G16B16A16_UINT", 1, 64},
    {13, "R16G16B16A16_SNORM", 1, 64},
    {14, "R16G16B16A16_SINT", 1, 64},
    {15, "R32G32_TYPELESS", 1, 64},
    {16, "R32G32_FLOAT", 1, 64},
    {17, "R32G32_UINT", 1, 64},
    {18, "R32G32_SINT", 1, 64},
    {19, "R32G8X24_TYPELESS", 1, 64},
    {20, "D32_FLOAT_S8X24_UINT", 1, 64},
    {21, "R32_FLOAT_X8X24_TYPELESS", 1, 64},
    {22, "X32_TYPELESS_G8X24_UINT", 1, 64},
    {23, "R10G10B10A2_TYPELESS", 1, 32},
    {24, "R10G10B10A2_UNORM", 1, 32},
    {25, "R10G10B10A2_UINT", 1, 32},
    {26, "R11G11B10_FLOAT", 1, 32},
    {27, "R8G8B8A8_TYPELESS", 1, 32},
    {28, "R8G8B8A8_UNORM", 1, 32},
    {29, "R8G8B8A8_UNORM_SRGB", 1, 32},
    {30, "R8G8B8A8_UINT", 1, 32},
    {31, "R8G8B8A8_SNORM", 1, 32},
    {32, "R8G8B8A8_SINT", 1, 32},
    {33, "R16G16_TYPELESS", 1, 32},
    {34, "R16G16_FLOAT", 1, 32},
    {35, "R16G16_UNORM", 1, 32},
    {36, "R16G16_UINT", 1, 32},
    {37, "R16G16_SNORM", 1, 32},
    {38, "R16G16_SINT", 1, 32},
    {39, "R32_TYPELESS", 1, 32},
    {40, "D32_FLOAT", 1, 32},
    {41, "R32_FLOAT", 1, 32},
    {42, "R32_UINT", 1, 32},
    {43, "R32_SINT", 1, 32},
    {44, "R24G8_TYPELESS", 1, 32},
    {45, "D24_UNORM_S8_UINT", 1, 32},
    {46, "R24_UNORM_X8_TYPELESS", 1, 32},
    {47, "X24_TYPELESS_G8_UINT", 1, 32},
    {48, "R8G8_TYPELESS", 1, 16},
    {49, "R8G8_UNORM", 1, 16},
    {50, "R8G8_UINT", 1, 16},
    {51, "R8G8_SNORM", 1, 16},
    {52, "R8G8_SINT", 1, 16},
    {53, "R16_TYPELESS", 1, 16},
    {54, "R16_FLOAT", 1, 16},
    {55, "D16_UNORM", 1, 16},
    {56, "R16_UNORM", 1, 16},
    {57, "R16_UINT", 1, 16},
    {58, "R16_SNORM", 1, 16},
    {59, "R16_SINT", 1, 16},
    {60, "R8_TYPELESS", 1, 8},
    {61, "R8_UNORM", 1, 8},
    {62, "R8_UINT", 1, 8},
    {63, "R8_SNORM", 1, 8},
    {64, "R8_SINT", 1, 8},
    {65, "A8_UNORM", 1, 8},
    {66, "R1_UNORM", 8, 8},
    {67, "R9G9B9E5_SHAREDEXP", 1, 32},
    {68, "R8G8_B8G8_UNORM", 2, 32},
    {69, "G8R8_G8B8_UNORM", 2, 32},
    {70, "BC1_TYPELESS", 16, 64},
    {71, "BC1_UNORM", 16, 64},
    {72, "BC1_UNORM_SRGB", 16, 64},
    {73, "BC2_TYPELESS", 16, 128},
    {74, "BC2_UNORM", 16, 128},
    {75, "BC2_UNORM_SRGB", 16, 128},
    {76, "BC3_TYPELESS", 16, 128},
    {77, "BC3_UNORM", 16, 128},
    {78, "BC3_UNORM_SRGB", 16, 128},
    {79, "BC4_TYPELESS", 16, 64},
    {80, "BC4_UNORM", 16, 64},
    {81, "BC4_SNORM", 16, 64},
    {82, "BC5_TYPELESS", 16, 128},
    {83, "BC5_UNORM", 16, 128},
    {84, "BC5_SNORM", 16, 128},
    {85, "B5G6R5_UNORM", 1, 16},
    {86, "B5G5R5A1_UNORM", 1, 16},
    {87, "B8G8R8A8_UNORM", 1, 32},
    {88, "B8G8R8X8_UNORM", 1, 32},
    {89, "R10G10B10_XR_BIAS_A2_UNORM", 1, 32},
    {90, "B8G8R8A8_TYPELESS", 1, 32},
    {91, "B8G8R8A8_UNORM_SRGB", 1, 32},
    {92, "B8G8R8X8_TYPELESS", 1, 32},
    {93, "B8G8R8X8_UNORM_SRGB", 1, 32},
    {94, "BC6H_TYPELESS", 16, 128},
    {95, "BC6H_UF16", 16, 128},
    {96, "BC6H_SF16", 16, 128},
    {97, "BC7_TYPELESS", 16, 128},
    {98, "BC7_UNORM", 16, 128},
    {99, "BC7_UNORM_SRGB", 16, 128},
    {100, "AYUV", 1, 32},
    {101, "Y410", 1, 32},
    {102, "Y416", 1, 64},
    {103, "NV12", 1, 8},
    {104, "P010", 1, 16},
    {105, "P016", 1, 16},
    {106, "420_OPAQUE", 1, 8},
    {107, "YUY2", 2, 32},
    {108, "Y210", 2, 64},
    {109, "Y216", 2, 64},
    {110, "NV11", 1, 0},
    {111, "AI44", 1, 8},
    {112, "IA44", 1, 8},
    {113, "P8", 1, 8},
    {114, "A8P8", 1, 16},
    {115, "B4G4R4A4_UNORM", 1, 16},
    {130, "P208", 1, 0},
    {131, "V208", 1, 0},
    {132, "V408", 1, 0},
};

TEST(every_public_format_has_its_row)
{
    CHECK_EQ(ARRAY_SIZE(facts), 118);
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        CHECK(f != NULL);
        CHECK_EQ(f->number, facts[i].number);
        CHECK_STR(f->name, facts[i].name);
        if (f->block_width * f->block_height != (int)facts[i].texels ||
            f->block_bytes * 8U != facts[i].bits)
            test_fail(TEST_HERE, "%s: a block is %u bytes for %u texels", f->name,
                      f->block_bytes, f->block_width * f->block_height);
    }
}

TEST(other_numbers_are_no_formats)
{
    CHECK_PTR_EQ(format_get(0), NULL);
    for (unsigned n = 116; n < 130; n++)
        CHECK_PTR_EQ(format_get(n), NULL);
    CHECK_PTR_EQ(format_get(133), NULL);
    CHECK_PTR_EQ(format_get(191), NULL);
    CHECK_PTR_EQ(format_get(UINT32_MAX), NULL);
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);
    return n >= e && strcmp(name + n - e, end) == 0;
}

/* What the name says of how the bits are read. */
static enum format_family family_of(const char *name)
{
    if (strstr(name, "XR_BIAS"))
        return FAMILY_XR_BIAS;
    if (strstr(name, "SHAREDEXP"))
        return FAMILY_SHARED_EXPONENT;
    if (name[0] == 'D' && strstr(name, "_S8"))
        return FAMILY_MIXED;
    if (ends_with(name, "UF16") || ends_with(name, "SF16") || strstr(name, "FLOAT"))
        return FAMILY_FLOAT;
    if (strstr(name, "SNORM"))
        return FAMILY_SNORM;
    if (strstr(name, "UNORM"))
        return FAMILY_UNORM;
    if (strstr(name, "UINT"))
        return FAMILY_UINT;
    if (strstr(name, "SINT"))
        return FAMILY_SINT;
    return FAMILY_TYPELESS;
}

TEST(family_and_traits_agree_with_the_name)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const char *name = facts[i].name;
        const struct format *f = format_get(facts[i].number);
        bool depth = name[0] == 'D' || strstr(name, "R24") || strstr(name, "X24") ||
                     strstr(name, "R32G8X24");
        if (!(f->traits & FORMAT_VIDEO))
            CHECK_EQ(f->family, family_of(name));
        CHECK_EQ(!!(f->traits & FORMAT_SRGB), !!strstr(name, "SRGB"));
        CHECK_EQ(!!(f->traits & FORMAT_BLOCK), strncmp(name, "BC", 2) == 0);
        CHECK_EQ(!!(f->traits & FORMAT_BGR), name[0] == 'B' && name[1] != 'C');
        CHECK_EQ(!!(f->traits & FORMAT_DEPTH), depth);
        CHECK_EQ(!!(f->traits & FORMAT_VIDEO),
                 (facts[i].number >= 100 && facts[i].number <= 114) || facts[i].number >= 130);
        CHECK_EQ(!!(f->traits & FORMAT_PLANAR),
                 facts[i].number >= 103 && facts[i].number <= 106);
    }
}

/* Everything before the first underscore: R8G8B8A8 of R8G8B8A8_UNORM_SRGB. */
static bool same_layout(const char *a, const char *b)
{
    size_t n = strcspn(a, "_");
    return n == strcspn(b, "_") && strncmp(a, b, n) == 0;
}

TEST(groups_join_what_may_be_read_as_each_other)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        const struct format *group = format_get(f->group);
        CHECK(group != NULL);
        CHECK_EQ(group->group, group->number);
        CHECK_EQ(group->block_bytes, f->block_bytes);
        CHECK_EQ(group->block_width, f->block_width);
        if (group == f) /* alone in its group, or its typeless member */
            continue;
        CHECK_EQ(group->family, FAMILY_TYPELESS);
        CHECK(same_layout(group->name, f->name) || f->traits & FORMAT_DEPTH ||
              f->family == FAMILY_XR_BIAS);
    }
    CHECK_EQ(format_get(55)->group, 53); /* D16 and R16 */
    CHECK_EQ(format_get(40)->group, 39); /* D32 and R32 */
    CHECK_EQ(format_get(45)->group, 44);
    CHECK_EQ(format_get(20)->group, 19);
    CHECK_EQ(format_get(89)->group, 23);
    CHECK_EQ(format_get(87)->group, 90);
    CHECK_EQ(format_get(88)->group, 92);
    CHECK_EQ(format_get(65)->group, 65);
}

TEST(every_format_but_those_alone_has_a_group_with_a_typeless_member)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        if (f->traits & FORMAT_DEPTH || f->block_width == 2) /* their names say less */
            continue;
        for (size_t j = 0; j < ARRAY_SIZE(facts); j++) {
            const struct format *g = format_get(facts[j].number);
            if (g->family == FAMILY_TYPELESS && same_layout(f->name, g->name) &&
                g->number == g->group && ends_with(g->name, "_TYPELESS"))
                CHECK_EQ(f->group, g->number);
        }
    }
}

/* The numbers after the letters, as R5 G6 B5 in B5G6R5. */
static void bits_from_name(const char *name, unsigned bits[4])
{
    static const char letters[] = "RGBA";
    memset(bits, 0, 4 * sizeof(*bits));
    for (const char *s = name; *s && *s != '_'; s++) {
        const char *letter = strchr(letters, *s);
        if (letter && *s && s[1] >= '0' && s[1] <= '9')
            bits[letter - letters] = (unsigned)atoi(s + 1);
    }
}

TEST(bits_of_channels_agree_with_the_name)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        unsigned bits[4], channels = 0;
        if (f->traits & (FORMAT_BLOCK | FORMAT_VIDEO | FORMAT_DEPTH) || f->block_width == 2)
            continue;
        bits_from_name(f->name, bits);
        if (strstr(f->name, "X8"))
            bits[3] = 8; /* seen as a channel by the other side */
        if (f->family == FAMILY_XR_BIAS)
            bits[3] = 2; /* stands behind the first underscore */
        for (int c = 0; c < 4; c++) {
            CHECK_EQ(f->bits[c], bits[c]);
            channels += bits[c] != 0;
        }
        CHECK_EQ(f->channels, channels);
    }
}

TEST(packed_formats_are_those_whose_channels_share_bytes)
{
    const unsigned packed[] = {23, 24, 25, 26, 66, 67, 68, 69, 85, 86, 89, 115};
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        bool wanted = false;
        if (f->traits & FORMAT_VIDEO)
            continue;
        for (size_t j = 0; j < ARRAY_SIZE(packed); j++)
            wanted = wanted || packed[j] == f->number;
        CHECK_EQ(!!(f->traits & FORMAT_PACKED), wanted);
    }
}

/* The mapping table of the guide: bits of one channel, number of channels. */
TEST(formats_of_the_guide_have_its_bits)
{
    static const struct {
        unsigned number, bits, channels;
        enum format_family family;
    } rows[] = {
        {62, 8, 1, FAMILY_UINT},   {64, 8, 1, FAMILY_SINT},   {50, 8, 2, FAMILY_UINT},
        {52, 8, 2, FAMILY_SINT},   {30, 8, 4, FAMILY_UINT},   {32, 8, 4, FAMILY_SINT},
        {57, 16, 1, FAMILY_UINT},  {59, 16, 1, FAMILY_SINT},  {36, 16, 2, FAMILY_UINT},
        {38, 16, 2, FAMILY_SINT},  {12, 16, 4, FAMILY_UINT},  {14, 16, 4, FAMILY_SINT},
        {42, 32, 1, FAMILY_UINT},  {43, 32, 1, FAMILY_SINT},  {41, 32, 1, FAMILY_FLOAT},
        {17, 32, 2, FAMILY_UINT},  {18, 32, 2, FAMILY_SINT},  {16, 32, 2, FAMILY_FLOAT},
        {3, 32, 4, FAMILY_UINT},   {4, 32, 4, FAMILY_SINT},   {2, 32, 4, FAMILY_FLOAT},
        {10, 16, 4, FAMILY_FLOAT}, {34, 16, 2, FAMILY_FLOAT}, {54, 16, 1, FAMILY_FLOAT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct format *f = format_get(rows[i].number);
        CHECK_EQ(f->channels, rows[i].channels);
        CHECK_EQ(f->family, rows[i].family);
        for (unsigned c = 0; c < 4; c++)
            CHECK_EQ(f->bits[c], c < rows[i].channels ? rows[i].bits : 0);
    }
}

/* A few functions of <math.h>, whose library the tests are not linked with. */
static double scale(double value, int exponent)
{
    for (; exponent > 0; exponent--)
        value *= 2;
    for (; exponent < 0; exponent++)
        value /= 2;
    return value;
}

/* The neighbour of a positive float. */
static float next_to(float value, int step)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits += (uint32_t)step;
    memcpy(&value, &bits, sizeof(bits));
    return value;
}

/* value^(12/5) by Newton's method for the fifth root. */
static double power_12_5(double value)
{
    double square = value * value, root = 1;
    for (int i = 0; i < 100; i++)
        root -= (root * root * root * root * root - square) / (5 * root * root * root * root);
    return square * root;
}

/* Encoders. Each row: format, colour, bytes in memory order as hexadecimal digits. */
struct sample {
    unsigned number;
    float rgba[4];
    const char *bytes;
};

static void check_bytes(unsigned number, const unsigned char *found, unsigned count,
                        const char *wanted)
{
    char text[33] = "";
    for (unsigned i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", found[i]);
    if (strcmp(text, wanted) != 0)
        test_fail(TEST_HERE, "%s: found %s, wanted %s", format_get(number)->name, text, wanted);
}

static void check_sample(const struct sample *s)
{
    unsigned char out[16];
    memset(out, 0xcc, sizeof(out));
    unsigned count = format_encode_float(format_get(s->number), s->rgba, out);
    check_bytes(s->number, out, count, s->bytes);
}

TEST(colours_become_the_bytes_of_worked_examples)
{
    static const struct sample samples[] = {
        {28, {1, 0, 0.5F, 0.25F}, "ff008040"},
        {87, {1, 0, 0.5F, 0.25F}, "8000ff40"},
        {88, {1, 0, 0.5F, 1}, "8000ffff"},
        {28, {-1, 2, 1e30F, -1e30F}, "00ffff00"},
        {61, {0.2F, 9, 9, 9}, "33"},
        {65, {0, 0, 0, 0.2F}, "33"},
        {49, {0.2F, 0.4F, 9, 9}, "3366"},
        {56, {0.5F, 0, 0, 0}, "0080"},
        {11, {0, 1, 0.5F, 0.25F}, "0000ffff00800040"},
        {31, {1, -1, 0.5F, -0.5F}, "7f8140c0"},
        {31, {-2, 2, 0, -0.0F}, "817f0000"},
        {63, {-1, 0, 0, 0}, "81"},
        {58, {-1, 0, 0, 0}, "0180"},
        {58, {1, 0, 0, 0}, "ff7f"},
        {13, {0.5F, -0.5F, 1, -1}, "004000c0ff7f0180"},
        {2, {1, -2, 0.5F, 0}, "0000803f000000c00000003f00000000"},
        {6, {1, -2, 0.5F, 9}, "0000803f000000c00000003f"},
        {16, {1, -2, 9, 9}, "0000803f000000c0"},
        {41, {1.5F, 0, 0, 0}, "0000c03f"},
        {10, {1, -2, 65504, 0}, "003c00c0ff7b0000"},
        {34, {1, -2, 0, 0}, "003c00c0"},
        {54, {0.333251953125F, 0, 0, 0}, "5535"},
        {24, {1, 0, 1, 1}, "ff03f0ff"},
        {24, {1, 0.5F, 0, 0.4F}, "ff030840"},
        {85, {1, 0, 0, 0}, "00f8"},
        {85, {0, 1, 0, 0}, "e007"},
        {85, {0, 0, 1, 0}, "1f00"},
        {86, {1, 0, 0, 1}, "00fc"},
        {86, {0, 1, 0.5F, 0.4F}, "f003"},
        {115, {1, 0, 0, 0}, "000f"},
        {115, {0, 0.2F, 0.4F, 1}, "36f0"},
        {26, {1, 1, 1, 0}, "c0031e78"},
        {26, {-1, 0, 0.5F, 0}, "00000070"},
        {67, {1, 1, 1, 0}, "00010284"},
        {67, {0, 0, 0, 0}, "00000000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
        check_sample(&samples[i]);
}

static unsigned encode_one(unsigned number, float value)
{
    const float rgba[4] = {value, value, value, value};
    unsigned char out[16] = {0};
    uint32_t bits;
    CHECK(format_encode_float(format_get(number), rgba, out) > 0);
    memcpy(&bits, out, sizeof(bits));
    return bits;
}

TEST(nan_becomes_zero_in_integers_and_stays_nan_in_floats)
{
    CHECK_EQ(encode_one(28, NAN), 0);
    CHECK_EQ(encode_one(29, NAN), 0);
    CHECK_EQ(encode_one(31, NAN), 0);
    CHECK_EQ(encode_one(42, NAN), 0);
    CHECK_EQ(encode_one(43, NAN), 0);
    CHECK_EQ(encode_one(67, NAN), 0);
    unsigned half = encode_one(54, NAN) & 0x7fff;
    CHECK(half > 0x7c00);
    unsigned packed = encode_one(26, -NAN);
    CHECK((packed & 0x7ff) > 0x7c0);
    CHECK((packed >> 22) > 0x3e0);
}

TEST(infinity_saturates_in_integers_and_stays_in_floats)
{
    CHECK_EQ(encode_one(28, INFINITY), 0xffffffff);
    CHECK_EQ(encode_one(28, -INFINITY), 0);
    CHECK_EQ(encode_one(31, -INFINITY), 0x81818181);
    CHECK_EQ(encode_one(54, INFINITY), 0x7c00);
    CHECK_EQ(encode_one(54, -INFINITY), 0xfc00);
    CHECK_EQ(encode_one(26, INFINITY), 0x7c0U | 0x7c0U << 11 | 0x3e0U << 22);
    CHECK_EQ(encode_one(26, -INFINITY), 0);
    CHECK_EQ(encode_one(67, INFINITY), 0xf8000000U | 511 | 511 << 9 | 511 << 18);
}

/* Direct3D's rule written down again: scale, add a half, drop the fraction. */
TEST(unorm_rounds_halves_up)
{
    static const struct {
        unsigned number, bits;
    } formats[] = {{61, 8}, {56, 16}, {24, 10}, {115, 4}};
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        unsigned most = (1U << formats[i].bits) - 1;
        for (unsigned n = 0; n <= 4000; n++) {
            float value = (float)n / 4000;
            unsigned wanted = (unsigned)((double)value * most + 0.5);
            CHECK_EQ(encode_one(formats[i].number, value) & most, wanted);
        }
    }
}

TEST(snorm_rounds_halves_away_from_zero)
{
    for (int n = -2100; n <= 2100; n++) {
        float value = (float)n / 2000;
        double clamped = value < -1 ? -1 : value > 1 ? 1 : value;
        double half = clamped < 0 ? -0.5 : 0.5;
        int wanted8 = (int)(clamped * 127 + half), wanted16 = (int)(clamped * 32767 + half);
        CHECK_EQ((signed char)encode_one(63, value), wanted8);
        CHECK_EQ((short)encode_one(58, value), wanted16);
    }
}

/* The curve's inverse, raised to 2.4 another way: what the 8-bit code stands for. */
static double linear_from_code(double code)
{
    double s = code / 255;
    return s <= 0.04045 ? s / 12.92 : power_12_5((s + 0.055) / 1.055);
}

TEST(srgb_codes_come_back_from_what_they_stand_for)
{
    for (unsigned code = 0; code < 256; code++) {
        unsigned exact = encode_one(29, (float)linear_from_code(code));
        CHECK_EQ(exact & 0xff, code);
        CHECK_EQ(encode_one(29, (float)linear_from_code(code + 0.4)) & 0xff,
                 code == 255 ? 255 : code);
        if (code)
            CHECK_EQ(encode_one(29, (float)linear_from_code(code - 0.4)) & 0xff, code);
    }
    CHECK_EQ(encode_one(29, 0.5F), 0x80bcbcbc); /* alpha is linear */
    CHECK_EQ(encode_one(91, 0.5F), 0x80bcbcbc);
}

/* A 16-bit float's value, exactly. */
static double from_half(unsigned half)
{
    unsigned exponent = half >> 10 & 31, mantissa = half & 1023;
    double value = exponent ? scale(1024 + mantissa, (int)exponent - 25) : scale(mantissa, -24);
    return half & 0x8000 ? -value : value;
}

TEST(every_half_float_comes_back)
{
    for (unsigned half = 0; half < 0x7c00; half++) {
        CHECK_EQ(encode_one(54, (float)from_half(half)), half);
        CHECK_EQ(encode_one(54, (float)from_half(half | 0x8000)), half | 0x8000);
    }
}

TEST(half_floats_round_to_nearest_even)
{
    for (unsigned half = 0; half < 0x7bff; half++) {
        double low = from_half(half), high = from_half(half + 1), middle = (low + high) / 2;
        CHECK_EQ(encode_one(54, (float)middle), half % 2 ? half + 1 : half);
        CHECK_EQ(encode_one(54, next_to((float)middle, -1)), half);
        CHECK_EQ(encode_one(54, next_to((float)middle, 1)), half + 1);
    }
    CHECK_EQ(encode_one(54, 65519.996F), 0x7bff);
    CHECK_EQ(encode_one(54, 65520), 0x7c00); /* half way to what would be the next */
    CHECK_EQ(encode_one(54, 1e-30F), 0);
    CHECK_EQ(encode_one(54, -1e-40F), 0x8000);
}

/* The two unsigned small floats follow the rule of the half float, with less mantissa. */
static double from_small(unsigned bits, unsigned mantissa_bits)
{
    unsigned exponent = bits >> mantissa_bits, mantissa = bits & ((1U << mantissa_bits) - 1);
    int least = -14 - (int)mantissa_bits;
    return exponent ? scale((1U << mantissa_bits) + mantissa, (int)exponent - 1 + least)
                    : scale(mantissa, least);
}

TEST(eleven_and_ten_bit_floats_come_back_and_round)
{
    for (unsigned n = 0; n < 0x7bf; n++) {
        CHECK_EQ(encode_one(26, (float)from_small(n, 6)) & 0x7ff, n);
        float middle = (float)((from_small(n, 6) + from_small(n + 1, 6)) / 2);
        CHECK_EQ(encode_one(26, middle) & 0x7ff, n % 2 ? n + 1 : n);
    }
    for (unsigned n = 0; n < 0x3df; n++) {
        CHECK_EQ(encode_one(26, (float)from_small(n, 5)) >> 22, n);
        float middle = (float)((from_small(n, 5) + from_small(n + 1, 5)) / 2);
        CHECK_EQ(encode_one(26, middle) >> 22, n % 2 ? n + 1 : n);
    }
    CHECK_EQ(encode_one(26, -3), 0);
}

/* Whatever goes in, the decoded texel is as near as the largest channel's exponent allows. */
TEST(shared_exponent_is_as_near_as_it_can_be)
{
    uint64_t seed = 5;
    for (int i = 0; i < 20000; i++) {
        float rgb[4] = {0};
        for (int c = 0; c < 3; c++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            rgb[c] = (float)scale((double)(seed >> 40) / 16777216, (int)(seed >> 33 & 31) - 15);
        }
        unsigned char out[16];
        CHECK_EQ(format_encode_float(format_get(67), rgb, out), 4);
        uint32_t texel;
        memcpy(&texel, out, sizeof(texel));
        double unit = scale(1, (int)(texel >> 27) - 24);
        unsigned most = 0;
        for (int c = 0; c < 3; c++) {
            unsigned mantissa = texel >> 9 * c & 511;
            double value = rgb[c] > 65408 ? 65408 : rgb[c];
            most = mantissa > most ? mantissa : most;
            CHECK(__builtin_fabs(mantissa * unit - value) <= unit / 2);
        }
        CHECK(most >= 256 || texel >> 27 == 0); /* no smaller exponent would have done */
    }
}

TEST(floats_in_integer_formats_lose_their_fraction)
{
    CHECK_EQ(encode_one(62, 200.9F), 200);
    CHECK_EQ(encode_one(62, 300), 255);
    CHECK_EQ(encode_one(62, -5), 0);
    CHECK_EQ(encode_one(64, -5.9F) & 0xff, 0xfb);
    CHECK_EQ(encode_one(64, -500) & 0xff, 0x80);
    CHECK_EQ(encode_one(42, 1e20F), 0xffffffff);
    CHECK_EQ(encode_one(43, -1e20F), 0x80000000);
    CHECK_EQ(encode_one(43, 1e20F), 0x7fffffff);
}

TEST(integers_are_taken_as_they_are)
{
    static const struct {
        unsigned number;
        uint32_t rgba[4];
        const char *bytes;
    } samples[] = {
        {30, {1, 2, 3, 4}, "01020304"},
        {30, {0x101, 0xfff, 0xffffff80, 0}, "01ff8000"},
        {32, {0xffffffff, 2, 0, 0}, "ff020000"},
        {28, {1, 2, 3, 4}, "01020304"},
        {87, {1, 2, 3, 4}, "03020104"},
        {42, {0xdeadbeef, 0, 0, 0}, "efbeadde"},
        {39, {0xdeadbeef, 0, 0, 0}, "efbeadde"},
        {41, {0x3f800000, 0, 0, 0}, "0000803f"},
        {25, {1023, 0, 1, 3}, "ff0310c0"},
        {26, {1, 1, 1, 9}, "01084000"},
        {3, {1, 2, 3, 4}, "01000000020000000300000004000000"},
        {12, {0x11234, 2, 3, 4}, "3412020003000400"},
        {85, {31, 0, 0, 0}, "00f8"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        unsigned char out[16];
        memset(out, 0xcc, sizeof(out));
        unsigned n = format_encode_uint(format_get(samples[i].number), samples[i].rgba, out);
        check_bytes(samples[i].number, out, n, samples[i].bytes);
    }
}

TEST(what_is_no_plain_colour_is_not_encoded)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct format *f = format_get(facts[i].number);
        const float floats[4] = {0};
        const uint32_t ints[4] = {0};
        unsigned char out[16];
        bool plain = f->block_width == 1 &&
                     !(f->traits & (FORMAT_DEPTH | FORMAT_BLOCK | FORMAT_VIDEO));
        bool read_as_floats = f->family != FAMILY_TYPELESS && f->family != FAMILY_XR_BIAS;
        memset(out, 0xcc, sizeof(out));
        CHECK_EQ(format_encode_float(f, floats, out),
                 plain && read_as_floats ? f->block_bytes : 0);
        CHECK(out[15] == 0xcc || f->block_bytes == 16);
        CHECK_EQ(format_encode_uint(f, ints, out),
                 plain && f->family != FAMILY_SHARED_EXPONENT ? f->block_bytes : 0);
    }
}
