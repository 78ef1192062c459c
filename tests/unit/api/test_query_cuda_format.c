/* SPDX-License-Identifier: MIT */
/*
 * How CUDA names each format: a table worked out from the names of the formats, from the list
 * in NVIDIA's guide (UINT, SINT, 32-bit FLOAT) and from the numbers in its headers.
 */
#include "unit/core/rig.h"

#include <isthmus/isthmus.h>
#include <stdio.h>

/*
 * "u8x4": unsigned, 8 bits, 4 channels; s signed, f float, n and m normalised unsigned and
 * signed; "c3": the fourth compressed kind; "ten": 10:10:10:2. Behind it the notes: r raw bits,
 * b blue first, a alpha only, g sRGB as it is stored, x no alpha. "!why": refused, with a
 * reason that holds these words.
 */
static const struct wanted {
    unsigned format;
    const char *usual, *normalized, *packed;
} table[] = {
    {1, "u32x4r", "u32x4r", "u32x4r"},
    {2, "f32x4", "f32x4", "f32x4"},
    {3, "u32x4", "u32x4", "u32x4"},
    {4, "s32x4", "s32x4", "s32x4"},
    {5, "!3 channels", "!3 channels", "!3 channels"},
    {6, "!3 channels", "!3 channels", "!3 channels"},
    {7, "!3 channels", "!3 channels", "!3 channels"},
    {8, "!3 channels", "!3 channels", "!3 channels"},
    {9, "u16x4r", "u16x4r", "u16x4r"},
    {10, "f16x4", "f16x4", "f16x4"},
    {11, "u16x4r", "n16x4", "u16x4r"},
    {12, "u16x4", "u16x4", "u16x4"},
    {13, "s16x4r", "m16x4", "s16x4r"},
    {14, "s16x4", "s16x4", "s16x4"},
    {15, "u32x2r", "u32x2r", "u32x2r"},
    {16, "f32x2", "f32x2", "f32x2"},
    {17, "u32x2", "u32x2", "u32x2"},
    {18, "s32x2", "s32x2", "s32x2"},
    {19, "!depth", "!depth", "!depth"},
    {20, "!depth", "!depth", "!depth"},
    {21, "!depth", "!depth", "!depth"},
    {22, "!depth", "!depth", "!depth"},
    {23, "!INTEGER", "!INTEGER", "u32x1r"},
    {24, "!INTEGER", "ten", "u32x1r"},
    {25, "!INTEGER", "!INTEGER", "u32x1r"},
    {26, "!INTEGER", "!INTEGER", "u32x1r"},
    {27, "u8x4r", "u8x4r", "u8x4r"},
    {28, "u8x4r", "n8x4", "u8x4r"},
    {29, "u8x4rg", "n8x4g", "u8x4rg"},
    {30, "u8x4", "u8x4", "u8x4"},
    {31, "s8x4r", "m8x4", "s8x4r"},
    {32, "s8x4", "s8x4", "s8x4"},
    {33, "u16x2r", "u16x2r", "u16x2r"},
    {34, "f16x2", "f16x2", "f16x2"},
    {35, "u16x2r", "n16x2", "u16x2r"},
    {36, "u16x2", "u16x2", "u16x2"},
    {37, "s16x2r", "m16x2", "s16x2r"},
    {38, "s16x2", "s16x2", "s16x2"},
    {39, "u32x1r", "u32x1r", "u32x1r"},
    {40, "!depth", "!depth", "!depth"},
    {41, "f32x1", "f32x1", "f32x1"},
    {42, "u32x1", "u32x1", "u32x1"},
    {43, "s32x1", "s32x1", "s32x1"},
    {44, "!depth", "!depth", "!depth"},
    {45, "!depth", "!depth", "!depth"},
    {46, "!depth", "!depth", "!depth"},
    {47, "!depth", "!depth", "!depth"},
    {48, "u8x2r", "u8x2r", "u8x2r"},
    {49, "u8x2r", "n8x2", "u8x2r"},
    {50, "u8x2", "u8x2", "u8x2"},
    {51, "s8x2r", "m8x2", "s8x2r"},
    {52, "s8x2", "s8x2", "s8x2"},
    {53, "u16x1r", "u16x1r", "u16x1r"},
    {54, "f16x1", "f16x1", "f16x1"},
    {55, "!depth", "!depth", "!depth"},
    {56, "u16x1r", "n16x1", "u16x1r"},
    {57, "u16x1", "u16x1", "u16x1"},
    {58, "s16x1r", "m16x1", "s16x1r"},
    {59, "s16x1", "s16x1", "s16x1"},
    {60, "u8x1r", "u8x1r", "u8x1r"},
    {61, "u8x1r", "n8x1", "u8x1r"},
    {62, "u8x1", "u8x1", "u8x1"},
    {63, "s8x1r", "m8x1", "s8x1r"},
    {64, "s8x1", "s8x1", "s8x1"},
    {65, "u8x1ra", "n8x1a", "u8x1ra"},
    {66, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {67, "!INTEGER", "!INTEGER", "u32x1r"},
    {68, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {69, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {70, "c0", "c0", "c0"},
    {71, "c0", "c0", "c0"},
    {72, "c1", "c1", "c1"},
    {73, "c2", "c2", "c2"},
    {74, "c2", "c2", "c2"},
    {75, "c3", "c3", "c3"},
    {76, "c4", "c4", "c4"},
    {77, "c4", "c4", "c4"},
    {78, "c5", "c5", "c5"},
    {79, "c6", "c6", "c6"},
    {80, "c6", "c6", "c6"},
    {81, "c7", "c7", "c7"},
    {82, "c8", "c8", "c8"},
    {83, "c8", "c8", "c8"},
    {84, "c9", "c9", "c9"},
    {85, "!INTEGER", "!INTEGER", "u16x1r"},
    {86, "!INTEGER", "!INTEGER", "u16x1r"},
    {87, "u8x4rb", "n8x4b", "u8x4rb"},
    {88, "u8x4rbx", "n8x4bx", "u8x4rbx"},
    {89, "!INTEGER", "!INTEGER", "u32x1r"},
    {90, "u8x4rb", "u8x4rb", "u8x4rb"},
    {91, "u8x4rbg", "n8x4bg", "u8x4rbg"},
    {92, "u8x4rbx", "u8x4rbx", "u8x4rbx"},
    {93, "u8x4rbgx", "n8x4bgx", "u8x4rbgx"},
    {94, "c10", "c10", "c10"},
    {95, "c10", "c10", "c10"},
    {96, "c11", "c11", "c11"},
    {97, "c12", "c12", "c12"},
    {98, "c12", "c12", "c12"},
    {99, "c13", "c13", "c13"},
    {100, "!INTEGER", "!INTEGER", "u32x1r"},
    {101, "!INTEGER", "!INTEGER", "u32x1r"},
    {102, "!64 bits", "!64 bits", "!64 bits"},
    {103, "NV12", "NV12", "NV12"},
    {104, "P010", "P010", "P010"},
    {105, "P016", "P016", "P016"},
    {106, "!planes", "!planes", "!planes"},
    {107, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {108, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {109, "!share bytes with each other", "!share bytes with each other",
     "!share bytes with each other"},
    {110, "!video", "!video", "!video"},
    {111, "!share", "!share", "u8x1r"},
    {112, "!share", "!share", "u8x1r"},
    {113, "!video", "!video", "!video"},
    {114, "!video", "!video", "!video"},
    {115, "!INTEGER", "!INTEGER", "u16x1r"},
    {130, "!video", "!video", "!video"},
    {131, "!video", "!video", "!video"},
    {132, "!video", "!video", "!video"},
};

static struct ist_cuda_format ask(uint32_t format, uint32_t wishes)
{
    struct ist_cuda_format f = IST_CUDA_FORMAT_INIT;
    CHECK_EQ(ist_query_cuda_format(format, wishes, &f), IST_OK);
    return f;
}

/* Equal bits in the first `count` channels, none in the others. */
static void check_bits(const struct ist_cuda_format *f)
{
    const int32_t bits[4] = {f->x, f->y, f->z, f->w};
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(bits[i], i < f->array_channels ? f->x : 0);
}

static unsigned index_of_width(int bits)
{
    return bits == 8 ? 0 : bits == 16 ? 1 : 2;
}

/* The numbers of the headers, the kinds counted out one by one. */
static void spell_kind(const struct ist_cuda_format *f, char *out, size_t size)
{
    static const char *const normalized[] = {
        "n8x1", "n8x2", "n8x4", "n16x1", "n16x2", "n16x4",
        "m8x1", "m8x2", "m8x4", "m16x1", "m16x2", "m16x4",
    };
    static const unsigned first[] = {8, 1}; /* CUarray_format of signed and unsigned 8 bits */
    char plain[16];
    snprintf(plain, sizeof(plain), "%dx%u", f->x, f->array_channels);
    check_bits(f);
    if (f->kind < 2) {
        snprintf(out, size, "%c%s", f->kind ? 'u' : 's', plain);
        CHECK_EQ(f->array_format, first[f->kind] + index_of_width(f->x));
    } else if (f->kind == 2) {
        snprintf(out, size, "f%s", plain);
        CHECK_EQ(f->array_format, f->x == 16 ? 0x10 : 0x20);
    } else if (f->kind == 4) {
        snprintf(out, size, "NV12");
        CHECK_EQ(f->array_format, 0xb0);
        CHECK_EQ(f->array_channels, 3);
        CHECK_EQ(f->x, 8);
    } else if (f->kind >= 5 && f->kind <= 16) {
        snprintf(out, size, "%s", normalized[f->kind - 5]);
        CHECK_STR(out + 1, plain);
        CHECK_EQ(f->array_format, 0xc0 + f->kind - 5);
    } else if (f->kind >= 17 && f->kind <= 30) {
        snprintf(out, size, "c%u", f->kind - 17);
        CHECK_EQ(f->array_format, 0x91 + f->kind - 17);
    } else {
        test_fail(TEST_HERE, "kind %u", f->kind);
    }
}

static void spell(const struct ist_cuda_format *f, char *out, size_t size)
{
    static const char letters[] = "rbagx";
    if (f->kind == 31) {
        CHECK(f->x == 10 && f->y == 10 && f->z == 10 && f->w == 2);
        CHECK_EQ(f->array_format, 0x50);
        CHECK_EQ(f->array_channels, 4);
        snprintf(out, size, "ten");
    } else if (f->kind == 3) {
        CHECK_EQ(f->notes, IST_CUDA_NOTE_DRIVER_ONLY);
        CHECK_EQ(f->array_channels, 3);
        snprintf(out, size, "%s",
                 f->array_format == 0x9f   ? "P010"
                 : f->array_format == 0xa1 ? "P016"
                                           : "?");
        return;
    } else {
        spell_kind(f, out, size);
    }
    size_t end = strlen(out);
    CHECK_EQ(f->notes & ~0x1fU, 0);
    for (unsigned i = 0; i < 5; i++)
        if (f->notes & 1U << i)
            out[end++] = letters[i];
    out[end] = 0;
}

static void check_one(uint32_t format, uint32_t wishes, const char *wanted)
{
    struct ist_cuda_format found = IST_CUDA_FORMAT_INIT, untouched = IST_CUDA_FORMAT_INIT;
    char text[32];
    enum ist_status status = ist_query_cuda_format(format, wishes, &found);
    if (wanted[0] == '!') {
        CHECK_EQ(status, IST_BAD_FORMAT);
        CHECK_MEM(&found, &untouched, sizeof(found));
        if (!strstr(ist_explain(), wanted + 1))
            test_fail(TEST_HERE, "format %u: \"%s\" lacks \"%s\"", format, ist_explain(),
                      wanted + 1);
        CHECK(strstr(ist_explain(), ist_format_name(format)) != NULL);
        return;
    }
    CHECK_EQ(status, IST_OK);
    spell(&found, text, sizeof(text));
    if (strcmp(text, wanted) != 0)
        test_fail(TEST_HERE, "format %u, wishes %u: %s, wanted %s", format, wishes, text,
                  wanted);
}

static const struct wanted *row_of(uint32_t format)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].format == format)
            return &table[i];
    return NULL;
}

TEST(every_number_from_0_to_140_has_its_answer)
{
    unsigned formats = 0;
    for (uint32_t format = 0; format <= 140; format++) {
        const struct wanted *row = row_of(format);
        struct ist_cuda_format f = IST_CUDA_FORMAT_INIT;
        CHECK_EQ(row != NULL, ist_format_name(format) != NULL);
        if (!row) {
            CHECK_EQ(ist_query_cuda_format(format, 0, &f), IST_BAD_FORMAT);
            CHECK(strstr(ist_explain(), "is no DXGI_FORMAT") != NULL);
            continue;
        }
        formats++;
        check_one(format, 0, row->usual);
        check_one(format, IST_CUDA_NORMALIZED, row->normalized);
        check_one(format, IST_CUDA_PACKED_AS_INTEGER, row->packed);
    }
    CHECK_EQ(formats, 118);
}

TEST(both_wishes_together_normalise_where_that_is_possible)
{
    check_one(24, IST_CUDA_NORMALIZED | IST_CUDA_PACKED_AS_INTEGER, "ten");
    check_one(26, IST_CUDA_NORMALIZED | IST_CUDA_PACKED_AS_INTEGER, "u32x1r");
    check_one(28, IST_CUDA_NORMALIZED | IST_CUDA_PACKED_AS_INTEGER, "n8x4");
}

TEST(versions_tell_whose_headers_have_the_kind)
{
    CHECK_EQ(ask(28, 0).cuda_version, 11020);
    CHECK_EQ(ask(10, 0).cuda_version, 11020);
    CHECK_EQ(ask(103, 0).cuda_version, 11020);
    CHECK_EQ(ask(28, IST_CUDA_NORMALIZED).cuda_version, 11080);
    CHECK_EQ(ask(98, 0).cuda_version, 11080);
    CHECK_EQ(ask(24, IST_CUDA_NORMALIZED).cuda_version, 13000);
    CHECK_EQ(ask(104, 0).cuda_version, 13000);
}

TEST(compressed_channels_are_those_of_the_decoded_texel)
{
    CHECK_EQ(ask(80, 0).array_channels, 1);
    CHECK_EQ(ask(83, 0).array_channels, 2);
    CHECK_EQ(ask(95, 0).array_channels, 3);
    CHECK_EQ(ask(95, 0).x, 16);
    CHECK_EQ(ask(71, 0).array_channels, 4);
    CHECK_EQ(ask(71, 0).x, 8);
}

TEST(bad_calls_are_told)
{
    struct ist_cuda_format f = IST_CUDA_FORMAT_INIT;
    CHECK_EQ(ist_query_cuda_format(28, 1, &f), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "wishes 0x1") != NULL);
    CHECK_EQ(ist_query_cuda_format(28, 0, NULL), IST_BAD_POINTER);
    f.struct_size = 12;
    CHECK_EQ(ist_query_cuda_format(28, 0, &f), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "IST_") == NULL && strstr(ist_explain(), "_INIT") != NULL);
    CHECK_EQ(ist_query_cuda_format(UINT32_MAX, 0,
                                   &(struct ist_cuda_format)IST_CUDA_FORMAT_INIT),
             IST_BAD_FORMAT);
}
