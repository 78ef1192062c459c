/* SPDX-License-Identifier: MIT */
/*
 * Boxes of texels as the bytes and rows of blocks that a core queue moves. Pure: looks at a
 * resource's description only. Whoever is refused here has the reason in the log already.
 */
#ifndef ISTHMUS_D3D11_CONTEXT_REGION_H
#define ISTHMUS_D3D11_CONTEXT_REGION_H

#include "core/queue.h"

/* What a box of the caller holds: texels, ends excluded. Buffers: bytes by 1 by 1. */
struct texel_box {
    uint32_t left, top, front, right, bottom, back;
};

/* A part of one subresource: bytes along a row, rows of blocks, depth slices. */
struct region {
    size_t x, y, z;
    size_t row_bytes, rows, slices;
};

/* One subresource, as the API numbers it: level + slice * levels. */
struct subresource {
    struct resource *resource;
    uint32_t level, slice;
};

enum ist_status subresource_get(struct resource *resource, uint32_t number,
                                struct subresource *out) MUST_CHECK;

/* An empty box is legal and means: do nothing. */
bool box_is_empty(const struct texel_box *box);

/* All of a level; of a planar texture, its first plane. */
struct region region_whole(const struct subresource *sub);

/* Refuses a box beyond the level, or one that cuts blocks of the format. */
enum ist_status region_from_box(const struct subresource *sub, const struct texel_box *box,
                                struct region *out) MUST_CHECK;

/* A region as large as `size` at the texel x, y, z. Refused as above. */
enum ist_status region_at(const struct subresource *sub, uint32_t x, uint32_t y, uint32_t z,
                          const struct region *size, struct region *out) MUST_CHECK;

/*
 * Of a planar texture: the part of the second plane that belongs to a part of the first one.
 * Such textures have even sides and one level. False: there is only one plane.
 */
bool region_second_plane(const struct subresource *sub, const struct region *first,
                         struct region *out);

bool region_overlaps(const struct region *a, const struct region *b);

/* The place of a region for a queue. */
struct place region_place(const struct subresource *sub, const struct region *region);

#endif
