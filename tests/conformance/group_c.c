/* SPDX-License-Identifier: MIT */
/* Group C, opening: which handle opens by which call, and what the opened object is. */
#include "conformance.h"

#include <stdlib.h>

#define NUMBER(n) ((HANDLE)(UINT_PTR)(n))
#define NUMBER_OF(handle) ((unsigned long long)(UINT_PTR)(handle))

/* What a refused open answers; the pointer must be NULL afterwards. */
static HRESULT fail_kmt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device_OpenSharedResource(rig->device, handle, iid, &found);
    EXPECT_EQ(found, NULL);
    return hr;
}

static HRESULT fail_nt(const struct rig *rig, HANDLE handle, REFIID iid)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device1_OpenSharedResource1(rig->device1, handle, iid, &found);
    EXPECT_EQ(found, NULL);
    return hr;
}

CASE(C1, kmt_number_opens, T, "A KMT number opens on the same device, as another object")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    ID3D11Texture2D *opened = open_kmt(&rig, kmt_handle(tex));
    EXPECT_TRUE(opened != NULL);
    EXPECT_TRUE(opened != tex);
    EXPECT_EQ(refs_of(tex), 1);
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(C2, kmt_number_is_no_nt_handle, T, "OpenSharedResource1 refuses a KMT number")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    EXPECT_HR(fail_nt(&rig, kmt_handle(tex), &IID_ID3D11Texture2D), E_INVALIDARG);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(C3, nt_handle_is_no_kmt_number, T, "OpenSharedResource refuses an NT handle")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    EXPECT_HR(fail_kmt(&rig, handle, &IID_ID3D11Texture2D), E_INVALIDARG);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(C4, nt_handle_opens, T, "An NT handle opens on the same and on another device")
{
    struct rig rig, other;
    rig_open(&rig);
    rig_open(&other);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    ID3D11Texture2D *same = open_nt(&rig, handle);
    ID3D11Texture2D *elsewhere = open_nt(&other, handle);
    EXPECT_TRUE(same && same != tex);
    EXPECT_TRUE(elsewhere && elsewhere != tex && elsewhere != same);
    write_tex(&rig, tex, 4);
    rig_idle(&rig);
    expect_tex(&rig, same, 4);
    expect_tex(&other, elsewhere, 4);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(same), 0);
    EXPECT_EQ(release(elsewhere), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&other);
    rig_close(&rig);
}

static void expect_two_over_one(const struct rig *rig, ID3D11Texture2D *one,
                                ID3D11Texture2D *two)
{
    EXPECT_TRUE(one && two && one != two);
    write_tex(rig, one, 5);
    expect_tex(rig, two, 5);
    write_tex(rig, two, 6);
    expect_tex(rig, one, 6);
    EXPECT_EQ(release(one), 0);
    EXPECT_EQ(release(two), 0);
}

CASE(C5, two_opens_one_memory, T, "Two opens of one handle are two objects over one memory")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    CONTEXT("KMT number");
    expect_two_over_one(&rig, open_kmt(&rig, number), open_kmt(&rig, number));
    EXPECT_EQ(release(tex), 0);

    tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    CONTEXT("NT handle");
    expect_two_over_one(&rig, open_nt(&rig, handle), open_nt(&rig, handle));
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

static void expect_same_desc(const D3D11_TEXTURE2D_DESC *found,
                             const D3D11_TEXTURE2D_DESC *wanted)
{
    EXPECT_EQ(found->Width, wanted->Width);
    EXPECT_EQ(found->Height, wanted->Height);
    EXPECT_EQ(found->MipLevels, wanted->MipLevels);
    EXPECT_EQ(found->ArraySize, wanted->ArraySize);
    EXPECT_EQ(found->Format, wanted->Format);
    EXPECT_EQ(found->SampleDesc.Count, wanted->SampleDesc.Count);
    EXPECT_EQ(found->SampleDesc.Quality, wanted->SampleDesc.Quality);
    EXPECT_EQ(found->Usage, wanted->Usage);
    EXPECT_EQ(found->BindFlags, wanted->BindFlags);
    EXPECT_EQ(found->CPUAccessFlags, wanted->CPUAccessFlags);
    EXPECT_EQ(found->MiscFlags, wanted->MiscFlags);
}

