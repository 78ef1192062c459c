/* SPDX-License-Identifier: MIT */
/* A resource as one COM object: cases A4 to A6, C14, E17; which faces each kind has. */
#include "share_rig.h"

static HRESULT ask(void *object, REFIID iid)
{
    void *found = UNTOUCHED;
    HRESULT hr = IUnknown_QueryInterface((IUnknown *)object, iid, &found);
    if (hr == S_OK)
        IUnknown_Release((IUnknown *)found);
    else
        CHECK_PTR_EQ(found, NULL);
    return hr;
}

TEST(only_keyed_resources_have_a_mutex)
{
    static const struct {
        UINT misc;
        HRESULT wanted;
    } cases[] = {{0, E_NOINTERFACE},
                 {SHARED, E_NOINTERFACE},
                 {SHARED | NTHANDLE, E_NOINTERFACE},
                 {KEYED, S_OK},
                 {KEYED | NTHANDLE, S_OK}};
    struct rig rig = rig_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ID3D11Texture2D *texture = new_texture(&rig, cases[i].misc);
        CHECK_EQ(ask(texture, &IID_IDXGIKeyedMutex), cases[i].wanted);
        CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    }
    rig_finish(&rig);
}

TEST(all_faces_are_one_object)
{
    static const IID *const faces[] = {
        &IID_ID3D11DeviceChild, &IID_ID3D11Resource, &IID_ID3D11Texture2D,
        &IID_ID3D11Texture2D1,  &IID_IDXGIObject,    &IID_IDXGIDeviceSubObject,
        &IID_IDXGIResource,     &IID_IDXGIResource1, &IID_IDXGISurface,
        &IID_IDXGISurface1,     &IID_IDXGISurface2,  &IID_IDXGIKeyedMutex,
    };
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    IUnknown *object = query(texture, &IID_IDXGIObject);
    for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
        IUnknown *face = query(texture, faces[i]), *identity = query(face, &IID_IUnknown);
        IUnknown *same = query(face, &IID_IDXGIObject);
        CHECK_PTR_EQ(identity, texture);
        CHECK_PTR_EQ(same, object);
        CHECK_EQ(refs_of(face), 5);
        IUnknown_Release(same);
        IUnknown_Release(identity);
        IUnknown_Release(face);
    }
    CHECK_EQ(IUnknown_Release(object), 1);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(the_mutex_keeps_the_object)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    IDXGIKeyedMutex *mutex = query(texture, &IID_IDXGIKeyedMutex);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 1);
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), S_OK);
    CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, 1), S_OK);
    texture = query(mutex, &IID_ID3D11Texture2D);
    CHECK_EQ(IDXGIKeyedMutex_Release(mutex), 1);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

TEST(the_mutex_is_there_on_every_device)
{
    struct rig rig = rig_new(), other = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED | NTHANDLE);
    HANDLE handle = nt_handle(texture, NULL);
    ID3D11Texture2D *opened = open_nt(&other, handle);
    CHECK_EQ(ask(opened, &IID_IDXGIKeyedMutex), S_OK);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Texture2D_Release(opened), 0);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
    rig_finish(&other);
}

/* Each kind has its own interfaces and not those of the others. */
TEST(kinds_do_not_mix)
{
    static const IID *const kinds[] = {&IID_ID3D11Buffer, &IID_ID3D11Texture1D,
                                       &IID_ID3D11Texture2D, &IID_ID3D11Texture3D};
    static const IID *const newer[] = {NULL, NULL, &IID_ID3D11Texture2D1,
                                       &IID_ID3D11Texture3D1};
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_R8_UNORM;
    ID3D11Resource *made[] = {rig_buffer(&rig, KIND_DEFAULT, 64, NULL),
                              rig_texture1d(&rig, KIND_DEFAULT, format, 8, 1, 1),
                              rig_texture2d(&rig, KIND_DEFAULT, format, 8, 8, 1, 1),
                              rig_texture3d(&rig, KIND_DEFAULT, format, 8, 8, 8, 1)};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            CHECK_EQ(ask(made[i], kinds[k]), i == k ? S_OK : E_NOINTERFACE);
            if (newer[k])
                CHECK_EQ(ask(made[i], newer[k]), i == k ? S_OK : E_NOINTERFACE);
        }
        CHECK_EQ(ask(made[i], &IID_IDXGIResource), S_OK);
        CHECK_EQ(ask(made[i], &IID_IDXGISurface), i == 2 ? S_OK : E_NOINTERFACE);
        release(made[i]);
    }
    rig_finish(&rig);
}

TEST(a_surface_has_one_level_and_one_slice)
{
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_R8_UNORM;
    ID3D11Resource *levels = rig_texture2d(&rig, KIND_DEFAULT, format, 8, 8, 2, 1);
    ID3D11Resource *slices = rig_texture2d(&rig, KIND_DEFAULT, format, 8, 8, 1, 2);
    CHECK_EQ(ask(levels, &IID_IDXGISurface), E_NOINTERFACE);
    CHECK_EQ(ask(slices, &IID_IDXGISurface), E_NOINTERFACE);
    release(levels);
    release(slices);
    rig_finish(&rig);
}
