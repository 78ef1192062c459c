/* SPDX-License-Identifier: MIT */
/* Opening what was shared: cases C1 to C14, D1 to D3, D5, D9, D11 and D13; fences F10, F11,
 * F19. */
#include "share_rig.h"

TEST(each_open_is_an_object_of_its_own)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    HANDLE handle = kmt_handle(texture);
    ID3D11Texture2D *a = open_kmt(&rig, handle), *b = open_kmt(&rig, handle);
    CHECK(a != texture && b != texture && a != b);
    CHECK_EQ(refs_of(texture), 1);
    write_tex(&rig, a, 3);
    check_tex(&rig, b, 3);
    check_tex(&rig, texture, 3);
    CHECK_EQ(ID3D11Texture2D_Release(a), 0);
    CHECK_EQ(ID3D11Texture2D_Release(b), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(each_kind_of_handle_has_its_call)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *by_number = new_texture(&rig, SHARED);
    ID3D11Texture2D *by_handle = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE number = kmt_handle(by_number), handle = nt_handle(by_handle, NULL);
    CHECK_EQ(fail_nt(&rig, number, &IID_ID3D11Texture2D), E_INVALIDARG);
    CHECK_EQ(fail_kmt(&rig, handle, &IID_ID3D11Texture2D), E_INVALIDARG);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(by_number), 0);
    CHECK_EQ(ID3D11Texture2D_Release(by_handle), 0);
    rig_finish(&rig);
}

TEST(another_device_opens_too)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(texture, NULL);
    ID3D11Texture2D *same = open_nt(&rig, handle), *there = open_nt(&other, handle);
    ID3D11Device *owner = NULL;
    ID3D11Texture2D_GetDevice(there, &owner);
    CHECK_PTR_EQ(owner, other.device);
    ID3D11Device_Release(owner);
    write_tex(&other, there, 9);
    check_tex(&other, there, 9); /* read by the host: no fence is needed then */
    check_tex(&rig, same, 9);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(same), 0);
    CHECK_EQ(ID3D11Texture2D_Release(there), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
    rig_finish(&other);
}

/* In every field, also what a whole chain of levels became. */
TEST(the_description_travels)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC desc = tex_desc(KEYED | NTHANDLE), found, wanted;
    ID3D11Texture2D *texture = NULL;
    desc.MipLevels = 0;
    desc.ArraySize = 3;
    desc.BindFlags |= D3D11_BIND_RENDER_TARGET;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_WRITE;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &desc, NULL, &texture), S_OK);
    HANDLE handle = nt_handle(texture, NULL);
    ID3D11Texture2D *opened = open_nt(&rig, handle);
    ID3D11Texture2D_GetDesc(texture, &wanted);
    ID3D11Texture2D_GetDesc(opened, &found);
    desc.MipLevels = 9;
    CHECK_MEM(&wanted, &desc, sizeof(desc));
    CHECK_MEM(&found, &wanted, sizeof(wanted));
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(a_number_dies_with_its_last_owner)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    HANDLE handle = kmt_handle(texture);
    ID3D11Texture2D *opened = open_kmt(&rig, handle), *again;
    write_tex(&rig, texture, 5);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    check_tex(&rig, opened, 5);
    again = open_kmt(&rig, handle);
    CHECK_EQ(ID3D11Texture2D_Release(again), 0);
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(fail_kmt(&rig, handle, &IID_ID3D11Texture2D), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(an_nt_handle_outlives_resource_and_device)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(texture, NULL);
    write_tex(&rig, texture, 6);
    check_tex(&rig, texture, 6);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
    rig = rig_new();
    texture = open_nt(&rig, handle);
    check_tex(&rig, texture, 6);
    CHECK(CloseHandle(handle));
    HANDLE again = nt_handle(texture, NULL); /* what was opened is shared again */
    CHECK(CloseHandle(again));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(handles_that_are_none)
{
    struct rig rig = rig_new();
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    static const uintptr_t values[] = {0,          4,           0x4000,
                                       0x40000002, 0x80000042,  0x7ffffffc,
                                       0xffffffff, UINTPTR_MAX, 0x100000004};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        HANDLE handle = (HANDLE)values[i];
        if (handle == event)
            continue;
        CHECK_EQ(fail_kmt(&rig, handle, &IID_ID3D11Resource), E_INVALIDARG);
        CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Resource), E_INVALIDARG);
    }
    CHECK_EQ(fail_nt(&rig, event, &IID_ID3D11Resource), E_INVALIDARG);
    CHECK_EQ(fail_kmt(&rig, event, &IID_ID3D11Resource), E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_OpenSharedResource(rig.device5, event, &IID_ID3D11Resource, NULL),
             E_INVALIDARG);
    CHECK(CloseHandle(event));
    CHECK_EQ(fail_nt(&rig, event, &IID_ID3D11Resource), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(the_interface_must_fit_the_kind)
{
    static const IID *const good[] = {&IID_ID3D11Texture2D,   &IID_ID3D11Texture2D1,
                                      &IID_ID3D11Resource,    &IID_IDXGIResource,
                                      &IID_ID3D11DeviceChild, &IID_IUnknown};
    struct rig rig = rig_new();
    size_t before = core_live_count();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(texture, NULL);
    CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Texture1D), E_NOINTERFACE);
    CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Buffer), E_NOINTERFACE);
    CHECK_EQ(fail_nt(&rig, handle, &IID_IDXGIKeyedMutex), E_NOINTERFACE);
    for (size_t i = 0; i < 6; i++) {
        IUnknown *found = NULL;
        CHECK_EQ(ID3D11Device5_OpenSharedResource1(rig.device5, handle, good[i],
                                                   (void **)&found),
                 S_OK);
        CHECK_EQ(IUnknown_Release(found), 0);
    }
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    CHECK_EQ(core_live_count(), before);
    rig_finish(&rig);
}

