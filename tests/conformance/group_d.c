/* SPDX-License-Identifier: MIT */
/*
 * Group D, names: where they live, how long, and what opens by them. The names "a", "Abc", "f"
 * of the list get a part that is new in every run, as other programs share the directory.
 */
#include "conformance.h"

#define NAME_ROOM 64

/* `prefix` and a name in one string, in room for any of them. */
static void join(WCHAR *out, size_t room, const WCHAR *prefix, const WCHAR *name)
{
    size_t at = 0;
    while (*prefix && at + 1 < room)
        out[at++] = *prefix++;
    while (*name && at + 1 < room)
        out[at++] = *name++;
    out[at] = 0;
}

/* Names of unique_name() in a peer's lines: they are ASCII. */
static void widen(WCHAR out[NAME_ROOM], const char *text)
{
    size_t i = 0;
    for (; text[i] && i + 1 < NAME_ROOM; i++)
        out[i] = (WCHAR)text[i];
    out[i] = 0;
}

static void narrow(char out[NAME_ROOM], const WCHAR *name)
{
    size_t i = 0;
    for (; name[i] && i + 1 < NAME_ROOM; i++)
        out[i] = (char)name[i];
    out[i] = '\0';
}

/* What opening by name answers; NULL in *out unless it is S_OK. */
static HRESULT open_name(const struct rig *rig, const WCHAR *name, DWORD access,
                         ID3D11Texture2D **out)
{
    void *found = UNTOUCHED;
    HRESULT hr = ID3D11Device1_OpenSharedResourceByName(rig->device1, name, access,
                                                        &IID_ID3D11Texture2D, &found);
    if (hr != S_OK)
        EXPECT_EQ(found, NULL);
    *out = hr == S_OK ? found : NULL;
    return hr;
}

/* Opens and releases again. */
static HRESULT try_name(const struct rig *rig, const WCHAR *name)
{
    ID3D11Texture2D *opened;
    HRESULT hr = open_name(rig, name, GENERIC_ALL, &opened);
    if (hr == S_OK)
        EXPECT_EQ(release(opened), 0);
    return hr;
}

CASE(D1, opens_by_name, T, "A named texture opens by its name")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, name);
    ID3D11Texture2D *opened = NULL;
    EXPECT_HR(open_name(&rig, name, GENERIC_ALL, &opened), S_OK);
    EXPECT_TRUE(opened != tex);
    write_tex(&rig, tex, 1);
    expect_tex(&rig, opened, 1);
    EXPECT_EQ(release(opened), 0);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D2, name_dies_with_the_handle, T, "Without its handle a name is gone, the texture is not")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, name);
    ID3D11Texture2D *opened = NULL;
    EXPECT_HR(open_name(&rig, name, GENERIC_ALL, &opened), S_OK);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_HR(try_name(&rig, name), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    write_tex(&rig, tex, 2);
    expect_tex(&rig, opened, 2);
    EXPECT_EQ(release(opened), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D3, name_is_free_again, T, "After its handle was closed a name can be given again")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    EXPECT_TRUE(CloseHandle(nt_handle(tex, name)));
    EXPECT_HR(try_name(&rig, name), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    HANDLE again = nt_handle(tex, name);
    EXPECT_HR(try_name(&rig, name), S_OK);
    EXPECT_TRUE(CloseHandle(again));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D4, name_is_taken, D, "Another texture cannot take a name that is in use")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    ID3D11Texture2D *other = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, name);
    HANDLE second = UNTOUCHED;
    EXPECT_HR(try_nt_handle(other, name, &second), DXGI_ERROR_NAME_ALREADY_EXISTS);
    EXPECT_EQ(second, NULL);
    /* The first owner is not disturbed. */
    ID3D11Texture2D *opened = NULL;
    write_tex(&rig, tex, 4);
    EXPECT_HR(open_name(&rig, name, GENERIC_ALL, &opened), S_OK);
    expect_tex(&rig, opened, 4);
    EXPECT_EQ(release(opened), 0);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(other), 0);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D5, case_does_not_matter, T, "A name is found whatever the case of its letters")
{
    struct rig rig;
    WCHAR name[NAME_ROOM], mixed[NAME_ROOM], lower[NAME_ROOM], upper[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "");
    join(mixed, NAME_ROOM, name, L"Abc");
    join(lower, NAME_ROOM, name, L"abc");
    join(upper, NAME_ROOM, name, L"ABC");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, mixed);
    EXPECT_HR(try_name(&rig, mixed), S_OK);
    EXPECT_HR(try_name(&rig, lower), S_OK);
    EXPECT_HR(try_name(&rig, upper), S_OK);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D6, local_is_the_default, D, "A name with the prefix Local\\ is found without it")
{
    struct rig rig;
    WCHAR name[NAME_ROOM], local[NAME_ROOM + 8];
    rig_open(&rig);
    unique_name(name, "a");
    join(local, ARRAYSIZE(local), L"Local\\", name);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, local);
    EXPECT_HR(try_name(&rig, name), S_OK);
    EXPECT_HR(try_name(&rig, local), S_OK);
    EXPECT_TRUE(CloseHandle(handle));

    CONTEXT("the other way round");
    handle = nt_handle(tex, name);
    EXPECT_HR(try_name(&rig, local), S_OK);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

