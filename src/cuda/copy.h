/* SPDX-License-Identifier: MIT */
/* What all forms of copies and fills become: a box of bytes between two sides. */
#ifndef ISTHMUS_CUDA_COPY_H
#define ISTHMUS_CUDA_COPY_H

#include "core/queue.h"
#include "cuda/array.h"
#include "cuda/memory.h"

/* As cudaMemcpyKind. */
enum cu_copy_kind {
    CU_HOST_TO_HOST,
    CU_HOST_TO_DEVICE,
    CU_DEVICE_TO_HOST,
    CU_DEVICE_TO_DEVICE,
    CU_DEFAULT,
};

/* The caller fills the first part; cu_side_find() the second, which cu_side_drop() lets go. */
struct cu_side {
    bool is_array;
    const void *array;         /* a handle */
    const void *ptr;           /* memory, if it is no array */
    size_t pitch, slice_pitch; /* of memory */
    size_t x, y, z;            /* x in bytes, y in rows of blocks */

    struct cu_array *found_array; /* referenced, as is memory */
    struct cu_memory *memory;     /* NULL: ordinary memory of the host */
    struct place place;
};

struct cu_box {
    size_t width, height, depth; /* bytes, rows of blocks, slices */
};

/* Finds what a side names and checks the box against it. 1, 12, 400. */
int cu_side_find(struct cu_side *side, const struct cu_box *box, const char *what) MUST_CHECK;
void cu_side_drop(struct cu_side *side);

/* Memory that the device reaches: arrays, device and managed memory, pinned memory too. */
bool cu_side_is_device(const struct cu_side *side);
bool cu_side_is_host(const struct cu_side *side);

/* Checks all of a copy, then submits it, and waits where the synchronous call does. */
int cu_copy_run(struct cu_side *dst, struct cu_side *src, const struct cu_box *box, int kind,
                void *stream, int async) MUST_CHECK;

#endif
