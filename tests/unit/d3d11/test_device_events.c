/* SPDX-License-Identifier: MIT */
/* Events for a device that is removed: kept and given back. That they are set is checked in
 * test_device_removed.c. */
#include "share_rig.h"

TEST(registered_and_given_back)
{
    struct rig rig = rig_new();
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    size_t live = core_live_count();
    DWORD a = 0, b = 0;
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, event, &a), S_OK);
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, event, &b), S_OK);
    CHECK(a && b && a != b);
    CHECK(CloseHandle(event));
    CHECK_EQ(core_live_count(), live); /* the device has it still */
    ID3D11Device5_UnregisterDeviceRemoved(rig.device5, a);
    ID3D11Device5_UnregisterDeviceRemoved(rig.device5, a);
    CHECK_EQ(core_live_count(), live);
    ID3D11Device5_UnregisterDeviceRemoved(rig.device5, b);
    CHECK_EQ(core_live_count(), live - 1);
    rig_finish(&rig);
}

TEST(what_is_left_goes_with_the_device)
{
    struct rig rig = rig_new();
    size_t live = core_live_count();
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD cookie = 0;
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, event, &cookie), S_OK);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK(CloseHandle(event));
    rig_finish(&rig);
    CHECK_EQ(core_live_count(), live);
}

TEST(bad_arguments)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(texture, NULL), event = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD cookie = 77;
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, NULL, &cookie),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, handle, &cookie),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_RegisterDeviceRemovedEvent(rig.device5, event, NULL), E_INVALIDARG);
    CHECK_EQ(cookie, 77);
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
