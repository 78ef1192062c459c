/* SPDX-License-Identifier: MIT */
/* How a resource gets its handles: cases B1 to B11; usage and priority. */
#include "share_rig.h"

static IDXGIResource1 *dxgi_of(void *resource)
{
    IDXGIResource1 *dxgi = query(resource, &IID_IDXGIResource1);
    IDXGIResource1_Release(dxgi); /* the resource keeps it: they are one object */
    return dxgi;
}

TEST(without_flags_the_global_handle_is_null)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, 0);
    HANDLE handle = UNTOUCHED;
    CHECK_EQ(IDXGIResource1_GetSharedHandle(dxgi_of(texture), &handle), S_OK);
    CHECK_PTR_EQ(handle, NULL);
    CHECK_EQ(IDXGIResource1_GetSharedHandle(dxgi_of(texture), NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(a_global_handle_has_its_shape_and_stays_the_same)
{
    static const UINT flags[] = {SHARED, KEYED};
    struct rig rig = rig_new();
    for (size_t i = 0; i < 2; i++) {
        ID3D11Texture2D *texture = new_texture(&rig, flags[i]);
        HANDLE handle = kmt_handle(texture);
        uint32_t value = (uint32_t)(uintptr_t)handle;
        CHECK(value & 0xc0000000U);
        CHECK_EQ(value & 0x3f, 2);
        CHECK_PTR_EQ(kmt_handle(texture), handle);
        CHECK_EQ(CloseHandle(handle), FALSE);
        CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
        CHECK_EQ(refs_of(texture), 1);
        ID3D11Texture2D *again = open_kmt(&rig, handle); /* the failed close harmed nothing */
        CHECK_EQ(ID3D11Texture2D_Release(again), 0);
        CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    }
    rig_finish(&rig);
}

TEST(with_nthandle_there_is_no_global_handle)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = UNTOUCHED;
    CHECK_EQ(IDXGIResource1_GetSharedHandle(dxgi_of(texture), &handle), E_INVALIDARG);
    CHECK_PTR_EQ(handle, UNTOUCHED);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(an_nt_handle_has_its_shape)
{
    static const DWORD access[] = {GENERIC_ALL,
                                   DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE,
                                   GENERIC_ALL | DXGI_SHARED_RESOURCE_READ};
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED | NTHANDLE);
    for (size_t i = 0; i < 3; i++) {
        HANDLE handle = NULL;
        CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi_of(texture), NULL, access[i], NULL,
                                                   &handle),
                 S_OK);
        CHECK(handle);
        CHECK_EQ((uintptr_t)handle % 4, 0);
        CHECK_EQ((uintptr_t)handle & 0xc0000000U, 0);
        CHECK_EQ(refs_of(texture), 1); /* no COM reference */
        CHECK(CloseHandle(handle));
    }
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(without_nthandle_there_is_no_nt_handle)
{
    static const UINT flags[] = {0, SHARED, KEYED};
    struct rig rig = rig_new();
    for (size_t i = 0; i < 3; i++) {
        ID3D11Texture2D *texture = new_texture(&rig, flags[i]);
        HANDLE handle = UNTOUCHED;
        CHECK_EQ(try_nt_handle(texture, NULL, &handle), E_INVALIDARG);
        CHECK_PTR_EQ(handle, NULL);
        CHECK_EQ(try_nt_handle(texture, NULL, NULL), E_INVALIDARG);
        CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    }
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    CHECK_EQ(try_nt_handle(texture, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(each_nt_handle_is_a_new_one_over_the_same_memory)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE first = nt_handle(texture, NULL), second = nt_handle(texture, NULL);
    CHECK(first != second);
    ID3D11Texture2D *a = open_nt(&rig, first), *b = open_nt(&rig, second);
    write_tex(&rig, a, 11);
    check_tex(&rig, b, 11);
    CHECK(CloseHandle(first));
    CHECK(CloseHandle(second));
    CHECK_EQ(ID3D11Texture2D_Release(a), 0);
    CHECK_EQ(ID3D11Texture2D_Release(b), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(an_opened_resource_gives_the_creators_global_handle)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    HANDLE handle = kmt_handle(texture);
    ID3D11Texture2D *opened = open_kmt(&rig, handle);
    CHECK_PTR_EQ(kmt_handle(opened), handle);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    CHECK_PTR_EQ(kmt_handle(opened), handle);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    rig_finish(&rig);
}

TEST(a_duplicate_opens_when_the_first_is_closed)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE first = nt_handle(texture, NULL), second = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &second, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(first));
    CHECK_EQ(CloseHandle(first), FALSE); /* never a stranger */
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    ID3D11Texture2D *opened = open_nt(&rig, second);
    CHECK(CloseHandle(second));
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(usage_and_priority)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    IDXGIResource1 *dxgi = dxgi_of(texture);
    IDXGISurface2 *surface = UNTOUCHED;
    DXGI_USAGE usage = 0;
    UINT priority = 0;
    CHECK_EQ(IDXGIResource1_GetUsage(dxgi, &usage), S_OK);
    CHECK_EQ(usage, DXGI_USAGE_SHADER_INPUT | DXGI_USAGE_SHARED);
    CHECK_EQ(IDXGIResource1_GetUsage(dxgi, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGIResource1_GetEvictionPriority(dxgi, &priority), S_OK);
    CHECK_EQ(priority, DXGI_RESOURCE_PRIORITY_NORMAL);
    CHECK_EQ(IDXGIResource1_SetEvictionPriority(dxgi, DXGI_RESOURCE_PRIORITY_LOW), S_OK);
    CHECK_EQ(ID3D11Texture2D_GetEvictionPriority(texture), DXGI_RESOURCE_PRIORITY_LOW);
    CHECK_EQ(IDXGIResource1_GetEvictionPriority(dxgi, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGIResource1_CreateSubresourceSurface(dxgi, 0, &surface), E_NOTIMPL);
    CHECK_PTR_EQ(surface, NULL);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
