/* SPDX-License-Identifier: MIT */
/*
 * Memory by NT handle, by name and by KMT handle, for a buffer and the three kinds of texture.
 * Every mip of every slice is written by D3D11 and read by CUDA, then the other way round.
 */
#include "demo/walk.h"

#include "demo/check.h"
#include "demo/mapping.h"
#include "demo/object.h"
#include "demo/pattern.h"
#include "demo/share.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>

/* Odd sizes: whoever confuses pitch and width, or rounds a mip up, is found out. */
static const struct object_kind kinds[] = {
    {"buffer, 65521 bytes",
     D3D11_RESOURCE_DIMENSION_BUFFER,
     65521,
     1,
     1,
     1,
     1,
     DXGI_FORMAT_UNKNOWN,
     1,
     {8, 0, 0, 0, cudaChannelFormatKindUnsigned}},
    {"Texture1D 1021, 3 mips",
     D3D11_RESOURCE_DIMENSION_TEXTURE1D,
     1021,
     1,
     1,
     3,
     1,
     DXGI_FORMAT_R32_FLOAT,
     4,
     {32, 0, 0, 0, cudaChannelFormatKindFloat}},
    {"Texture2D 101x67, 4 mips, 3 slices",
     D3D11_RESOURCE_DIMENSION_TEXTURE2D,
     101,
     67,
     1,
     4,
     3,
     DXGI_FORMAT_R8G8B8A8_UNORM,
     4,
     {8, 8, 8, 8, cudaChannelFormatKindUnsigned}},
    {"Texture3D 33x17x9, 3 mips",
     D3D11_RESOURCE_DIMENSION_TEXTURE3D,
     33,
     17,
     9,
     3,
     1,
     DXGI_FORMAT_R16G16_UINT,
     4,
     {16, 16, 0, 0, cudaChannelFormatKindUnsigned}},
};

/* What one row needs. */
struct pass {
    struct rig *rig;
    const struct object_kind *kind;
    enum share_by by;
    ID3D11Resource *resource;
    ID3D11Resource *staging;
    struct mapping mapping;
    unsigned char *written; /* room for the largest level, twice */
    unsigned char *read;
    uint64_t bytes;
};

/* Another seed for each way, dimension, level and direction: nothing left over can pass. */
static uint64_t seed_of(const struct pass *p, UINT level, bool from_cuda)
{
    return (uint64_t)p->by << 32 | (uint64_t)p->kind->dimension << 24 | level << 8 | from_cuda;
}

/* Slice by slice, so that a wrong byte is named with its place. */
static bool compare(struct pass *p, UINT level, const char *writer, const char *reader)
{
    char where[128];
    size_t slice_bytes = object_slice_bytes(p->kind, level);
    for (UINT slice = 0; slice < p->kind->slices; slice++) {
        size_t at = slice * slice_bytes;
        snprintf(where, sizeof(where), "%s by %s, mip %u, slice %u", p->kind->name,
                 share_way(p->by), level, slice);
        if (!pattern_same(p->read + at, p->written + at, slice_bytes, where, writer, reader))
            return false;
        p->bytes += slice_bytes;
    }
    return true;
}

/* All levels are written before the first is read: one that lands in another shows. */
static bool d3d11_to_cuda(struct pass *p)
{
    for (UINT level = 0; level < p->kind->levels; level++) {
        pattern_fill(p->written, object_level_bytes(p->kind, level), seed_of(p, level, false));
        object_upload(p->rig, p->resource, p->kind, level, p->written);
    }
    if (!rig_finish_d3d11(p->rig))
        return false;
    for (UINT level = 0; level < p->kind->levels; level++) {
        pattern_fill(p->written, object_level_bytes(p->kind, level), seed_of(p, level, false));
        if (!mapping_read(&p->mapping, p->kind, level, p->read) ||
            !compare(p, level, "D3D11", "CUDA"))
            return false;
    }
    return true;
}

static bool cuda_to_d3d11(struct pass *p)
{
    for (UINT level = 0; level < p->kind->levels; level++) {
        pattern_fill(p->written, object_level_bytes(p->kind, level), seed_of(p, level, true));
        if (!mapping_write(&p->mapping, p->kind, level, p->written))
            return false;
    }
    ID3D11DeviceContext4_CopyResource(p->rig->context, p->staging, p->resource);
    for (UINT level = 0; level < p->kind->levels; level++) {
        pattern_fill(p->written, object_level_bytes(p->kind, level), seed_of(p, level, true));
        if (!object_read(p->rig, p->staging, p->kind, level, p->read) ||
            !compare(p, level, "CUDA", "D3D11"))
            return false;
    }
    return true;
}

/* What is made is in *p also on failure: finish() takes it. */
static bool make_objects(struct pass *p)
{
    struct share share;
    p->written = calloc(2, object_level_bytes(p->kind, 0));
    if (!p->written) {
        complain("there is no memory to compare a %s", p->kind->name);
        return false;
    }
    p->read = p->written + object_level_bytes(p->kind, 0);
    p->resource = object_create(p->rig, p->kind, share_flags(p->by, false));
    p->staging = p->resource ? object_create_staging(p->rig, p->kind) : NULL;
    if (!p->staging || !share_resource(p->rig, p->resource, p->by, &share))
        return false;
    bool ok = mapping_open(&share, p->kind, &p->mapping);
    return share_close(&share) && ok;
}

static bool finish(struct pass *p)
{
    bool ok = mapping_close(&p->mapping);
    object_release(p->staging);
    object_release(p->resource);
    free(p->written);
    return ok;
}

static bool walk_one(struct rig *rig, const struct object_kind *kind, enum share_by by,
                     const struct walk_listener *listener)
{
    double started = now_us();
    struct pass p = {.rig = rig, .kind = kind, .by = by};
    bool ok = make_objects(&p) && d3d11_to_cuda(&p) && cuda_to_d3d11(&p);
    ok = finish(&p) && ok;
    if (!ok) {
        complain("memory by %s failed with a %s", share_way(by), kind->name);
        return false;
    }
    struct walk_row row = {"memory", share_way(by), kind->name, p.bytes, now_us() - started};
    listener->row(listener->user, &row);
    return true;
}

bool walk_memory(struct rig *rig, const struct walk_listener *listener)
{
    for (enum share_by by = 0; by < SHARE_WAYS; by++) {
        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
            if (!walk_one(rig, &kinds[i], by, listener))
                return false;
        }
    }
    return true;
}

bool walk_all(struct rig *rig, const struct walk_listener *listener)
{
    return walk_memory(rig, listener) && walk_fences(rig, listener) &&
           walk_keyed_mutexes(rig, listener);
}
