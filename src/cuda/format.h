/* SPDX-License-Identifier: MIT */
/* CUDA's two ways to name an element format, and core's formats. */
#ifndef ISTHMUS_CUDA_FORMAT_H
#define ISTHMUS_CUDA_FORMAT_H

#include "core/format.h"

/*
 * The format that the driver calls `format` with `channels` channels. 1: no such format or
 * channel count; 801: a format of planes that is not offered.
 */
int cu_format_find(unsigned format, unsigned channels, const struct format **out) MUST_CHECK;

/*
 * True if elements of `ours` may be read as `theirs`: the same bits in the same channels,
 * however they are interpreted, blue first or red first. Packed and depth formats that CUDA
 * has no name for may also be read as one integer of their size. Planes: see extmem_array.c.
 */
bool cu_format_agrees(const struct format *ours, const struct format *theirs);

#endif
