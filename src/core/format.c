/* SPDX-License-Identifier: MIT */
/*
 * The table of formats, and how a colour becomes the bits of a texel. The conversions are those
 * of Direct3D's functional specification: NaN becomes 0 where there is no NaN, integers
 * saturate, floats round to nearest even and keep their denormals. Constant data: no locks.
 */
#include "core/format.h"

#include "base/cleanup.h"

#include <math.h>
#include <string.h>

/* The traits as format.def spells them. */
enum {
    PLAIN = 0,
    SRGB = FORMAT_SRGB,
    BGR = FORMAT_BGR,
    DEPTH = FORMAT_DEPTH,
    BLOCK = FORMAT_BLOCK,
    PLANAR = FORMAT_PLANAR,
    PACKED = FORMAT_PACKED,
    VIDEO = FORMAT_VIDEO,
};

static const struct format formats[] = {
#define FORMAT(number_, name_, group_, bytes, bw, bh, channels_, r, g, b, a, family_, traits_) \
    [number_] = {                                                                              \
        .name = #name_,                                                                        \
        .number = number_,                                                                     \
        .group = group_,                                                                       \
        .block_bytes = bytes,                                                                  \
        .block_width = bw,                                                                     \
        .block_height = bh,                                                                    \
        .channels = channels_,                                                                 \
        .bits = {r, g, b, a},                                                                  \
        .family = FAMILY_##family_,                                                            \
        .traits = traits_,                                                                     \
    },
#include "core/format.def"
#undef FORMAT
};

const struct format *format_get(uint32_t number)
{
    if (number >= ARRAY_SIZE(formats) || !formats[number].name)
        return NULL;
    return &formats[number];
}

static uint32_t low_bits(unsigned count)
{
    return count >= 32 ? UINT32_MAX : (1U << count) - 1;
}

static uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double clamp(float value, double low, double high)
{
    if (isnan(value))
        return 0;
    return value < low ? low : value > high ? high : value;
}

/* Doubles hold 32 bits and their products exactly, so that the halves round as they should. */
static uint32_t encode_unorm(float value, unsigned bits)
{
    return (uint32_t)(clamp(value, 0, 1) * low_bits(bits) + 0.5);
}

static uint32_t encode_snorm(float value, unsigned bits)
{
    double scaled = clamp(value, -1, 1) * low_bits(bits - 1);
    return (uint32_t)(int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) & low_bits(bits);
}

static uint32_t encode_uint(float value, unsigned bits)
{
    return (uint32_t)clamp(value, 0, low_bits(bits));
}

static uint32_t encode_sint(float value, unsigned bits)
{
    double high = low_bits(bits - 1);
    return (uint32_t)(int32_t)clamp(value, -high - 1, high) & low_bits(bits);
}

static double power(double base, unsigned exponent)
{
    double result = 1;
    while (exponent--)
        result *= base;
    return result;
}

/*
 * True if the linear value lies at or above what the sRGB value `s` stands for. The curve's
 * exponent is 12/5, so both sides are raised to the fifth: no root is needed, and none rounds.
 */
static bool reaches_srgb(double linear, double s)
{
    if (s <= 0.04045)
        return linear >= s / 12.92;
    return power(linear, 5) >= power((s + 0.055) / 1.055, 12);
}

/* The highest of the 256 codes whose lower edge the value reaches. */
static uint32_t encode_srgb(float value)
{
    double linear = clamp(value, 0, 1);
    unsigned code = 0;
    for (unsigned step = 128; step; step /= 2) {
        if (reaches_srgb(linear, (code + step - 0.5) / 255))
            code += step;
    }
    return code;
}

/* A float of 5 exponent bits, without the sign: 16-bit floats have 10 bits of mantissa. */
static uint32_t encode_small_float(float value, unsigned mantissa)
{
    uint32_t bits = float_bits(value) & 0x7fffffff;
    uint32_t infinity = 31U << mantissa;
    uint32_t exponent = bits >> 23;
    unsigned shift = 23 - mantissa;

    if (bits > 0x7f800000)
        return infinity | 1U << (mantissa - 1); /* a quiet NaN */
    if (exponent >= 127 + 16)
        return infinity;
    if (exponent < 127 - 14 - mantissa - 1)
        return 0;
    if (exponent < 127 - 14) { /* a denormal there: the hidden one becomes visible */
        bits = (bits & 0x7fffff) | 0x800000;
        shift += 127 - 14 - exponent;
    } else {
        bits -= (127 - 15) << 23;
    }
    /* Nearest even; a carry runs into the exponent, at the top into infinity, as it should. */
    return (bits + (1U << (shift - 1)) - 1 + (bits >> shift & 1)) >> shift;
}