/* On Windows a program in session 0 (a service) has one directory for both. */
CASE(D7, global_is_elsewhere, D, "Global\\ and Local\\ are two directories")
{
    struct rig rig;
    WCHAR name[NAME_ROOM], local[NAME_ROOM + 8], global[NAME_ROOM + 8];
    rig_open(&rig);
    unique_name(name, "a");
    join(local, ARRAYSIZE(local), L"Local\\", name);
    join(global, ARRAYSIZE(global), L"Global\\", name);
    ID3D11Texture2D *one = rig_tex(&rig, SHARED | NTHANDLE);
    ID3D11Texture2D *two = rig_tex(&rig, SHARED | NTHANDLE);
    ID3D11Texture2D *by_local = NULL, *by_global = NULL;
    HANDLE first = nt_handle(one, local);
    HANDLE second = nt_handle(two, global);
    EXPECT_TRUE(first && second && first != second);
    write_tex(&rig, one, 71);
    write_tex(&rig, two, 72);
    EXPECT_HR(open_name(&rig, local, GENERIC_ALL, &by_local), S_OK);
    EXPECT_HR(open_name(&rig, global, GENERIC_ALL, &by_global), S_OK);
    expect_tex(&rig, by_local, 71);
    expect_tex(&rig, by_global, 72);
    EXPECT_EQ(release(by_local), 0);
    EXPECT_EQ(release(by_global), 0);
    EXPECT_TRUE(CloseHandle(first));
    EXPECT_TRUE(CloseHandle(second));
    EXPECT_EQ(release(one), 0);
    EXPECT_EQ(release(two), 0);
    rig_close(&rig);
}

/* A refused name leaves no handle, and nothing that would open. */
static void expect_bad_name(const struct rig *rig, ID3D11Texture2D *tex, const WCHAR *name)
{
    HANDLE handle = UNTOUCHED;
    HRESULT hr = try_nt_handle(tex, name, &handle);
    EXPECT_HR(hr, DXGI_ERROR_INVALID_CALL);
    if (hr == S_OK)
        CloseHandle(handle);
    else
        EXPECT_EQ(handle, NULL);
    EXPECT_TRUE(try_name(rig, name) != S_OK);
}

