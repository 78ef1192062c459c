/* SPDX-License-Identifier: MIT */
/*
 * Subresources of an import between the host and the device, whatever it was mapped as. The
 * driver has one call for pointers and arrays, in which positions are bytes. No state.
 */
#include "interop/calls.h"
#include "interop/imports.h"
#include "interop/shape.h"

#include "api/structs.h"

#include <isthmus/interop.h>

#include <inttypes.h>

enum { SIDE_HOST = 1, SIDE_DEVICE = 2, SIDE_ARRAY = 3 };

/* What a program may say: CUDA's largest pitch, and D3D11's, so that no product overflows. */
#define ROW_PITCH_MAX ((uint64_t)INT32_MAX)
#define DEPTH_PITCH_MAX ((uint64_t)UINT32_MAX)

/* Blocks and planes have other rows in CUDA's arrays than in D3D11's memory. */
static enum ist_status check_format(const struct ist_resource_desc *desc)
{
    struct ist_format format = IST_FORMAT_INIT;
    if (desc->dimension == D3D11_RESOURCE_DIMENSION_BUFFER)
        return IST_OK;
    enum ist_status status = ist_query_format(desc->format, &format);
    if (status == IST_OK && format.flags & (IST_FORMAT_BLOCK | IST_FORMAT_PLANAR))
        return refuse(IST_BAD_FORMAT,
                      "%s has no rows of single texels: copy it by D3D11 or by CUDA's own "
                      "functions",
                      ist_format_name(desc->format));
    return status;
}

/* The pitches that were given, or those of rows without gaps. */
static enum ist_status host_side(const struct ist_subresource *at, const void *bytes,
                                 uint64_t row_pitch, uint64_t depth_pitch,
                                 struct interop_side *out)
{
    uint64_t row = row_pitch ? row_pitch : at->row_pitch;
    if (!bytes)
        return refuse(IST_BAD_POINTER, "the bytes on the host are at NULL");
    if (row_pitch > ROW_PITCH_MAX || depth_pitch > DEPTH_PITCH_MAX)
        return refuse(IST_BAD_ARG,
                      "a row pitch of %" PRIu64 " and a depth pitch of %" PRIu64
                      ": the largest are %" PRIu64 " and %" PRIu64,
                      row_pitch, depth_pitch, ROW_PITCH_MAX, DEPTH_PITCH_MAX);
    uint64_t depth = depth_pitch ? depth_pitch : row * at->rows;
    if (row < at->row_bytes)
        return refuse(IST_BAD_ARG,
                      "rows of %" PRIu64 " bytes do not fit into a row pitch of %" PRIu64,
                      at->row_bytes, row);
    if (depth % row || depth / row < at->rows)
        return refuse(IST_BAD_ARG,
                      "a depth pitch of %" PRIu64 " is no multiple of the row pitch %" PRIu64
                      ", or less than %" PRIu64 " rows",
                      depth, row, at->rows);
    *out = (struct interop_side){.type = SIDE_HOST,
                                 .host = bytes,
                                 .pitch = row,
                                 .height = depth / row};
    return IST_OK;
}

/* A level is an array that belongs to the mipmapped one. */
static enum ist_status device_side(const struct interop_calls *calls,
                                   const struct ist_resource *r, uint32_t level, uint32_t slice,
                                   struct interop_side *out)
{
    struct interop_side side = {.type = SIDE_ARRAY, .z = slice};
    if (r->pointer)
        side = (struct interop_side){.type = SIDE_DEVICE, .device = (CUdeviceptr)r->pointer};
    else if (!r->mipmapped)
        return refuse(IST_BAD_CALL,
                      "import %" PRIu64 " has no mapping: it was made with "
                      "IST_IMPORT_NO_MAPPING",
                      r->id);
    enum ist_status status = IST_OK;
    if (!r->pointer)
        status = CU(calls, cuMipmappedArrayGetLevel, &side.array, r->mipmapped, level);
    if (status == IST_OK)
        *out = side;
    return status;
}

/* A live import that can be copied, and the driver. */
static enum ist_status begin(const struct ist_resource *r, const struct interop_calls **calls)
{
    if (!r)
        return refuse(IST_BAD_POINTER, "the ist_resource is NULL");
    enum ist_status status = imports_check(IMPORT_RESOURCE, r->id);
    if (status == IST_OK)
        status = check_format(&r->desc);
    if (status == IST_OK)
        status = interop_calls_get(calls);
    if (status == IST_OK &&
        (!(*calls)->cuMemcpy3DAsync_v2 || !(*calls)->cuMipmappedArrayGetLevel))
        status = refuse(IST_NOT_SUPPORTED, "the CUDA driver has no cuMemcpy3DAsync_v2() or "
                                           "cuMipmappedArrayGetLevel()");
    return status;
}