/* Opened on another device: nothing but the handle can have told it. */
static void expect_desc_travels(const struct rig *rig, const struct rig *other,
                                D3D11_TEXTURE2D_DESC desc)
{
    ID3D11Texture2D *tex = NULL, *opened = NULL;
    D3D11_TEXTURE2D_DESC created, found;
    HANDLE handle = NULL;
    CONTEXT("MiscFlags 0x%x", desc.MiscFlags);
    if (!EXPECT_HR(ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, &tex), S_OK))
        return;
    ID3D11Texture2D_GetDesc(tex, &created);
    if (desc.MiscFlags & NTHANDLE) {
        handle = nt_handle(tex, NULL);
        opened = open_nt(other, handle);
        EXPECT_TRUE(CloseHandle(handle));
    } else {
        opened = open_kmt(other, kmt_handle(tex));
    }
    if (opened) {
        ID3D11Texture2D_GetDesc(opened, &found);
        expect_same_desc(&found, &created);
        EXPECT_EQ(release(opened), 0);
    }
    EXPECT_EQ(release(tex), 0);
}

CASE(C6, description_travels, T + P, "GetDesc of an opened resource equals the creator's")
{
    static const UINT miscs[] = {
        D3D11_RESOURCE_MISC_SHARED, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX,
        D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
        D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    struct rig rig, other;
    rig_open(&rig);
    rig_open(&other);
    for (size_t i = 0; i < ARRAYSIZE(miscs); i++) {
        /* No field at the value that tex has, or that zeroed memory would have. */
        D3D11_TEXTURE2D_DESC desc = tex_desc(miscs[i]);
        desc.Width = 33;
        desc.Height = 7;
        desc.MipLevels = 3;
        desc.ArraySize = 2;
        desc.Format = DXGI_FORMAT_R16G16B16A16_FLOAT;
        desc.BindFlags = D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_RENDER_TARGET;
        expect_desc_travels(&rig, &other, desc);
        expect_desc_travels(&rig, &other, tex_desc(miscs[i]));
    }
    rig_close(&other);
    rig_close(&rig);
}

CASE(C7, kmt_number_dies, T + P, "A KMT number is dead when nobody holds its texture")
{
    struct rig rig, other;
    rig_open(&rig);
    rig_open(&other);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    EXPECT_EQ(release(tex), 0);
    rig_idle(&rig);
    EXPECT_HR(fail_kmt(&rig, number, &IID_ID3D11Texture2D), E_INVALIDARG);
    EXPECT_HR(fail_kmt(&other, number, &IID_ID3D11Texture2D), E_INVALIDARG);
    rig_close(&other);
    rig_close(&rig);
}

CASE(C8, nt_handle_holds, T, "An NT handle keeps a texture and its content without its device")
{
    struct rig rig, other;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    write_tex(&rig, tex, 8);
    rig_idle(&rig);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);

    rig_open(&other);
    ID3D11Texture2D *opened = open_nt(&other, handle);
    expect_tex(&other, opened, 8);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(opened), 0);
    rig_close(&other);
}

CASE(C9, opener_holds, D + T, "An opener by KMT number keeps texture and number alive")
{
    struct rig rig, other;
    rig_open(&rig);
    rig_open(&other);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    ID3D11Texture2D *opened = open_kmt(&other, number);
    REQUIRE_TRUE(opened != NULL);
    write_tex(&rig, tex, 9);
    rig_idle(&rig);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);

    expect_tex(&other, opened, 9);
    write_tex(&other, opened, 10);
    expect_tex(&other, opened, 10);
    ID3D11Texture2D *again = open_kmt(&other, number);
    expect_tex(&other, again, 10);
    EXPECT_EQ(release(again), 0);
    EXPECT_EQ(release(opened), 0);
    rig_close(&other);
}

CASE(C10, shared_again, T, "After its handle was closed unused, a texture is shared again")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE first = nt_handle(tex, NULL);
    EXPECT_TRUE(CloseHandle(first));
    HANDLE second = nt_handle(tex, NULL);
    ID3D11Texture2D *opened = open_nt(&rig, second);
    write_tex(&rig, tex, 10);
    expect_tex(&rig, opened, 10);
    EXPECT_TRUE(CloseHandle(second));
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(C11, no_handle_at_all, P, "What was never a handle is refused by both calls")
{
    /* The last ones have the shape of a KMT number, and nobody was given them. */
    static const UINT_PTR values[] = {0,          0x4,          0x3,         0x7ffffffc,
                                      0x40000002, 0x7fffffc2,   0xbfffffc2,  0xffffffff,
                                      0x40000000, ~(UINT_PTR)0, ~(UINT_PTR)1};
    struct rig rig;
    rig_open(&rig);
    for (size_t i = 0; i < ARRAYSIZE(values); i++) {
        CONTEXT("handle 0x%llx", (unsigned long long)values[i]);
        EXPECT_HR(fail_kmt(&rig, NUMBER(values[i]), &IID_ID3D11Texture2D), E_INVALIDARG);
        EXPECT_HR(fail_nt(&rig, NUMBER(values[i]), &IID_ID3D11Texture2D), E_INVALIDARG);
    }
    rig_close(&rig);
}

