/* SPDX-License-Identifier: MIT */
/* Handles and numbers by their looks, and what a failed import leaves. */
#include "rig.h"

#include "interop/import.h"

TEST(handles_and_numbers_are_told_apart_by_their_bits)
{
    CHECK_EQ(import_check_handle((HANDLE)(uintptr_t)0x104), IST_OK);
    CHECK_EQ(import_check_handle(NULL), IST_BAD_HANDLE);
    CHECK_EQ(import_check_handle((HANDLE)(uintptr_t)0x40000002), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "ist_import_kmt_borrow") != NULL);
    CHECK_EQ(import_check_handle((HANDLE)(intptr_t)-1), IST_BAD_HANDLE);
    CHECK_EQ(import_check_number((HANDLE)(uintptr_t)0x40000002), IST_OK);
    CHECK_EQ(import_check_number((HANDLE)(uintptr_t)0x104), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "ist_import_handle_borrow") != NULL);
    CHECK_EQ(import_check_number(NULL), IST_BAD_HANDLE);
    CHECK_EQ(import_check_name(L"x"), IST_OK);
    CHECK_EQ(import_check_name(L""), IST_BAD_NAME);
    CHECK_EQ(import_check_name(NULL), IST_BAD_NAME);
}

/* The memory is imported before the mapping is refused: the harness counts what is left. */
TEST(a_refused_mapping_leaves_nothing)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture =
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8_UINT, 32, 8, 0, 1, 1, 0},
                    MISC_MUTEX_NT);
    struct ist_resource_desc desc = rig_describe(texture);
    struct ist_resource out = IST_RESOURCE_INIT;
    HANDLE handle = d3d_nt(texture, NULL);
    desc.height = 4; /* a lie that only the mapping finds */
    CHECK_EQ(ist_import_handle_borrow(handle, &desc, NULL, &out), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "cuExternalMemoryGetMappedMipmappedArray() answered 1: ") !=
          NULL);
    CHECK_EQ(out.id, 0);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    d3d_finish(&d);
}