static uint32_t encode_float(float value, unsigned bits)
{
    bool negative = signbit(value);
    if (bits == 32)
        return float_bits(value);
    if (bits == 16)
        return encode_small_float(value, 10) | (negative ? 0x8000U : 0);
    if (negative && !isnan(value)) /* 10 and 11 bits have no sign */
        return 0;
    return encode_small_float(value, bits - 5);
}

static uint32_t encode_channel(const struct format *f, unsigned channel, float value)
{
    unsigned bits = f->bits[channel];
    switch ((enum format_family)f->family) {
    case FAMILY_UNORM:
        if (f->traits & FORMAT_SRGB && channel < 3)
            return encode_srgb(value);
        return encode_unorm(value, bits);
    case FAMILY_SNORM: return encode_snorm(value, bits);
    case FAMILY_UINT: return encode_uint(value, bits);
    case FAMILY_SINT: return encode_sint(value, bits);
    case FAMILY_FLOAT: return encode_float(value, bits);
    default: return 0;
    }
}

/* Lays the channels one after the other as they lie in memory, the first in the lowest bits. */
static unsigned pack(const struct format *f, const uint32_t channel[4], unsigned char out[16])
{
    static const unsigned char order[2][4] = {{0, 1, 2, 3}, {2, 1, 0, 3}};
    unsigned at = 0;
    memset(out, 0, f->block_bytes);
    for (unsigned i = 0; i < 4; i++) {
        unsigned c = order[!!(f->traits & FORMAT_BGR)][i];
        for (unsigned bit = 0; bit < f->bits[c]; bit++, at++)
            out[at / 8] |= (unsigned char)((channel[c] >> bit & 1) << at % 8);
    }
    return f->block_bytes;
}

static bool is_plain_colour(const struct format *f)
{
    return f->block_width == 1 && !(f->traits & (FORMAT_DEPTH | FORMAT_BLOCK | FORMAT_VIDEO));
}

/* 2^exponent, for the few exponents that a shared one can have. */
static double two_to(int exponent)
{
    double result = 1;
    for (; exponent > 0; exponent--)
        result *= 2;
    for (; exponent < 0; exponent++)
        result /= 2;
    return result;
}

/*
 * Three mantissas of 9 bits under one exponent of 5 with bias 15: the exponent is the smallest
 * with which the largest channel, rounded, still fits.
 */
static unsigned encode_shared_exponent(const float rgb[3], unsigned char out[16])
{
    double channel[3], most = 0;
    for (int i = 0; i < 3; i++) {
        channel[i] = clamp(rgb[i], 0, 65408);
        most = channel[i] > most ? channel[i] : most;
    }

    int exponent = 0;
    while (most / two_to(exponent - 24) + 0.5 >= 512)
        exponent++;

    uint32_t texel = (uint32_t)exponent << 27;
    for (int i = 0; i < 3; i++)
        texel |= (uint32_t)(channel[i] / two_to(exponent - 24) + 0.5) << 9 * i;
    memcpy(out, &texel, sizeof(texel));
    return sizeof(texel);
}

unsigned format_encode_float(const struct format *f, const float rgba[4], unsigned char out[16])
{
    if (!is_plain_colour(f) || f->family == FAMILY_TYPELESS || f->family == FAMILY_XR_BIAS)
        return 0;
    if (f->family == FAMILY_SHARED_EXPONENT)
        return encode_shared_exponent(rgba, out);

    uint32_t channel[4];
    for (unsigned i = 0; i < 4; i++)
        channel[i] = f->bits[i] ? encode_channel(f, i, rgba[i]) : 0;
    return pack(f, channel, out);
}

/* Integers are taken as they are by every format: a clear by integers converts nothing. */
unsigned format_encode_uint(const struct format *f, const uint32_t rgba[4],
                            unsigned char out[16])
{
    if (!is_plain_colour(f) || f->family == FAMILY_SHARED_EXPONENT)
        return 0;
    return pack(f, rgba, out);
}