/* What one copy is about; `in`: from the host to the device. */
struct part {
    bool in;
    uint32_t level, slice;
    const void *bytes;
    uint64_t row_pitch, depth_pitch;
    void *stream;
};

static enum ist_status copy_part(const struct ist_resource *r, const struct part *p)
{
    const struct interop_calls *calls;
    struct ist_subresource at = IST_SUBRESOURCE_INIT;
    struct interop_side host, device;
    struct ist_shape shape;
    enum ist_status status = begin(r, &calls);
    if (status == IST_OK)
        status = shape_without_gaps(&r->desc, &shape);
    if (status == IST_OK)
        status = ist_query_subresource(&shape, p->level, p->slice, &at);
    if (status == IST_OK)
        status = host_side(&at, p->bytes, p->row_pitch, p->depth_pitch, &host);
    if (status == IST_OK)
        status = device_side(calls, r, p->level, p->slice, &device);
    if (status != IST_OK)
        return status;
    struct interop_box box = {
        .from = p->in ? host : device,
        .to = p->in ? device : host,
        .width_bytes = at.row_bytes,
        .height = at.rows,
        .depth = at.depth,
    };
    return CU(calls, cuMemcpy3DAsync_v2, &box, p->stream);
}

/* One after the other; p tells direction, bytes and stream. */
static enum ist_status copy_all(const struct ist_resource *r, struct part p, uint64_t size)
{
    const struct interop_calls *calls;
    const unsigned char *bytes = p.bytes;
    struct ist_layout layout = IST_LAYOUT_INIT;
    struct ist_shape shape;
    enum ist_status status = begin(r, &calls);
    if (status == IST_OK)
        status = shape_without_gaps(&r->desc, &shape);
    if (status == IST_OK)
        status = ist_query_layout(&shape, &layout);
    if (status == IST_OK && size != layout.size)
        status = refuse(IST_BAD_ARG,
                        "%" PRIu64 " bytes for a resource that has %" PRIu64
                        " without gaps: ist_query_resource() says how many",
                        size, layout.size);
    for (uint32_t i = 0; status == IST_OK && i < layout.subresources; i++) {
        struct ist_subresource at = IST_SUBRESOURCE_INIT;
        p.level = i % layout.levels;
        p.slice = i / layout.levels;
        status = ist_query_subresource(&shape, p.level, p.slice, &at);
        p.bytes = bytes ? bytes + at.offset : NULL;
        if (status == IST_OK)
            status = copy_part(r, &p);
    }
    return status;
}

enum ist_status ist_read_subresource(const struct ist_resource *resource, uint32_t level,
                                     uint32_t slice, void *bytes, uint64_t row_pitch,
                                     uint64_t depth_pitch, void *stream)
{
    const struct part part = {false, level, slice, bytes, row_pitch, depth_pitch, stream};
    return copy_part(resource, &part);
}

enum ist_status ist_write_subresource(const struct ist_resource *resource, uint32_t level,
                                      uint32_t slice, const void *bytes, uint64_t row_pitch,
                                      uint64_t depth_pitch, void *stream)
{
    const struct part part = {true, level, slice, bytes, row_pitch, depth_pitch, stream};
    return copy_part(resource, &part);
}

enum ist_status ist_read_resource(const struct ist_resource *resource, void *bytes,
                                  uint64_t size, void *stream)
{
    const struct part all = {.in = false, .bytes = bytes, .stream = stream};
    return copy_all(resource, all, size);
}

enum ist_status ist_write_resource(const struct ist_resource *resource, const void *bytes,
                                   uint64_t size, void *stream)
{
    const struct part all = {.in = true, .bytes = bytes, .stream = stream};
    return copy_all(resource, all, size);
}

enum ist_status ist_query_resource(const struct ist_resource_desc *desc, struct ist_layout *out)
{
    struct ist_resource_desc read;
    struct ist_shape shape;
    enum ist_status status = struct_read("ist_resource_desc", desc, &read, sizeof(read));
    if (status == IST_OK)
        status = shape_without_gaps(&read, &shape);
    return status == IST_OK ? ist_query_layout(&shape, out) : status;
}
