/* SPDX-License-Identifier: MIT */
/* What is not offered has no effect and answers E_NOTIMPL where it can. */
#include "context_rig.h"

TEST(what_is_not_offered_says_so)
{
    struct rig rig = rig_new();
    BOOL protect = 5;
    ID3D11DeviceContext_Draw(rig.context, 3, 0);
    ID3D11DeviceContext_Draw(rig.context, 3, 0);
    ID3D11DeviceContext_Dispatch(rig.context, 1, 1, 1);
    ID3D11DeviceContext_GenerateMips(rig.context, NULL);
    CHECK_EQ(ID3D11DeviceContext4_ResizeTilePool(rig.context4, NULL, 0), E_NOTIMPL);
    CHECK_EQ(ID3D11DeviceContext4_CopyTileMappings(rig.context4, NULL, NULL, NULL, NULL, NULL,
                                                   0),
             E_NOTIMPL);
    CHECK_EQ(ID3D11DeviceContext4_UpdateTileMappings(rig.context4, NULL, 0, NULL, NULL, NULL, 0,
                                                     NULL, NULL, NULL, 0),
             E_NOTIMPL);
    CHECK(!ID3D11DeviceContext4_IsAnnotationEnabled(rig.context4));
    ID3D11DeviceContext4_GetHardwareProtectionState(rig.context4, &protect);
    CHECK_EQ(protect, FALSE);
    rig_finish(&rig);
}
