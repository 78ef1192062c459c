/* SPDX-License-Identifier: MIT */
/* Handles of graphics objects in the calls that take any handle: the spec's cases B9 to B13. */
#define INITGUID
#define COBJMACROS
#include "win32_rig.h"

#include <d3d11_4.h>
#include <dxgi1_2.h>
#include <winternl.h>

size_t test_live_objects(void)
{
    return win32_rig_live();
}

static ID3D11Device5 *new_device(void)
{
    ID3D11Device *device = NULL;
    ID3D11Device5 *device5 = NULL;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_WARP, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                               &device, NULL, NULL),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&device5), S_OK);
    ID3D11Device_Release(device);
    return device5;
}

/* The first device brings the process' session and threads to life. */
void test_warm_up(void)
{
    ID3D11Device5 *device = new_device(); /* the macro would evaluate a call twice */
    ID3D11Device5_Release(device);
}

static ID3D11Texture2D *new_texture(ID3D11Device5 *device, UINT misc)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = 16,
                                 .Height = 16,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {1, 0},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = misc};
    ID3D11Texture2D *texture = NULL;
    CHECK_EQ(ID3D11Device5_CreateTexture2D(device, &desc, NULL, &texture), S_OK);
    return texture;
}

static HANDLE nt_handle(ID3D11Texture2D *texture, LPCWSTR name)
{
    IDXGIResource1 *shared = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&shared),
             S_OK);
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(shared, NULL, GENERIC_ALL, name, &handle), S_OK);
    IDXGIResource1_Release(shared);
    return handle;
}

#define NT_SHARED (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

static void check_type(HANDLE handle, const WCHAR *name)
{
    union {
        OBJECT_TYPE_INFORMATION info;
        char bytes[512];
    } buffer;
    CHECK_EQ(NtQueryObject(handle, ObjectTypeInformation, &buffer, sizeof(buffer), NULL),
             STATUS_SUCCESS);
    CHECK_MEM(buffer.info.TypeName.Buffer, name, (wcslen(name) + 1) * sizeof(WCHAR));
}

TEST(b9_and_b10_a_kmt_number_is_not_closed_and_not_duplicated)
{
    ID3D11Device5 *device = new_device();
    ID3D11Texture2D *texture = new_texture(device, D3D11_RESOURCE_MISC_SHARED), *again = NULL;
    IDXGIResource *shared = NULL;
    HANDLE number = NULL, copy = NULL, self = GetCurrentProcess();
    CHECK_EQ(ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource, (void **)&shared),
             S_OK);
    CHECK_EQ(IDXGIResource_GetSharedHandle(shared, &number), S_OK);
    IDXGIResource_Release(shared);

    CHECK_FAILS(CloseHandle(number), ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(self, number, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    CHECK_EQ(NtQueryObject(number, ObjectTypeInformation, NULL, 0, NULL),
             STATUS_INVALID_HANDLE);
    CHECK_EQ(ID3D11Device5_OpenSharedResource(device, number, &IID_ID3D11Texture2D,
                                              (void **)&again),
             S_OK); /* unharmed */
    ID3D11Texture2D_Release(again);
    ID3D11Texture2D_Release(texture);
    CHECK_EQ(ID3D11Device5_Release(device), 0);
}

TEST(b11_and_b12_a_duplicate_opens_and_a_closed_handle_does_not)
{
    ID3D11Device5 *device = new_device();
    ID3D11Texture2D *texture = new_texture(device, NT_SHARED), *opened = NULL;
    HANDLE handle = nt_handle(texture, NULL), copy = NULL, self = GetCurrentProcess();
    CHECK(DuplicateHandle(self, handle, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(CompareObjectHandles(handle, copy));
    CHECK(CloseHandle(handle));
    CHECK_FAILS(CloseHandle(handle), ERROR_INVALID_HANDLE);
    CHECK_EQ(ID3D11Device5_OpenSharedResource1(device, handle, &IID_ID3D11Texture2D,
                                               (void **)&opened),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_OpenSharedResource1(device, copy, &IID_ID3D11Texture2D,
                                               (void **)&opened),
             S_OK);
    ID3D11Texture2D_Release(opened);
    CHECK(CloseHandle(copy));
    ID3D11Texture2D_Release(texture);
    CHECK_EQ(ID3D11Device5_Release(device), 0);
}

TEST(b13_types_have_the_names_of_windows)
{
    ID3D11Device5 *device = new_device();
    ID3D11Texture2D *texture = new_texture(device, NT_SHARED);
    ID3D11Fence *fence = NULL;
    HANDLE resource = nt_handle(texture, NULL), sync = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(device, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                       (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &sync), S_OK);
    check_type(resource, L"DxgkSharedResource");
    check_type(sync, L"DxgkSharedSyncObject");
    CHECK(!CompareObjectHandles(resource, sync));
    CHECK(CloseHandle(resource));
    CHECK(CloseHandle(sync));
    ID3D11Fence_Release(fence);
    ID3D11Texture2D_Release(texture);
    CHECK_EQ(ID3D11Device5_Release(device), 0);
}

TEST(graphics_objects_are_no_events)
{
    ID3D11Device5 *device = new_device();
    ID3D11Texture2D *texture = new_texture(device, NT_SHARED);
    HANDLE handle = nt_handle(texture, L"ist-shared-name");
    CHECK_WAIT_FAILS(WaitForSingleObject(handle, 0), ERROR_INVALID_HANDLE);
    CHECK_FAILS(SetEvent(handle), ERROR_INVALID_HANDLE);

    /* One directory for all kinds: the name is taken, and it is no event's. */
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, "ist-shared-name"), ERROR_INVALID_HANDLE);
    CHECK_FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, "ist-shared-name"), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(handle));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "ist-shared-name");
    CHECK(event != NULL);
    CHECK(CloseHandle(event));
    ID3D11Texture2D_Release(texture);
    CHECK_EQ(ID3D11Device5_Release(device), 0);
}
