/* SPDX-License-Identifier: MIT */
/* Names and attributes of NT handles: cases D4 to D8. */
#include "share_rig.h"

TEST(a_taken_name_is_refused_for_all_kinds)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *first = new_texture(&rig, SHARED | NTHANDLE);
    ID3D11Texture2D *second = new_texture(&rig, KEYED | NTHANDLE);
    ID3D11Fence *fence = NULL;
    HANDLE handle = nt_handle(first, L"share_taken"), other = UNTOUCHED;
    CHECK_EQ(try_nt_handle(second, L"share_taken", &other), DXGI_ERROR_NAME_ALREADY_EXISTS);
    CHECK_PTR_EQ(other, NULL);
    other = UNTOUCHED;
    CHECK_EQ(try_nt_handle(second, L"SHARE_TAKEN", &other), DXGI_ERROR_NAME_ALREADY_EXISTS);
    CHECK_PTR_EQ(other, NULL);
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    other = UNTOUCHED;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, L"Local\\share_taken",
                                            &other),
             DXGI_ERROR_NAME_ALREADY_EXISTS);
    CHECK_PTR_EQ(other, NULL);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK_EQ(ID3D11Texture2D_Release(first), 0);
    CHECK_EQ(ID3D11Texture2D_Release(second), 0);
    rig_finish(&rig);
}

static UINT width_by_name(const struct rig *rig, const WCHAR *name)
{
    ID3D11Texture2D *texture = NULL;
    D3D11_TEXTURE2D_DESC desc;
    CHECK_EQ(ID3D11Device5_OpenSharedResourceByName(rig->device5, name, GENERIC_ALL,
                                                    &IID_ID3D11Texture2D, (void **)&texture),
             S_OK);
    ID3D11Texture2D_GetDesc(texture, &desc);
    ID3D11Texture2D_Release(texture);
    return desc.Width;
}

TEST(prefixes_choose_a_directory)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(SHARED | NTHANDLE);
    ID3D11Texture2D *local = NULL, *global = NULL;
    desc.Width = 16;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, NULL, &local), S_OK);
    desc.Width = 32;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, NULL, &global), S_OK);
    HANDLE a = nt_handle(local, L"Local\\share_p"), b = nt_handle(global, L"Global\\share_p");
    CHECK_EQ(width_by_name(&rig, L"share_p"), 16);
    CHECK_EQ(width_by_name(&rig, L"Local\\share_p"), 16);
    CHECK_EQ(width_by_name(&rig, L"Global\\share_p"), 32);
    CHECK(CloseHandle(a));
    CHECK(CloseHandle(b));
    CHECK_EQ(ID3D11Texture2D_Release(local), 0);
    CHECK_EQ(ID3D11Texture2D_Release(global), 0);
    rig_finish(&rig);
}

TEST(names_that_are_none)
{
    static WCHAR longest[1000];
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    for (size_t i = 0; i < 999; i++)
        longest[i] = L'x';
    const WCHAR *const names[] = {L"",         L"a\\b", L"Local\\a\\b",
                                  L"Global\\", longest, longest + 999 - 261};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        HANDLE handle = UNTOUCHED;
        CHECK_EQ(try_nt_handle(texture, names[i], &handle), DXGI_ERROR_INVALID_CALL);
        CHECK_PTR_EQ(handle, NULL);
    }
    HANDLE handle = nt_handle(texture, longest + 999 - 200);
    CHECK_EQ(width_by_name(&rig, longest + 999 - 200), 256);
    CHECK(CloseHandle(handle));
    handle = nt_handle(texture, L"share_\u00e4\u4e2d");
    CHECK_EQ(width_by_name(&rig, L"share_\u00e4\u4e2d"), 256);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(attributes_say_whether_a_handle_is_inherited)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    IDXGIResource1 *dxgi = query(texture, &IID_IDXGIResource1);
    for (int inherit = 0; inherit < 2; inherit++) {
        SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, inherit};
        HANDLE handle = NULL;
        DWORD flags = 99;
        CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi, &attributes, GENERIC_ALL, NULL,
                                                   &handle),
                 S_OK);
        CHECK(GetHandleInformation(handle, &flags));
        CHECK_EQ(flags, inherit ? HANDLE_FLAG_INHERIT : 0);
        CHECK(CloseHandle(handle));
    }
    IDXGIResource1_Release(dxgi);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
