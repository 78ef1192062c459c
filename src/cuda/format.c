/* SPDX-License-Identifier: MIT */
/* Pure tables: the driver's format and channel count, the runtime's bits and kind. */
#include "cuda/format.h"

#include "cuda/error.h"
#include "cuda/istcu.h"

#include <string.h>

enum kind { /* cudaChannelFormatKind, as far as several formats share one */
            KIND_SIGNED,
            KIND_UNSIGNED,
            KIND_FLOAT,
            KIND_NONE,
            KIND_NV12,
};

/* One format of the driver. numbers: core's, with 1, 2 and 4 channels; 0: not with so many. */
struct row {
    unsigned char format; /* CUarray_format */
    unsigned char kind, bits;
    unsigned char numbers[3];
};

/* Formats of which the element has 1, 2 or 4 equal channels. */
static const struct row plain[] = {
    {CU_AD_FORMAT_UNSIGNED_INT8, KIND_UNSIGNED, 8, {62, 50, 30}},
    {CU_AD_FORMAT_UNSIGNED_INT16, KIND_UNSIGNED, 16, {57, 36, 12}},
    {CU_AD_FORMAT_UNSIGNED_INT32, KIND_UNSIGNED, 32, {42, 17, 3}},
    {CU_AD_FORMAT_SIGNED_INT8, KIND_SIGNED, 8, {64, 52, 32}},
    {CU_AD_FORMAT_SIGNED_INT16, KIND_SIGNED, 16, {59, 38, 14}},
    {CU_AD_FORMAT_SIGNED_INT32, KIND_SIGNED, 32, {43, 18, 4}},
    {CU_AD_FORMAT_HALF, KIND_FLOAT, 16, {54, 34, 10}},
    {CU_AD_FORMAT_FLOAT, KIND_FLOAT, 32, {41, 16, 2}},
};

/* Formats that fix their channels, each with a kind of its own. */
struct special {
    unsigned char format, kind, channels;
    unsigned char bits[4];
    unsigned char number;
};

static const struct special specials[] = {
    {CU_AD_FORMAT_UNORM_INT8X1, 5, 1, {8}, 61},
    {CU_AD_FORMAT_UNORM_INT8X2, 6, 2, {8, 8}, 49},
    {CU_AD_FORMAT_UNORM_INT8X4, 7, 4, {8, 8, 8, 8}, 28},
    {CU_AD_FORMAT_UNORM_INT16X1, 8, 1, {16}, 56},
    {CU_AD_FORMAT_UNORM_INT16X2, 9, 2, {16, 16}, 35},
    {CU_AD_FORMAT_UNORM_INT16X4, 10, 4, {16, 16, 16, 16}, 11},
    {CU_AD_FORMAT_SNORM_INT8X1, 11, 1, {8}, 63},
    {CU_AD_FORMAT_SNORM_INT8X2, 12, 2, {8, 8}, 51},
    {CU_AD_FORMAT_SNORM_INT8X4, 13, 4, {8, 8, 8, 8}, 31},
    {CU_AD_FORMAT_SNORM_INT16X1, 14, 1, {16}, 58},
    {CU_AD_FORMAT_SNORM_INT16X2, 15, 2, {16, 16}, 37},
    {CU_AD_FORMAT_SNORM_INT16X4, 16, 4, {16, 16, 16, 16}, 13},
    {CU_AD_FORMAT_BC1_UNORM, 17, 4, {8, 8, 8, 8}, 71},
    {CU_AD_FORMAT_BC1_UNORM_SRGB, 18, 4, {8, 8, 8, 8}, 72},
    {CU_AD_FORMAT_BC2_UNORM, 19, 4, {8, 8, 8, 8}, 74},
    {CU_AD_FORMAT_BC2_UNORM_SRGB, 20, 4, {8, 8, 8, 8}, 75},
    {CU_AD_FORMAT_BC3_UNORM, 21, 4, {8, 8, 8, 8}, 77},
    {CU_AD_FORMAT_BC3_UNORM_SRGB, 22, 4, {8, 8, 8, 8}, 78},
    {CU_AD_FORMAT_BC4_UNORM, 23, 1, {8}, 80},
    {CU_AD_FORMAT_BC4_SNORM, 24, 1, {8}, 81},
    {CU_AD_FORMAT_BC5_UNORM, 25, 2, {8, 8}, 83},
    {CU_AD_FORMAT_BC5_SNORM, 26, 2, {8, 8}, 84},
    {CU_AD_FORMAT_BC6H_UF16, 27, 3, {16, 16, 16}, 95},
    {CU_AD_FORMAT_BC6H_SF16, 28, 3, {16, 16, 16}, 96},
    {CU_AD_FORMAT_BC7_UNORM, 29, 4, {8, 8, 8, 8}, 98},
    {CU_AD_FORMAT_BC7_UNORM_SRGB, 30, 4, {8, 8, 8, 8}, 99},
    {CU_AD_FORMAT_UNORM_INT_101010_2, 31, 4, {10, 10, 10, 2}, 24},
    {CU_AD_FORMAT_NV12, KIND_NV12, 3, {8, 8, 8}, 103},
    {CU_AD_FORMAT_P010, KIND_NONE, 3, {0}, 104},
    {CU_AD_FORMAT_P016, KIND_NONE, 3, {0}, 105},
};

/* Known to the driver's header, without a linear layout here. */
static bool is_offered_elsewhere(unsigned format)
{
    return (format >= CU_AD_FORMAT_NV16 && format <= CU_AD_FORMAT_Y410) ||
           (format >= CU_AD_FORMAT_Y416 && format <= CU_AD_FORMAT_YUV444_16bit_SemiPlanar);
}

