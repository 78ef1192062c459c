/* SPDX-License-Identifier: MIT */
/*
 * The kernel that clears textures. One entry for each shape of surface, all with the same
 * parameters: thread (i, j, k) of width x height x depth writes `unit` bytes of the value at
 * byte x + i * step of row y + j of slice z + k. A store may be wider than an element. What a
 * shape lacks (rows, slices) it does not read.
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_FILL_PTX_H
#define ISTHMUS_DEVICE_NVIDIA_FILL_PTX_H

#include "device/nvidia/kernel_ptx.h"

/* clang-format off */
#define FILL_PARAMETERS                                                 \
    ".param .u64 p_surface, .param .u32 p_x, .param .u32 p_step, "      \
    ".param .u32 p_y, .param .u32 p_z, .param .u32 p_width, "           \
    ".param .u32 p_height, .param .u32 p_depth, .param .u32 p_unit, "   \
    ".param .u32 p_v0, .param .u32 p_v1, .param .u32 p_v2, .param .u32 p_v3"

/* Coordinates of the surface. */
#define FILL_START                              \
    " ld.param.u64 %surface, [p_surface];\n"    \
    " ld.param.u32 %t0, [p_step];\n"            \
    " ld.param.u32 %t1, [p_x];\n"               \
    " mad.lo.u32 %x, %x, %t0, %t1;\n"           \
    " ld.param.u32 %t0, [p_z];\n"               \
    " add.u32 %z, %z, %t0;\n"                   \
    " ld.param.u32 %t0, [p_y];\n"               \
    " add.u32 %y, %y, %t0;\n"

#define FILL_VALUE                              \
    " ld.param.u32 %v0, [p_v0];\n"              \
    " ld.param.u32 %v1, [p_v1];\n"              \
    " ld.param.u32 %v2, [p_v2];\n"              \
    " ld.param.u32 %v3, [p_v3];\n"              \
    " cvt.u16.u32 %h0, %v0;\n"                  \
    " ld.param.u32 %t2, [p_unit];\n"            \
    " setp.eq.u32 %p0, %t2, 1;\n"               \
    " setp.eq.u32 %p1, %t2, 2;\n"               \
    " setp.eq.u32 %p2, %t2, 4;\n"               \
    " setp.eq.u32 %p3, %t2, 8;\n"               \
    " setp.eq.u32 %p4, %t2, 16;\n"

/* One store for each size; `at` is the shape's coordinate. */
#define FILL_STORES(shape, at)                                                      \
    " @%p0 sust.b." shape ".b8.trap [%surface, " at "], {%h0};\n"                   \
    " @%p1 sust.b." shape ".b16.trap [%surface, " at "], {%h0};\n"                  \
    " @%p2 sust.b." shape ".b32.trap [%surface, " at "], {%v0};\n"                  \
    " @%p3 sust.b." shape ".v2.b32.trap [%surface, " at "], {%v0, %v1};\n"          \
    " @%p4 sust.b." shape ".v4.b32.trap [%surface, " at "], {%v0, %v1, %v2, %v3};\n"

#define FILL_ENTRY(name, shape, at)                     \
    ".visible .entry " name "(" FILL_PARAMETERS ")\n"   \
    "{\n"                                               \
    " .reg .pred %p<5>;\n"                              \
    " .reg .b16 %h<1>;\n"                               \
    " .reg .b32 %t<4>, %v<4>, %x, %y, %z;\n"            \
    " .reg .b64 %surface;\n"                            \
    PTX_PLACE                                           \
    FILL_START                                          \
    FILL_VALUE                                          \
    FILL_STORES(shape, at)                              \
    "out:\n"                                            \
    " ret;\n"                                           \
    "}\n"

#define FILL_ENTRIES                                            \
    FILL_ENTRY("ist_fill_1d", "1d", "{%x}")                     \
    FILL_ENTRY("ist_fill_2d", "2d", "{%x, %y}")                 \
    FILL_ENTRY("ist_fill_3d", "3d", "{%x, %y, %z, %z}")         \
    FILL_ENTRY("ist_fill_1d_layered", "a1d", "{%z, %x}")        \
    FILL_ENTRY("ist_fill_2d_layered", "a2d", "{%z, %x, %y, %y}")
/* clang-format on */

#endif
