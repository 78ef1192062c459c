/* SPDX-License-Identifier: MIT */
/*
 * The kernel that copies from one texture to another. One entry for each pair of shapes of
 * surfaces, all with the same parameters: thread (i, j, k) of width x height x depth copies
 * `unit` bytes, 4, 8 or 16, from byte sx + i * unit of row sy + j of slice sz + k to the place
 * that dx, dy and dz name in the same way. The units of both sides lie on multiples of
 * themselves, and may be wider than an element.
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_COPY_PTX_H
#define ISTHMUS_DEVICE_NVIDIA_COPY_PTX_H

#include "device/nvidia/kernel_ptx.h"

/* clang-format off */
#define COPY_PARAMETERS                                                         \
    ".param .u64 p_src, .param .u64 p_dst, "                                    \
    ".param .u32 p_sx, .param .u32 p_sy, .param .u32 p_sz, "                    \
    ".param .u32 p_dx, .param .u32 p_dy, .param .u32 p_dz, "                    \
    ".param .u32 p_width, .param .u32 p_height, .param .u32 p_depth, "          \
    ".param .u32 p_unit"

/* The thread's place beside the begin of a side. */
#define COPY_SIDE(side)                                 \
    " ld.param.u64 %" side ", [p_" side "];\n"
#define COPY_PLACE(letter)                              \
    " ld.param.u32 %" letter "x, [p_" letter "x];\n"    \
    " mad.lo.u32 %" letter "x, %x, %t0, %" letter "x;\n" \
    " ld.param.u32 %" letter "y, [p_" letter "y];\n"    \
    " add.u32 %" letter "y, %" letter "y, %y;\n"        \
    " ld.param.u32 %" letter "z, [p_" letter "z];\n"    \
    " add.u32 %" letter "z, %" letter "z, %z;\n"

/* One load and one store for each size. */
#define COPY_MOVES(from, from_at, to, to_at)                                            \
    " @%p0 suld.b." from ".b32.trap {%v0}, [%src, " from_at "];\n"                      \
    " @%p1 suld.b." from ".v2.b32.trap {%v0, %v1}, [%src, " from_at "];\n"              \
    " @%p2 suld.b." from ".v4.b32.trap {%v0, %v1, %v2, %v3}, [%src, " from_at "];\n"    \
    " @%p0 sust.b." to ".b32.trap [%dst, " to_at "], {%v0};\n"                          \
    " @%p1 sust.b." to ".v2.b32.trap [%dst, " to_at "], {%v0, %v1};\n"                  \
    " @%p2 sust.b." to ".v4.b32.trap [%dst, " to_at "], {%v0, %v1, %v2, %v3};\n"

#define COPY_ENTRY(name, from, from_at, to, to_at)                              \
    ".visible .entry " name "(" COPY_PARAMETERS ")\n"                           \
    "{\n"                                                                       \
    " .reg .pred %p<3>;\n"                                                      \
    " .reg .b32 %t<4>, %v<4>, %x, %y, %z, %sx, %sy, %sz, %dx, %dy, %dz;\n"      \
    " .reg .b64 %src, %dst;\n"                                                  \
    PTX_PLACE                                                                   \
    COPY_SIDE("src")                                                            \
    COPY_SIDE("dst")                                                            \
    " ld.param.u32 %t0, [p_unit];\n"                                            \
    COPY_PLACE("s")                                                             \
    COPY_PLACE("d")                                                             \
    " setp.eq.u32 %p0, %t0, 4;\n"                                               \
    " setp.eq.u32 %p1, %t0, 8;\n"                                               \
    " setp.eq.u32 %p2, %t0, 16;\n"                                              \
    COPY_MOVES(from, from_at, to, to_at)                                        \
    "out:\n"                                                                    \
    " ret;\n"                                                                   \
    "}\n"

/* Into each shape. */
#define COPY_FROM(from, shape, at)                                                      \
    COPY_ENTRY("ist_copy_" from "_2d", shape, at, "2d", "{%dx, %dy}")                   \
    COPY_ENTRY("ist_copy_" from "_3d", shape, at, "3d", "{%dx, %dy, %dz, %dz}")         \
    COPY_ENTRY("ist_copy_" from "_layered", shape, at, "a2d", "{%dz, %dx, %dy, %dy}")

#define COPY_ENTRIES                                            \
    COPY_FROM("2d", "2d", "{%sx, %sy}")                         \
    COPY_FROM("3d", "3d", "{%sx, %sy, %sz, %sz}")               \
    COPY_FROM("layered", "a2d", "{%sz, %sx, %sy, %sy}")
/* clang-format on */

#endif
