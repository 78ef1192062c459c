/* SPDX-License-Identifier: MIT */
/* Group B, export: handles and numbers, and what Win32 calls make of them. */
#include "conformance.h"

/* What GetSharedHandle answers, with *out as it was before. */
static HRESULT get_shared(ID3D11Texture2D *tex, HANDLE *out)
{
    IDXGIResource *dxgi = query(tex, &IID_IDXGIResource);
    HRESULT hr = dxgi ? IDXGIResource_GetSharedHandle(dxgi, out) : E_NOINTERFACE;
    release(dxgi);
    return hr;
}

static HRESULT create_shared(ID3D11Texture2D *tex, DWORD access, HANDLE *out)
{
    IDXGIResource1 *dxgi = query(tex, &IID_IDXGIResource1);
    HRESULT hr = dxgi ? IDXGIResource1_CreateSharedHandle(dxgi, NULL, access, NULL, out)
                      : E_NOINTERFACE;
    release(dxgi);
    return hr;
}

CASE(B1, unshared_has_null_handle, T, "GetSharedHandle of an unshared texture gives NULL")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, 0);
    HANDLE handle = UNTOUCHED;
    EXPECT_HR(get_shared(tex, &handle), S_OK);
    EXPECT_EQ(handle, NULL);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

/* Bit 30 or 31 set, the low six bits 2: a global number. Only 32 bits count. */
static void expect_kmt_shape(HANDLE handle)
{
    UINT32 value = (UINT32)(UINT_PTR)handle;
    EXPECT_TRUE((value & 0xc0000000) != 0);
    EXPECT_EQ(value & 0x3f, 2);
}

CASE(B2, kmt_number_shape, T, "A KMT number has bit 30 or 31 set, and 2 in its low six bits")
{
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        ID3D11Texture2D *tex = rig_tex(&rig, miscs[i]);
        HANDLE handle = NULL;
        CONTEXT("MiscFlags 0x%x", miscs[i]);
        EXPECT_HR(get_shared(tex, &handle), S_OK);
        expect_kmt_shape(handle);
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}

CASE(B3, nt_texture_has_no_kmt_number, T, "GetSharedHandle of an NTHANDLE texture is refused")
{
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED |
                                     D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX |
                                     D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        ID3D11Texture2D *tex = rig_tex(&rig, miscs[i]);
        HANDLE handle = UNTOUCHED;
        CONTEXT("MiscFlags 0x%x", miscs[i]);
        EXPECT_HR(get_shared(tex, &handle), E_INVALIDARG);
        EXPECT_EQ(handle, UNTOUCHED);
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}

/* A multiple of 4 with bits 30 and 31 clear, and not 0. */
static void expect_nt_shape(HANDLE handle)
{
    UINT_PTR value = (UINT_PTR)handle;
    EXPECT_TRUE(value != 0);
    EXPECT_EQ(value % 4, 0);
    EXPECT_EQ(value & 0xc0000000, 0);
    EXPECT_EQ(value >> 32, 0);
}

CASE(B4, nt_handle_shape, T, "An NT handle is a multiple of 4 with bits 30 and 31 clear")
{
    static const DWORD accesses[] = {GENERIC_ALL,
                                     DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE,
                                     GENERIC_ALL | DXGI_SHARED_RESOURCE_READ |
                                         DXGI_SHARED_RESOURCE_WRITE};
    static const UINT miscs[] = {D3D11_RESOURCE_MISC_SHARED |
                                     D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX |
                                     D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs) * ARRAYSIZE(accesses); i++) {
        UINT misc = miscs[i / ARRAYSIZE(accesses)];
        DWORD access = accesses[i % ARRAYSIZE(accesses)];
        ID3D11Texture2D *tex = rig_tex(&rig, misc);
        HANDLE handle = UNTOUCHED;
        CONTEXT("MiscFlags 0x%x, access 0x%x", misc, (unsigned)access);
        if (EXPECT_HR(create_shared(tex, access, &handle), S_OK)) {
            expect_nt_shape(handle);
            EXPECT_TRUE(CloseHandle(handle));
        }
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}

