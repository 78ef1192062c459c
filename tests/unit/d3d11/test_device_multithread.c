/* SPDX-License-Identifier: MIT */
/* ID3D11Multithread on the device shows the setting and the lock of the context's. */
#include "share_rig.h"

TEST(device_and_context_share_one_setting)
{
    /* Written out: programs use ID3D10Multithread's IID, which must be the same. */
    static const IID of_10 = {0x9b7e4e00,
                              0x342c,
                              0x4106,
                              {0xa1, 0x9f, 0x4f, 0x27, 0x04, 0xf6, 0x89, 0xf0}};
    struct rig rig = rig_new();
    ID3D11Multithread *here = query(rig.device, &of_10);
    ID3D11Multithread *there = query(rig.context, &IID_ID3D11Multithread);
    CHECK_EQ(ID3D11Multithread_GetMultithreadProtected(here), FALSE);
    CHECK_EQ(ID3D11Multithread_SetMultithreadProtected(here, TRUE), FALSE);
    CHECK_EQ(ID3D11Multithread_GetMultithreadProtected(there), TRUE);
    ID3D11Multithread_Enter(here);
    ID3D11Multithread_Enter(there); /* recursive, and one lock */
    ID3D11Multithread_Leave(there);
    ID3D11Multithread_Leave(here);
    CHECK_EQ(ID3D11Multithread_SetMultithreadProtected(there, FALSE), TRUE);
    CHECK_EQ(ID3D11Multithread_GetMultithreadProtected(here), FALSE);
    ID3D11Multithread_Release(here);
    ID3D11Multithread_Release(there);
    rig_finish(&rig);
}
