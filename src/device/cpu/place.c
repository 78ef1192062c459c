/* SPDX-License-Identifier: MIT */
/* Turns a place into addresses: the cpu device sees every resource through memory.base. */
#include "device/cpu/cpu.h"

/* In a 3D texture z counts depth slices of the level, in an array slices after place->slice. */
static struct cpu_place resolve_resource(const struct place *place)
{
    const struct resource *resource = place->resource;
    const struct layout_level *level = &resource->layout.level[place->level];
    bool deep = resource->desc.shape.dimension == DIMENSION_3D;
    size_t start = layout_offset(&resource->layout, place->level, place->slice);
    return (struct cpu_place){
        .base = resource->memory.base + start,
        .row_pitch = level->row_pitch,
        .slice_pitch = deep ? level->depth_pitch : resource->layout.slice_stride,
    };
}

struct cpu_place cpu_place_resolve(const struct place *place)
{
    struct cpu_place at = {
        .base = place->memory,
        .row_pitch = place->row_pitch,
        .slice_pitch = place->slice_pitch,
    };
    if (place->resource)
        at = resolve_resource(place);
    at.base += place->x + place->y * at.row_pitch + place->z * at.slice_pitch;
    return at;
}
