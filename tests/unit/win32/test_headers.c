/* SPDX-License-Identifier: MIT */
/* The shims in C, together with headers of the system that a program includes beside them. */
#define INITGUID
#define COBJMACROS
#include "win32_rig.h"

#include <d3d11_4.h>
#include <dxgi1_6.h>
#include <dxgidebug.h>
#include <winternl.h>

#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

WIN32_RIG_HOOKS

TEST(types_have_the_sizes_of_windows)
{
    CHECK_EQ(sizeof(LONG), 4);
    CHECK_EQ(sizeof(DWORD), 4);
    CHECK_EQ(sizeof(HRESULT), 4);
    CHECK_EQ(sizeof(BOOL), 4);
    CHECK_EQ(sizeof(HANDLE), 8);
    CHECK_EQ(sizeof(SIZE_T), 8);
    CHECK_EQ(sizeof(GUID), 16);
    CHECK_EQ(sizeof(LARGE_INTEGER), 8);
    CHECK_EQ(sizeof(SECURITY_ATTRIBUTES), 24);
    CHECK_EQ(sizeof(WCHAR), sizeof(wchar_t));
    CHECK((LONG)-1 < 0);
    CHECK((DWORD)-1 > 0);
}

TEST(results_are_built_and_taken_apart)
{
    CHECK(SUCCEEDED(S_OK));
    CHECK(SUCCEEDED(S_FALSE));
    CHECK(SUCCEEDED(WAIT_TIMEOUT)); /* why AcquireSync's result is compared with S_OK */
    CHECK(FAILED(E_INVALIDARG));
    CHECK(FAILED(DXGI_ERROR_NAME_ALREADY_EXISTS));
    CHECK_EQ(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), (HRESULT)0x80070002);
    CHECK_EQ(HRESULT_FROM_WIN32(E_FAIL), E_FAIL);
    CHECK_EQ(HRESULT_FROM_WIN32(0), S_OK);
    CHECK_EQ(MAKE_HRESULT(1, FACILITY_DXGI, 5), DXGI_ERROR_DEVICE_REMOVED);
    CHECK_EQ(HRESULT_CODE(E_INVALIDARG), ERROR_INVALID_PARAMETER);
    CHECK_EQ(HRESULT_FACILITY(E_INVALIDARG), FACILITY_WIN32);
}

TEST(guids_are_defined_and_compared)
{
    static const GUID fence = {0xaffde9d1,
                               0x1df7,
                               0x4bb7,
                               {0x8a, 0x34, 0x0f, 0x46, 0x25, 0x1d, 0xab, 0x80}};
    GUID none = GUID_NULL;
    CHECK(IsEqualGUID(&IID_ID3D11Fence, &fence));
    CHECK(!IsEqualIID(&IID_ID3D11Fence, &IID_ID3D11Device5));
    CHECK(!IsEqualGUID(&IID_IUnknown, &none));
}

/* An interface implemented as a C program does it: a struct, a table, macros for the calls. */
struct counted {
    IUnknown iface;
    ULONG refs;
};

static ULONG STDMETHODCALLTYPE counted_AddRef(IUnknown *This)
{
    return ++CONTAINING_RECORD(This, struct counted, iface)->refs;
}

static ULONG STDMETHODCALLTYPE counted_Release(IUnknown *This)
{
    return --CONTAINING_RECORD(This, struct counted, iface)->refs;
}

static HRESULT STDMETHODCALLTYPE counted_QueryInterface(IUnknown *This, REFIID riid,
                                                        void **object)
{
    *object = NULL;
    if (!IsEqualIID(riid, &IID_IUnknown))
        return E_NOINTERFACE;
    *object = This;
    counted_AddRef(This);
    return S_OK;
}

static const IUnknownVtbl counted_vtbl = {
    .QueryInterface = counted_QueryInterface,
    .AddRef = counted_AddRef,
    .Release = counted_Release,
};

TEST(interface_in_c_is_called_by_macros)
{
    struct counted object = {{&counted_vtbl}, 1};
    IUnknown *found = NULL;
    ID3D11Device *wrong = (ID3D11Device *)1;
    CHECK_EQ(IUnknown_QueryInterface(&object.iface, &IID_IUnknown, (void **)&found), S_OK);
    CHECK_PTR_EQ(found, &object.iface);
    CHECK_EQ(IUnknown_QueryInterface(found, &IID_ID3D11Device, (void **)&wrong), E_NOINTERFACE);
    CHECK_PTR_EQ(wrong, NULL);
    CHECK_EQ(IUnknown_Release(found), 1);
    CHECK_EQ(IUnknown_AddRef(found), 2);
}

TEST(unnamed_members_have_no_names)
{
    D3D11_RENDER_TARGET_VIEW_DESC view;
    LARGE_INTEGER number;
    ZeroMemory(&view, sizeof(view));
    view.Texture2DArray.ArraySize = 3; /* a member of a union without a name */
    CHECK_EQ(view.Texture2DArray.ArraySize, 3);
    number.QuadPart = 0x100000002;
    CHECK_EQ(number.LowPart, 2);
    CHECK_EQ(number.u.HighPart, 1);
}

static __declspec(noinline) unsigned __int64 WINAPI
    dialect(_In_ DWORD low, _In_opt_ LPCSTR name)
{
    UNREFERENCED_PARAMETER(name);
    return low + ((unsigned __int64)MAKELONG(1, 2) << 32);
}

TEST(words_of_microsofts_dialect_mean_something)
{
    TCHAR text[] = TEXT("abc");
    CHECK_EQ(dialect(5, NULL), 0x0002000100000005);
    CHECK_EQ(ARRAYSIZE(text), 4);
    CHECK_EQ(HandleToULong(ULongToHandle(0x80000042)), 0x80000042);
    CHECK_EQ((ULONG_PTR)ULongToHandle(0x80000042), 0x80000042);
}
