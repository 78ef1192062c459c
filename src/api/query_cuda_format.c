/* SPDX-License-Identifier: MIT */
/*
 * How CUDA names a texel: rules over core's table, in NVIDIA's public numbers. What its guide
 * lists comes out of plain_of(); the rest follows what programs do with its driver. Pure
 * functions.
 */
#include "api/structs.h"
#include "core/format.h"

#include <inttypes.h>
#include <string.h>

enum { /* channel kinds of the runtime; those that follow another are counted from it */
       KIND_SIGNED = 0,
       KIND_UNSIGNED = 1,
       KIND_FLOAT = 2,
       KIND_NONE = 3,
       KIND_NV12 = 4,
       KIND_NORMALIZED = 5,  /* unsigned 8 x 1, 2, 4, then 16 x 1, 2, 4; the same signed */
       KIND_COMPRESSED = 17, /* BC1, its sRGB sister, BC2 ... BC7 */
       KIND_TEN_BITS = 31,
};

enum { /* array formats of the driver, counted likewise */
       ARRAY_UNSIGNED = 0x01,
       ARRAY_SIGNED = 0x08,
       ARRAY_HALF = 0x10,
       ARRAY_FLOAT = 0x20,
       ARRAY_TEN_BITS = 0x50,
       ARRAY_COMPRESSED = 0x91,
       ARRAY_P010 = 0x9f,
       ARRAY_P016 = 0xa1,
       ARRAY_NV12 = 0xb0,
       ARRAY_NORMALIZED = 0xc0,
};

enum { /* whose headers have been read */
       HEADERS_11_2 = 11020,
       HEADERS_11_8 = 11080,
       HEADERS_13_0 = 13000,
};

enum { NUMBER_BC1_TYPELESS = 70, NUMBER_BC6H_TYPELESS = 94 };
enum { NUMBER_A8 = 65, NUMBER_NV12 = 103, NUMBER_P010 = 104, NUMBER_P016 = 105 };

#define WISHES ((uint32_t)(IST_CUDA_NORMALIZED | IST_CUDA_PACKED_AS_INTEGER))

_Static_assert(sizeof(struct ist_cuda_format) == 40, "part of the ABI: grows at its end only");

static void set_bits(struct ist_cuda_format *out, unsigned count, int bits)
{
    out->x = bits;
    out->y = count > 1 ? bits : 0;
    out->z = count > 2 ? bits : 0;
    out->w = count > 3 ? bits : 0;
    out->array_channels = count;
}

/* 8, 16, 32 bits: 0, 1, 2. */
static unsigned width_index(unsigned bits)
{
    return bits == 32 ? 2 : bits == 16 ? 1 : 0;
}

static void integer_of(unsigned count, unsigned bits, bool is_signed,
                       struct ist_cuda_format *out)
{
    set_bits(out, count, (int)bits);
    out->kind = is_signed ? KIND_SIGNED : KIND_UNSIGNED;
    out->array_format = (is_signed ? ARRAY_SIGNED : ARRAY_UNSIGNED) + width_index(bits);
    out->cuda_version = HEADERS_11_2;
}

static void float_of(unsigned count, unsigned bits, struct ist_cuda_format *out)
{
    set_bits(out, count, (int)bits);
    out->kind = KIND_FLOAT;
    out->array_format = bits == 16 ? ARRAY_HALF : ARRAY_FLOAT;
    out->cuda_version = HEADERS_11_2;
}

static void normalized_of(unsigned count, unsigned bits, bool is_signed,
                          struct ist_cuda_format *out)
{
    unsigned index = (count == 4 ? 2 : count - 1) + (bits == 16 ? 3 : 0) + (is_signed ? 6 : 0);
    set_bits(out, count, (int)bits);
    out->kind = KIND_NORMALIZED + index;
    out->array_format = ARRAY_NORMALIZED + index;
    out->cuda_version = HEADERS_11_8;
}

/* Two to a group, as DXGI orders them; a typeless one is read as the first of its group. */
static void compressed_of(const struct format *f, struct ist_cuda_format *out)
{
    unsigned group = f->group < NUMBER_BC6H_TYPELESS
                         ? (f->group - (unsigned)NUMBER_BC1_TYPELESS) / 3
                         : 5 + (f->group - (unsigned)NUMBER_BC6H_TYPELESS) / 3;
    unsigned index = 2 * group + (f->number - f->group == 2);
    set_bits(out, f->channels, f->group == NUMBER_BC6H_TYPELESS ? 16 : 8);
    out->kind = KIND_COMPRESSED + index;
    out->array_format = ARRAY_COMPRESSED + index;
    out->cuda_version = HEADERS_11_8;
}

static enum ist_status planes_of(const struct format *f, struct ist_cuda_format *out)
{
    if (f->number == NUMBER_NV12) {
        set_bits(out, 3, 8);
        out->kind = KIND_NV12;
        out->array_format = ARRAY_NV12;
        out->cuda_version = HEADERS_11_2;
    } else if (f->number == NUMBER_P010 || f->number == NUMBER_P016) {
        out->array_channels = 3;
        out->kind = KIND_NONE;
        out->array_format = f->number == NUMBER_P010 ? ARRAY_P010 : ARRAY_P016;
        out->notes = IST_CUDA_NOTE_DRIVER_ONLY;
        out->cuda_version = HEADERS_13_0;
    } else {
        return refuse(IST_BAD_FORMAT,
                      "format %s: CUDA has no array of its planes; NV12, P010 and P016 it has",
                      f->name);
    }
    return IST_OK;
}