CASE(D8, bad_names, D + P,
     "A second backslash, more than MAX_PATH characters, and no name at all")
{
    static const WCHAR *const backslashes[] = {L"Local\\isthmus\\a", L"Global\\isthmus\\a",
                                               L"isthmus\\a",        L"Local\\isthmus\\",
                                               L"Local\\",           L"Global\\"};
    struct rig rig;
    WCHAR long_name[MAX_PATH + 2];
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    for (size_t i = 0; i < ARRAYSIZE(backslashes); i++) {
        CONTEXT("name %u of the list", (unsigned)i);
        expect_bad_name(&rig, tex, backslashes[i]);
    }
    for (size_t i = 0; i < MAX_PATH + 1; i++)
        long_name[i] = L'a';
    long_name[MAX_PATH + 1] = 0;
    CONTEXT("%d characters", MAX_PATH + 1);
    expect_bad_name(&rig, tex, long_name);
    CONTEXT("an empty name");
    expect_bad_name(&rig, tex, L"");
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D9, access_0, T + P, "Opening by name with access 0 is denied")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, name);
    ID3D11Texture2D *opened = NULL;
    EXPECT_HR(open_name(&rig, name, 0, &opened), E_ACCESSDENIED);
    EXPECT_HR(try_name(&rig, name), S_OK);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D10, duplicate_keeps_the_name, D, "A name lives while a duplicate of its handle is open")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "a");
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, name);
    HANDLE copy = NULL;
    EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0,
                                FALSE, DUPLICATE_SAME_ACCESS));
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_HR(try_name(&rig, name), S_OK);
    EXPECT_TRUE(CloseHandle(copy));
    EXPECT_HR(try_name(&rig, name), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(D11, fence_is_no_resource, P, "OpenSharedResourceByName refuses the name of a fence")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "f");
    ID3D11Fence *fence = rig_fence(&rig, 0, D3D11_FENCE_FLAG_SHARED);
    HANDLE handle = fence_handle(fence, name);
    HRESULT hr = try_name(&rig, name);
    EXPECT_TRUE(FAILED(hr));
    EXPECT_TRUE(hr != HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)); /* it is there */
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);
}

CASE(D12, name_dies_with_the_process, D, "A killed process takes its names along")
{
    struct rig rig;
    WCHAR names[2][NAME_ROOM];
    char said[PEER_TEXT];
    rig_open(&rig);
    struct peer *creator = peer_start("D12_creator", "names");
    for (size_t i = 0; i < 2; i++) {
        if (!peer_hear(CONF_NEED, creator, said))
            return;
        widen(names[i], said);
    }
    EXPECT_HR(try_name(&rig, names[0]), S_OK); /* no handle of ours is left of it */
    HRESULT hr = try_name(&rig, names[1]);
    EXPECT_TRUE(FAILED(hr) && hr != HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)); /* a fence */
    peer_kill(creator);
    for (size_t i = 0; i < 2; i++) {
        CONTEXT("name %u", (unsigned)i);
        EXPECT_HR(try_name(&rig, names[i]), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
        /* Free, not only hidden. */
        ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
        HANDLE handle = nt_handle(tex, names[i]);
        EXPECT_HR(try_name(&rig, names[i]), S_OK);
        EXPECT_TRUE(CloseHandle(handle));
        EXPECT_EQ(release(tex), 0);
    }
    rig_close(&rig);
}

/* A texture and a fence, each with a name of its own; it holds their only handles. */
PEER(D12_creator)
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    char text[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "texture");
    REQUIRE_TRUE(nt_handle(rig_tex(&rig, SHARED | NTHANDLE), name) != NULL);
    narrow(text, name);
    peer_say("%s", text);
    unique_name(name, "fence");
    REQUIRE_TRUE(fence_handle(rig_fence(&rig, 0, D3D11_FENCE_FLAG_SHARED), name) != NULL);
    narrow(text, name);
    peer_say("%s", text);
    peer_wait();
}

CASE(D13, no_such_name, P, "A name that nothing has is not found")
{
    struct rig rig;
    WCHAR name[NAME_ROOM];
    rig_open(&rig);
    unique_name(name, "nobody");
    EXPECT_HR(try_name(&rig, name), 0x80070002);
    rig_close(&rig);
}