CASE(B5, kmt_texture_has_no_nt_handle, T, "CreateSharedHandle without NTHANDLE is refused")
{
    static const UINT miscs[] = {0, D3D11_RESOURCE_MISC_SHARED,
                                 D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        ID3D11Texture2D *tex = rig_tex(&rig, miscs[i]);
        HANDLE handle = UNTOUCHED;
        CONTEXT("MiscFlags 0x%x", miscs[i]);
        EXPECT_HR(create_shared(tex, GENERIC_ALL, &handle), E_INVALIDARG);
        EXPECT_EQ(handle, NULL);
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}

CASE(B6, kmt_number_is_stable, P, "GetSharedHandle twice gives the same value")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE first = NULL, second = NULL;
    EXPECT_HR(get_shared(tex, &first), S_OK);
    EXPECT_HR(get_shared(tex, &second), S_OK);
    EXPECT_TRUE(first != NULL);
    EXPECT_EQ(second, first);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(B7, two_nt_handles, P, "CreateSharedHandle twice gives two handles to one memory")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE first = nt_handle(tex, NULL);
    HANDLE second = nt_handle(tex, NULL);
    EXPECT_TRUE(first != second);
    ID3D11Texture2D *one = open_nt(&rig, first);
    ID3D11Texture2D *two = open_nt(&rig, second);
    REQUIRE_TRUE(one && two);
    write_tex(&rig, one, 1);
    expect_tex(&rig, two, 1);
    expect_tex(&rig, tex, 1);
    write_tex(&rig, two, 2);
    expect_tex(&rig, one, 2);
    EXPECT_TRUE(CloseHandle(first));
    EXPECT_TRUE(CloseHandle(second));
    EXPECT_EQ(release(one), 0);
    EXPECT_EQ(release(two), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(B8, opened_has_the_same_number, D, "A resource opened by KMT number answers that number")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    ID3D11Texture2D *opened = open_kmt(&rig, number);
    HANDLE again = UNTOUCHED;
    REQUIRE_TRUE(opened != NULL);
    EXPECT_HR(get_shared(opened, &again), S_OK);
    EXPECT_EQ(again, number);
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(B9, kmt_number_is_not_closed, T, "CloseHandle refuses a KMT number, which stays good")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    SetLastError(0);
    EXPECT_EQ(CloseHandle(number), FALSE);
    EXPECT_LAST_ERROR(ERROR_INVALID_HANDLE);
    ID3D11Texture2D *opened = open_kmt(&rig, number);
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(B10, kmt_number_is_not_duplicated, T, "DuplicateHandle refuses a KMT number")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    HANDLE copy = UNTOUCHED;
    SetLastError(0);
    EXPECT_EQ(DuplicateHandle(GetCurrentProcess(), number, GetCurrentProcess(), &copy, 0, FALSE,
                              DUPLICATE_SAME_ACCESS),
              FALSE);
    EXPECT_LAST_ERROR(ERROR_INVALID_HANDLE);
    EXPECT_EQ(release(open_kmt(&rig, number)), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(B11, duplicate_is_a_handle, T, "A duplicate opens after the first handle was closed")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    HANDLE copy = NULL;
    EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0,
                                FALSE, DUPLICATE_SAME_ACCESS));
    EXPECT_TRUE(copy != handle);
    EXPECT_TRUE(CloseHandle(handle));
    ID3D11Texture2D *opened = open_nt(&rig, copy);
    write_tex(&rig, tex, 11);
    expect_tex(&rig, opened, 11);
    EXPECT_TRUE(CloseHandle(copy));
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

/* The value could go to another handle in between, so nothing is created there. */
CASE(B12, closed_once, D, "CloseHandle refuses a handle that is closed already")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    EXPECT_TRUE(CloseHandle(handle));
    SetLastError(0);
    EXPECT_EQ(CloseHandle(handle), FALSE);
    EXPECT_LAST_ERROR(ERROR_INVALID_HANDLE);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

/* UNICODE_STRING comes first in what the system answers; its characters are in the buffer. */
static void expect_type_name(HANDLE handle, const WCHAR *wanted)
{
    union {
        UNICODE_STRING name;
        char room[1024];
    } info = {.room = {0}};
    size_t bytes = 0;
    while (wanted[bytes / sizeof(WCHAR)])
        bytes += sizeof(WCHAR);
    EXPECT_NTSTATUS(NtQueryObject(handle, ObjectTypeInformation, &info, sizeof(info), NULL), 0);
    EXPECT_EQ(info.name.Length, bytes);
    if (info.name.Length == bytes)
        EXPECT_BYTES(info.name.Buffer, wanted, bytes);
}

CASE(B13, type_names, T, "Handles are of the types DxgkSharedResource and DxgkSharedSyncObject")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    ID3D11Fence *fence = rig_fence(&rig, 0, D3D11_FENCE_FLAG_SHARED);
    HANDLE of_tex = nt_handle(tex, NULL);
    HANDLE of_fence = fence_handle(fence, NULL);
    CONTEXT("of a texture");
    expect_type_name(of_tex, L"DxgkSharedResource");
    CONTEXT("of a fence");
    expect_type_name(of_fence, L"DxgkSharedSyncObject");
    EXPECT_TRUE(CloseHandle(of_tex));
    EXPECT_TRUE(CloseHandle(of_fence));
    EXPECT_EQ(release(fence), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}