static bool has_ten_bit_kind(const struct format *f)
{
    return f->family == FAMILY_UNORM && !(f->traits & FORMAT_VIDEO) && f->bits[0] == 10 &&
           f->bits[3] == 2;
}

static enum ist_status packed_of(const struct format *f, uint32_t wishes,
                                 struct ist_cuda_format *out)
{
    if (wishes & IST_CUDA_NORMALIZED && has_ten_bit_kind(f)) {
        set_bits(out, 4, 10);
        out->w = 2;
        out->kind = KIND_TEN_BITS;
        out->array_format = ARRAY_TEN_BITS;
        out->cuda_version = HEADERS_13_0;
        return IST_OK;
    }
    if (f->block_width > 1 || f->block_bytes > 4)
        return refuse(IST_BAD_FORMAT,
                      "format %s: %s, which no CUDA array has; copy it to a buffer or to a "
                      "format of whole channels",
                      f->name,
                      f->block_width > 1 ? "its texels share bytes with each other"
                                         : "its texels are packed into 64 bits");
    if (!(wishes & IST_CUDA_PACKED_AS_INTEGER))
        return refuse(IST_BAD_FORMAT,
                      "format %s: its channels share bytes, which no CUDA channel does; "
                      "IST_CUDA_PACKED_AS_INTEGER gives each texel as one integer",
                      f->name);
    integer_of(1, 8U * f->block_bytes, false, out);
    out->notes = IST_CUDA_NOTE_RAW_BITS;
    return IST_OK;
}

/* Equal channels of whole bytes: the usual ones. */
static enum ist_status plain_of(const struct format *f, uint32_t wishes,
                                struct ist_cuda_format *out)
{
    unsigned count = f->channels, bits = 8U * f->block_bytes / count;
    bool is_signed = f->family == FAMILY_SNORM || f->family == FAMILY_SINT;
    bool normal = f->family == FAMILY_SNORM || f->family == FAMILY_UNORM;
    if (count == 3)
        return refuse(IST_BAD_FORMAT,
                      "format %s has 3 channels: CUDA arrays have 1, 2 or 4; use the format of "
                      "4 channels, or a buffer",
                      f->name);
    if (f->family == FAMILY_FLOAT)
        float_of(count, bits, out);
    else if (normal && wishes & IST_CUDA_NORMALIZED)
        normalized_of(count, bits, is_signed, out);
    else
        integer_of(count, bits, is_signed, out);
    if (f->family == FAMILY_TYPELESS || (normal && !(wishes & IST_CUDA_NORMALIZED)))
        out->notes |= IST_CUDA_NOTE_RAW_BITS;
    return IST_OK;
}

/* About channels: a packed texel that became one integer has none. */
static uint32_t notes_of(const struct format *f)
{
    uint32_t notes = 0;
    if (f->traits & FORMAT_BGR && !(f->traits & FORMAT_PACKED))
        notes |= IST_CUDA_NOTE_BLUE_FIRST;
    if (f->number == NUMBER_A8)
        notes |= IST_CUDA_NOTE_ALPHA_ONLY;
    if (f->traits & FORMAT_SRGB && !(f->traits & FORMAT_BLOCK))
        notes |= IST_CUDA_NOTE_SRGB_ENCODED;
    if (strncmp(f->name, "B8G8R8X8", 8) == 0)
        notes |= IST_CUDA_NOTE_NO_ALPHA;
    return notes;
}

static enum ist_status describe(const struct format *f, uint32_t wishes,
                                struct ist_cuda_format *out)
{
    if (f->traits & FORMAT_DEPTH)
        return refuse(IST_BAD_FORMAT,
                      "format %s is for depth, which D3D11 does not share: copy it to a colour "
                      "format of its family",
                      f->name);
    if (f->traits & FORMAT_PLANAR)
        return planes_of(f, out);
    if (f->traits & FORMAT_PACKED)
        return packed_of(f, wishes, out);
    if (f->traits & FORMAT_VIDEO)
        return refuse(IST_BAD_FORMAT, "format %s is a video format without a CUDA array",
                      f->name);
    if (!(f->traits & FORMAT_BLOCK))
        return plain_of(f, wishes, out);
    compressed_of(f, out);
    return IST_OK;
}

enum ist_status ist_query_cuda_format(uint32_t dxgi_format, uint32_t wishes,
                                      struct ist_cuda_format *out)
{
    const struct format *f = format_get(dxgi_format);
    struct ist_cuda_format found = {0};
    enum ist_status status = struct_check("ist_cuda_format", out, sizeof(*out));
    if (status != IST_OK)
        return status;
    if (wishes & ~WISHES)
        return refuse(IST_BAD_ARG, "wishes 0x%" PRIx32 ": only 0x%" PRIx32 " are known", wishes,
                      WISHES);
    if (!f)
        return refuse(IST_BAD_FORMAT, "format %" PRIu32 " is no DXGI_FORMAT of a texel",
                      dxgi_format);
    status = describe(f, wishes, &found);
    if (status != IST_OK)
        return status;
    found.notes |= notes_of(f);
    struct_write(out, &found, sizeof(found));
    return IST_OK;
}