static const struct special *find_special(unsigned format)
{
    for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
        if (specials[i].format == format)
            return &specials[i];
    return NULL;
}

static const struct row *find_plain(unsigned format)
{
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (plain[i].format == format)
            return &plain[i];
    return NULL;
}

/* 3 channels have no place: CUDA arrays cannot have them. */
static unsigned number_of(const struct row *row, unsigned channels)
{
    return channels == 1   ? row->numbers[0]
           : channels == 2 ? row->numbers[1]
           : channels == 4 ? row->numbers[2]
                           : 0;
}

/* Both tables are short, and only making and mapping arrays looks here. */
int cu_format_find(unsigned format, unsigned channels, const struct format **out)
{
    const struct row *row = find_plain(format);
    const struct special *special = find_special(format);
    if (is_offered_elsewhere(format))
        return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                         "array format 0x%x is known, but not offered: it has no linear layout",
                         format);
    if (!row && !special)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "array format 0x%x is no CUarray_format",
                         format);
    unsigned number = row                             ? number_of(row, channels)
                      : special->channels == channels ? special->number
                                                      : 0;
    if (!number)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%u channels of array format 0x%x: %s",
                         channels, format,
                         row ? "1, 2 and 4 are possible" : "this format fixes its channels");
    *out = format_get(number);
    return CUDA_SUCCESS;
}

/* What the channels of a format carry, in memory order or not, without the empty ones. */
static bool same_bits(const struct format *a, const struct format *b)
{
    if (a->channels != b->channels)
        return false;
    unsigned char found[2][4] = {{0}};
    const struct format *both[2] = {a, b};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned c = 0, n = 0; c < 4; c++)
            if (both[i]->bits[c])
                found[i][n++] = both[i]->bits[c];
    return memcmp(found[0], found[1], sizeof(found[0])) == 0;
}

/* Block-compressed and planar formats have no channels to compare: only their own group. */
bool cu_format_agrees(const struct format *ours, const struct format *theirs)
{
    if (ours->block_bytes != theirs->block_bytes || ours->block_width != theirs->block_width ||
        ours->block_height != theirs->block_height)
        return false;
    if (ours->group == theirs->group)
        return true;
    if ((ours->traits | theirs->traits) & (FORMAT_BLOCK | FORMAT_PLANAR))
        return false;
    if (same_bits(ours, theirs))
        return true;
    return ours->traits & (FORMAT_PACKED | FORMAT_DEPTH) && theirs->channels == 1;
}

/* 0 .. 4 channels with bits; false if one is missing before a later one. */
static bool count_channels(const struct istcu_channels *c, unsigned *out)
{
    const int bits[4] = {c->x, c->y, c->z, c->w};
    unsigned count = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (bits[i] && i != count)
            return false;
        count += bits[i] != 0;
    }
    *out = count;
    return true;
}

/* All four channels must be named as the kind has them. */
static bool special_matches(const struct special *s, const struct istcu_channels *c)
{
    return s->kind == c->kind && s->kind != KIND_NONE && s->bits[0] == c->x &&
           s->bits[1] == c->y && s->bits[2] == c->z && s->bits[3] == c->w;
}

/* Every channel has the same bits; count_channels() saw that there are no gaps. */
static bool plain_matches(const struct row *row, const struct istcu_channels *c, unsigned count)
{
    const int bits[4] = {c->x, c->y, c->z, c->w};
    if (row->kind != c->kind || !number_of(row, count))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (bits[i] != row->bits)
            return false;
    return true;
}

int istcu_format_from_channels(const struct istcu_channels *channels, unsigned *format,
                               unsigned *count)
{
    unsigned n;
    if (!channels || !format || !count)
        return cu_refuse_out("the channel descriptor");
    if (count_channels(channels, &n)) {
        for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
            if (plain_matches(&plain[i], channels, n)) {
                *format = plain[i].format;
                *count = n;
                return CUDA_SUCCESS;
            }
        for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
            if (special_matches(&specials[i], channels)) {
                *format = specials[i].format;
                *count = specials[i].channels;
                return CUDA_SUCCESS;
            }
    }
    return cu_refuse(CU_ERROR_CHANNELS,
                     "channels of %d, %d, %d, %d bits, kind %u: 1, 2 or 4 equal channels of 8, "
                     "16 or 32 bits, or a kind that names the whole format, are right",
                     channels->x, channels->y, channels->z, channels->w, channels->kind);
}

int istcu_channels_from_format(unsigned format, unsigned count, struct istcu_channels *out)
{
    const struct row *row = find_plain(format);
    const struct special *special = find_special(format);
    if (!out)
        return cu_refuse_out("the channel descriptor");
    if (row && number_of(row, count)) {
        *out = (struct istcu_channels){
            .x = row->bits,
            .y = count > 1 ? row->bits : 0,
            .z = count > 2 ? row->bits : 0,
            .w = count > 3 ? row->bits : 0,
            .kind = row->kind,
        };
        return CUDA_SUCCESS;
    }
    if (special && special->kind != KIND_NONE && special->channels == count) {
        *out = (struct istcu_channels){special->bits[0], special->bits[1], special->bits[2],
                                       special->bits[3], special->kind};
        return CUDA_SUCCESS;
    }
    return cu_refuse(CU_ERROR_CHANNELS,
                     "%u channels of array format 0x%x have no runtime channel descriptor",
                     count, format);
}
