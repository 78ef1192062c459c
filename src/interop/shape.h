/* SPDX-License-Identifier: MIT */
/* From a description in D3D11's numbers to CUDA's descriptors. Pure functions. */
#ifndef ISTHMUS_INTEROP_SHAPE_H
#define ISTHMUS_INTEROP_SHAPE_H

#include "interop/theirs.h"

#include "core/status.h"

#include <isthmus/interop.h>

#include <stdbool.h>

/* The families of handles: MiscFlags decide, once, at creation. */
enum family { HANDLES_NT, HANDLES_KMT };

/* Everything that CUDA must be told of a resource. */
struct shape {
    uint64_t size;                 /* of the memory; for a texture the bytes of its texels */
    CUDA_ARRAY3D_DESCRIPTOR array; /* of a texture */
    unsigned levels;
    bool buffer;
    bool mutex; /* has a keyed mutex */
    enum family family;
};

/*
 * IST_BAD_ARG, IST_BAD_FORMAT: the description or the options contradict themselves or cannot
 * be imported; the reason names the field.
 */
enum ist_status shape_of(const struct ist_resource_desc *desc,
                         const struct ist_import_options *options, struct shape *out)
    MUST_CHECK;

/*
 * The same resource as bytes without gaps, which is how the host has it. IST_BAD_ARG: several
 * samples, which nobody lays out for the host.
 */
enum ist_status shape_without_gaps(const struct ist_resource_desc *desc, struct ist_shape *out)
    MUST_CHECK;

#endif
