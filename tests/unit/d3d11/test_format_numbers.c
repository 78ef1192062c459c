/* SPDX-License-Identifier: MIT */
/*
 * That core's numbers are Microsoft's is asserted when src/d3d11/format_numbers.c is compiled.
 * Here: the numbers are whole, so a format between two known ones is refused, and the last is
 * the last.
 */
#include "share_rig.h"

TEST(numbers_that_are_no_formats)
{
    static const UINT none[] = {0, 116, 120, 129, 133, 134, 200, 0x7fffffff};
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        UINT support = 99;
        CHECK_EQ(ID3D11Device_CheckFormatSupport(rig.device, (DXGI_FORMAT)none[i], &support),
                 E_FAIL);
        CHECK_EQ(support, 0);
    }
    rig_finish(&rig);
}