CASE(C12, event_is_no_resource, P, "OpenSharedResource1 refuses the handle of an event")
{
    struct rig rig;
    rig_open(&rig);
    HANDLE event = new_event();
    EXPECT_HR(fail_nt(&rig, event, &IID_ID3D11Texture2D), E_INVALIDARG);
    SetEvent(event);
    EXPECT_TRUE(event_is_set(event));
    EXPECT_TRUE(CloseHandle(event));
    rig_close(&rig);
}

CASE(C13, wrong_interface, P, "Opening a texture as what it is not gives E_NOINTERFACE")
{
    static const IID *const wrong[] = {&IID_ID3D11Texture1D, &IID_ID3D11Texture3D,
                                       &IID_ID3D11Buffer, &IID_ID3D11Fence,
                                       &IID_IDXGIKeyedMutex};
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    ID3D11Texture2D *nt = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE number = kmt_handle(tex);
    HANDLE handle = nt_handle(nt, NULL);
    for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
        CONTEXT("interface %u of the list", (unsigned)i);
        EXPECT_HR(fail_kmt(&rig, number, wrong[i]), E_NOINTERFACE);
        EXPECT_HR(fail_nt(&rig, handle, wrong[i]), E_NOINTERFACE);
    }
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(nt), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

static void expect_mutex(ID3D11Texture2D *opened)
{
    void *mutex = NULL;
    if (EXPECT_TRUE(opened != NULL) &&
        EXPECT_HR(ID3D11Texture2D_QueryInterface(opened, &IID_IDXGIKeyedMutex, &mutex), S_OK))
        release(mutex);
    EXPECT_EQ(release(opened), 0);
}

CASE(C14, mutex_is_opened_too, T, "A KEYEDMUTEX texture opened elsewhere has the mutex")
{
    struct rig rig, other;
    rig_open(&rig);
    rig_open(&other);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
    ID3D11Texture2D *nt = rig_tex(&rig, KEYED | NTHANDLE);
    HANDLE handle = nt_handle(nt, NULL);
    CONTEXT("KMT number");
    expect_mutex(open_kmt(&other, kmt_handle(tex)));
    CONTEXT("NT handle");
    expect_mutex(open_nt(&other, handle));
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(nt), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&other);
    rig_close(&rig);
}

CASE(C15, kmt_number_in_a_child, T + P,
     "A KMT number opens in a child, which keeps the texture")
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    HANDLE number = kmt_handle(tex);
    write_tex(&rig, tex, 15);
    rig_idle(&rig);
    struct peer *child = peer_start("C15_child", "%llu", NUMBER_OF(number));
    REQUIRE_SAYS(child, "opened");
    EXPECT_EQ(release(tex), 0);
    peer_go(child);
    REQUIRE_SAYS(child, "read and written");
    /* Only the child keeps it: by the number the parent finds what the child wrote. */
    ID3D11Texture2D *again = open_kmt(&rig, number);
    if (again)
        expect_tex(&rig, again, 16);
    EXPECT_EQ(release(again), 0);
    peer_end(child);
    EXPECT_HR(fail_kmt(&rig, number, &IID_ID3D11Texture2D), E_INVALIDARG);
    rig_close(&rig);
}

PEER(C15_child)
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Texture2D *opened = open_kmt(&rig, NUMBER(peer_number()));
    REQUIRE_TRUE(opened != NULL);
    EXPECT_EQ(kmt_handle(opened), NUMBER(peer_number()));
    peer_say("opened");
    peer_wait(); /* the parent releases */
    expect_tex(&rig, opened, 15);
    write_tex(&rig, opened, 16);
    rig_idle(&rig);
    peer_say("read and written");
    peer_wait(); /* it exits without releasing */
}
