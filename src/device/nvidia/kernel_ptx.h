/* SPDX-License-Identifier: MIT */
/*
 * What the texts of our kernels share. Thread (i, j, k) of width x height x depth has a place
 * of its own; a block's third dimension counts towards x, so that a warp of a block of 4 x 8
 * x n covers 64 bytes of 8 rows, which is how a texture lies in memory: clears with warps of
 * one row took 2.6 times as long (H100, driver 580.159.04, 2026-11-21).
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_KERNEL_PTX_H
#define ISTHMUS_DEVICE_NVIDIA_KERNEL_PTX_H

/* clang-format off */
/* Drivers since 9.0 compile this for their GPU. */
#define PTX_HEADER          \
    ".version 6.0\n"        \
    ".target sm_50\n"       \
    ".address_size 64\n"

/* Out if the place is not below the limit. */
#define PTX_LIMIT(place, limit)                 \
    " ld.param.u32 %t3, [" limit "];\n"         \
    " setp.ge.u32 %p0, " place ", %t3;\n"       \
    " @%p0 bra out;\n"

/* The thread's place in each dimension. */
#define PTX_PLACE                               \
    " mov.u32 %t0, %ctaid.x;\n"                 \
    " mov.u32 %t1, %ntid.z;\n"                  \
    " mov.u32 %t2, %tid.z;\n"                   \
    " mad.lo.u32 %t0, %t0, %t1, %t2;\n"         \
    " mov.u32 %t1, %ntid.x;\n"                  \
    " mov.u32 %t2, %tid.x;\n"                   \
    " mad.lo.u32 %x, %t0, %t1, %t2;\n"          \
    PTX_LIMIT("%x", "p_width")                  \
    " mov.u32 %t0, %ctaid.y;\n"                 \
    " mov.u32 %t1, %ntid.y;\n"                  \
    " mov.u32 %t2, %tid.y;\n"                   \
    " mad.lo.u32 %y, %t0, %t1, %t2;\n"          \
    PTX_LIMIT("%y", "p_height")                 \
    " mov.u32 %z, %ctaid.z;\n"                  \
    PTX_LIMIT("%z", "p_depth")
/* clang-format on */

#endif