TEST(rights_are_checked)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    IDXGIResource1 *dxgi = query(texture, &IID_IDXGIResource1);
    HANDLE handle = NULL;
    CHECK_EQ(IDXGIResource1_CreateSharedHandle(dxgi, NULL, SYNCHRONIZE, NULL, &handle), S_OK);
    CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Texture2D), E_ACCESSDENIED);
    CHECK(CloseHandle(handle));
    IDXGIResource1_Release(dxgi);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

static HRESULT open_name(const struct rig *rig, const WCHAR *name, DWORD access)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device5_OpenSharedResourceByName(rig->device5, name, access,
                                                        &IID_ID3D11Texture2D, &found);
    if (hr == S_OK)
        CHECK_EQ(IUnknown_Release((IUnknown *)found), 0);
    else
        CHECK_PTR_EQ(found, NULL);
    return hr;
}

TEST(a_name_lives_as_long_as_its_handles)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(texture, L"device_share_a"), copy = NULL;
    CHECK_EQ(open_name(&rig, L"device_share_a", GENERIC_ALL), S_OK);
    CHECK_EQ(open_name(&rig, L"DEVICE_Share_A", GENERIC_ALL), S_OK);
    CHECK_EQ(open_name(&rig, L"device_share_a", DXGI_SHARED_RESOURCE_READ), S_OK);
    CHECK_EQ(open_name(&rig, L"device_share_a", 0), E_ACCESSDENIED);
    CHECK(DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(handle));
    CHECK_EQ(open_name(&rig, L"device_share_a", GENERIC_ALL), S_OK);
    CHECK(CloseHandle(copy));
    CHECK_EQ(open_name(&rig, L"device_share_a", GENERIC_ALL), 0x80070002);
    handle = nt_handle(texture, L"device_share_a");
    CHECK_EQ(open_name(&rig, L"device_share_a", GENERIC_ALL), S_OK);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(names_that_open_nothing)
{
    struct rig rig = rig_new();
    ID3D11Fence *fence = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 0, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, L"device_share_f",
                                            &handle),
             S_OK);
    CHECK_EQ(open_name(&rig, L"device_share_f", GENERIC_ALL), E_INVALIDARG);
    CHECK_EQ(open_name(&rig, L"device_share_none", GENERIC_ALL), 0x80070002);
    CHECK_EQ(open_name(&rig, NULL, GENERIC_ALL), E_INVALIDARG);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

