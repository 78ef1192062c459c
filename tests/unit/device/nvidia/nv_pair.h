/* SPDX-License-Identifier: MIT */
/* A resource of the device, and beside it what the cpu device makes of the same fills. */
#ifndef ISTHMUS_TEST_NV_PAIR_H
#define ISTHMUS_TEST_NV_PAIR_H

#include "device/cpu/cpu.h"
#include "unit/device/nvidia/nv_rig.h"

struct pair {
    struct resource gpu, host;
};

RIG_UNUSED static struct pair pair_new(struct nv_rig *rig, const struct layout_request *shape)
{
    struct pair pair = {nv_rig_create(rig, shape, true), nv_rig_staging(rig, shape)};
    uint64_t seed = 11;
    for (size_t i = 0; i < pair.host.layout.size; i++)
        pair.host.memory.base[i] = (unsigned char)rig_random(&seed);
    nv_rig_copy_all(rig, &pair.gpu, &pair.host);
    nv_rig_sync(rig);
    return pair;
}

/* Fills both sides, and compares the level. */
RIG_UNUSED static void pair_fill(struct nv_rig *rig, struct pair *pair, const struct fill *what)
{
    struct fill fill = *what, host = *what;
    fill.dst.resource = &pair->gpu;
    host.dst.resource = &pair->host;
    CHECK_EQ(nvidia_fill(rig->stream, &fill), IST_OK);
    cpu_fill(cpu_device(), &host);
}

RIG_UNUSED static void pair_check(struct nv_rig *rig, struct pair *pair)
{
    struct resource found = nv_rig_staging(rig, &pair->gpu.desc.shape);
    bool deep = found.desc.shape.dimension == DIMENSION_3D;
    nv_rig_copy_all(rig, &found, &pair->gpu);
    nv_rig_sync(rig);
    for (uint32_t i = 0; i < found.layout.levels; i++) {
        const struct layout_level *l = &found.layout.level[i];
        for (size_t z = 0; z < (deep ? l->depth : found.layout.slices); z++)
            for (size_t y = 0; y < l->rows; y++) {
                size_t at = l->offset + y * l->row_pitch +
                            z * (deep ? l->depth_pitch : found.layout.slice_stride);
                CHECK_MEM(found.memory.base + at, pair->host.memory.base + at, l->row_bytes);
            }
    }
    nv_rig_destroy(rig, &found);
}

RIG_UNUSED static void pair_end(struct nv_rig *rig, struct pair *pair)
{
    pair_check(rig, pair);
    nv_rig_destroy(rig, &pair->gpu);
    nv_rig_destroy(rig, &pair->host);
}

RIG_UNUSED static void set_pattern(struct fill *fill, unsigned bytes, unsigned period)
{
    fill->pattern_bytes = bytes;
    for (unsigned i = 0; i < bytes; i++)
        fill->pattern[i] = (unsigned char)(0x31 + i % period * 0x1b);
}

#endif
