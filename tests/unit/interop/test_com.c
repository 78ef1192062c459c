/* SPDX-License-Identifier: MIT */
/* What D3D11's objects say of themselves, and pointers that are something else. */
#include "rig.h"

#include "interop/com.h"

TEST(describes_each_dimension)
{
    struct d3d d = d3d_new();
    ID3D11Resource *all[4] = {
        d3d_buffer(&d, 512, MISC_KMT),
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8_UINT, 31, 0, 0, 2, 3, 0}, MISC_NT),
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8_UINT, 31, 7, 0, 2, 3, 0},
                    MISC_MUTEX_NT),
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8_UINT, 31, 7, 5, 2, 0, 0}, MISC_KMT),
    };
    for (unsigned i = 0; i < 4; i++) {
        struct ist_resource_desc desc = rig_describe(all[i]);
        CHECK_EQ(desc.struct_size, sizeof(desc));
        CHECK_EQ(desc.dimension, i + 1);
        CHECK_EQ(desc.width, i ? 31 : 512);
        CHECK_EQ(desc.height, i > 1 ? 7 : 0);
        CHECK_EQ(desc.depth, i == 3 ? 5 : 0);
        CHECK_EQ(desc.levels, i ? 2 : 0);
        CHECK_EQ(desc.slices, i == 1 || i == 2 ? 3 : 0);
        CHECK_EQ(desc.format, i ? DXGI_FORMAT_R8_UINT : 0);
        CHECK_EQ(desc.bind_flags, D3D11_BIND_SHADER_RESOURCE);
        CHECK_EQ(desc.has_luid, 1);
        CHECK_EQ(ID3D11Resource_Release(all[i]), 0);
    }
    d3d_finish(&d);
}

TEST(handles_and_numbers_come_from_the_right_family)
{
    struct d3d d = d3d_new();
    ID3D11Resource *nt = d3d_buffer(&d, 64, MISC_NT), *kmt = d3d_buffer(&d, 64, MISC_KMT);
    HANDLE handle = NULL;
    CHECK_EQ(com_resource_handle(nt, NULL, &handle), IST_OK);
    CHECK(CloseHandle(handle));
    CHECK_EQ(com_resource_handle(kmt, NULL, &handle), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "CreateSharedHandle() answered 0x80070057: ") != NULL);
    CHECK_EQ(com_resource_number(nt, &handle), IST_BAD_ARG);
    CHECK_EQ(com_resource_number(kmt, &handle), IST_OK);
    CHECK_EQ((uintptr_t)handle % 4, 2);
    ID3D11Resource_Release(nt);
    ID3D11Resource_Release(kmt);
    d3d_finish(&d);
}

TEST(pointers_of_another_kind_are_told_apart)
{
    struct d3d d = d3d_new();
    struct ist_resource_desc desc;
    CHECK_EQ(com_describe((ID3D11Resource *)d.device, &desc), IST_NO_INTERFACE);
    CHECK(strstr(ist_explain(), "is no ID3D11Resource") != NULL);
    CHECK_EQ(com_describe(NULL, &desc), IST_BAD_POINTER);
    d3d_finish(&d);
}
