/* SPDX-License-Identifier: MIT */
/*
 * edge_filter() as a kernel, in the text that every driver compiles for its GPU: one thread a
 * pixel, which reads its eight neighbours out of D3D11's texture and writes its own pixel into
 * another one. The same whole numbers in the same order, so the same picture.
 */
#ifndef ISTHMUS_TOOLS_DEMO_EDGE_PTX_H
#define ISTHMUS_TOOLS_DEMO_EDGE_PTX_H

/* The brightness of the pixel at (x, y); x in bytes. */
#define EDGE_PIXEL(out, x, y)                            \
    " suld.b.2d.b32.trap %p, [%from, {" x ", " y "}];\n" \
    " bfe.u32 %t, %p, 0, 8;\n"                           \
    " mul.lo.s32 " out ", %t, 77;\n"                     \
    " bfe.u32 %t, %p, 8, 8;\n"                           \
    " mad.lo.s32 " out ", %t, 150, " out ";\n"           \
    " bfe.u32 %t, %p, 16, 8;\n"                          \
    " mad.lo.s32 " out ", %t, 29, " out ";\n"            \
    " shr.s32 " out ", " out ", 8;\n"

/* The sum from above to below with the middle twice, and the fall. */
#define EDGE_COLUMN(sum, fall, x)      \
    EDGE_PIXEL("%a", x, "%y0")         \
    EDGE_PIXEL("%h", x, "%y1")         \
    EDGE_PIXEL("%b", x, "%y2")         \
    " shl.b32 %h, %h, 1;\n"            \
    " add.s32 " sum ", %a, %h;\n"      \
    " add.s32 " sum ", " sum ", %b;\n" \
    " sub.s32 " fall ", %b, %a;\n"

static const char edge_ptx[] =
    ".version 6.0\n"
    ".target sm_50\n"
    ".address_size 64\n"
    ".visible .entry edge(.param .u64 p_from, .param .u64 p_to, .param .u32 p_width,\n"
    "                     .param .u32 p_height)\n"
    "{\n"
    " .reg .pred %out;\n"
    " .reg .b64 %from, %to;\n"
    " .reg .b32 %p, %t;\n"
    " .reg .s32 %a, %h, %b, %x, %y, %w, %n, %x0, %x1, %x2, %y0, %y1, %y2;\n"
    " .reg .s32 %s0, %s2, %f0, %f1, %f2, %across, %down, %large, %small, %both;\n"
    " mov.u32 %x, %ctaid.x;\n"
    " mov.u32 %t, %ntid.x;\n"
    " mov.u32 %n, %tid.x;\n"
    " mad.lo.s32 %x, %x, %t, %n;\n"
    " mov.u32 %y, %ctaid.y;\n"
    " mov.u32 %t, %ntid.y;\n"
    " mov.u32 %n, %tid.y;\n"
    " mad.lo.s32 %y, %y, %t, %n;\n"
    " ld.param.u32 %w, [p_width];\n"
    " setp.ge.s32 %out, %x, %w;\n"
    " @%out bra done;\n"
    " ld.param.u32 %n, [p_height];\n"
    " setp.ge.s32 %out, %y, %n;\n"
    " @%out bra done;\n"
    " ld.param.u64 %from, [p_from];\n"
    " ld.param.u64 %to, [p_to];\n"
    /* Beyond the border the border's own pixels count; x is in bytes. */
    " sub.s32 %w, %w, 1;\n"
    " sub.s32 %n, %n, 1;\n"
    " sub.s32 %x0, %x, 1;\n"
    " max.s32 %x0, %x0, 0;\n"
    " add.s32 %x2, %x, 1;\n"
    " min.s32 %x2, %x2, %w;\n"
    " shl.b32 %x0, %x0, 2;\n"
    " shl.b32 %x1, %x, 2;\n"
    " shl.b32 %x2, %x2, 2;\n"
    " sub.s32 %y0, %y, 1;\n"
    " max.s32 %y0, %y0, 0;\n"
    " mov.b32 %y1, %y;\n"
    " add.s32 %y2, %y, 1;\n"
    " min.s32 %y2, %y2, %n;\n" EDGE_COLUMN("%s0", "%f0", "%x0") EDGE_COLUMN("%s2", "%f2", "%x2")
        EDGE_COLUMN("%across", "%f1", "%x1") " sub.s32 %across, %s2, %s0;\n"
                                             " shl.b32 %down, %f1, 1;\n"
                                             " add.s32 %down, %down, %f0;\n"
                                             " add.s32 %down, %down, %f2;\n"
                                             /* edge_length() */
                                             " abs.s32 %across, %across;\n"
                                             " abs.s32 %down, %down;\n"
                                             " max.s32 %large, %across, %down;\n"
                                             " min.s32 %small, %across, %down;\n"
                                             " shr.s32 %both, %large, 3;\n"
                                             " sub.s32 %both, %large, %both;\n"
                                             " shr.s32 %small, %small, 1;\n"
                                             " add.s32 %both, %both, %small;\n"
                                             " max.s32 %both, %both, %large;\n"
                                             " min.s32 %both, %both, 255;\n"
                                             " suld.b.2d.b32.trap %p, [%from, {%x1, %y1}];\n"
                                             " and.b32 %p, %p, 0xff000000;\n"
                                             " mul.lo.s32 %both, %both, 0x010101;\n"
                                             " or.b32 %p, %p, %both;\n"
                                             " sust.b.2d.b32.trap [%to, {%x1, %y1}], %p;\n"
                                             "done:\n"
                                             " ret;\n"
                                             "}\n";

#endif