TEST(a_fence_is_opened_as_a_fence)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, SHARED | NTHANDLE);
    ID3D11Fence *fence = NULL, *a = NULL, *b = NULL;
    HANDLE image = nt_handle(texture, NULL), handle = NULL;
    void *none = UNTOUCHED;
    CHECK_EQ(ID3D11Device5_CreateFence(rig.device5, 1ULL << 60, D3D11_FENCE_FLAG_SHARED,
                                       &IID_ID3D11Fence, (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(other.device5, handle, &IID_ID3D11Fence,
                                           (void **)&a),
             S_OK);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Fence, (void **)&b),
             S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(a), 1ULL << 60);
    CHECK_EQ(ID3D11DeviceContext4_Signal(other.context4, a, 77), S_OK);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(b, 77, NULL), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(b), 77);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(rig.device5, image, &IID_ID3D11Fence, &none),
             E_INVALIDARG);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Resource), E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_OpenSharedFence(rig.device5, handle, &IID_ID3D11Buffer, &none),
             E_NOINTERFACE);
    CHECK(CloseHandle(handle));
    CHECK(CloseHandle(image));
    CHECK_EQ(ID3D11Fence_Release(a), 0);
    CHECK_EQ(ID3D11Fence_Release(b), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
    rig_finish(&other);
}

TEST(every_kind_of_resource_is_opened_as_itself)
{
    struct rig rig = rig_new();
    D3D11_BUFFER_DESC bytes = {.ByteWidth = 100, .MiscFlags = SHARED | NTHANDLE};
    D3D11_TEXTURE3D_DESC three = {.Width = 8,
                                  .Height = 4,
                                  .Depth = 2,
                                  .MipLevels = 1,
                                  .Format = DXGI_FORMAT_R32_FLOAT,
                                  .MiscFlags = SHARED | NTHANDLE};
    D3D11_TEXTURE1D_DESC one = {.Width = 8,
                                .MipLevels = 1,
                                .ArraySize = 2,
                                .Format = DXGI_FORMAT_R32_FLOAT,
                                .MiscFlags = SHARED | NTHANDLE};
    const IID *const iids[] = {&IID_ID3D11Buffer, &IID_ID3D11Texture1D, &IID_ID3D11Texture3D};
    ID3D11Resource *made[3] = {NULL, NULL, NULL};
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &bytes, NULL, (ID3D11Buffer **)&made[0]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateTexture1D(rig.device, &one, NULL, (ID3D11Texture1D **)&made[1]),
             S_OK);
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL,
                                          (ID3D11Texture3D **)&made[2]),
             S_OK);
    for (int i = 0; i < 3; i++) {
        D3D11_RESOURCE_DIMENSION wanted, found;
        ID3D11Resource *opened = NULL;
        HANDLE handle = nt_handle(made[i], NULL);
        CHECK_EQ(ID3D11Device5_OpenSharedResource1(rig.device5, handle, iids[i],
                                                   (void **)&opened),
                 S_OK);
        ID3D11Resource_GetType(made[i], &wanted);
        ID3D11Resource_GetType(opened, &found);
        CHECK_EQ(found, wanted);
        CHECK_EQ(fail_nt(&rig, handle, &IID_ID3D11Texture2D), E_NOINTERFACE);
        CHECK(CloseHandle(handle));
        release(opened);
        release(made[i]);
    }
    rig_finish(&rig);
}

TEST(feature_level_9_opens_nothing)
{
    struct rig rig = rig_new();
    D3D_FEATURE_LEVEL level = D3D_FEATURE_LEVEL_9_3;
    ID3D11Texture2D *texture = new_texture(&rig, SHARED);
    ID3D11Device *device = NULL;
    void *none = UNTOUCHED;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, &level, 1,
                               D3D11_SDK_VERSION, &device, NULL, NULL),
             S_OK);
    CHECK_EQ(ID3D11Device_OpenSharedResource(device, kmt_handle(texture), &IID_ID3D11Texture2D,
                                             &none),
             E_INVALIDARG);
    CHECK_PTR_EQ(none, NULL);
    CHECK_EQ(ID3D11Device_Release(device), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
