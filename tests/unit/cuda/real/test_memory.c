/* SPDX-License-Identifier: MIT */
/* Imports of D3D11 resources over NVIDIA's driver: what gets there, and what does not. */
#include "rig_real.h"

TEST(the_driver_imports_all_of_the_memory_as_an_fd_of_its_own)
{
    struct imported made = imported_buffer();
    memory_desc seen;
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(recorder_calls("cuImportExternalMemory"), 1);
    CHECK_EQ(seen.type, CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD);
    CHECK(seen.size >= SIZE && seen.size % 4096 == 0);
    CHECK_EQ(seen.flags, 0);
    CHECK(recorder_imported_inode() != 0);
    imported_end(&made);
}

TEST(the_import_owns_the_resource_until_it_ends)
{
    struct imported made = imported_buffer();
    CHECK_EQ(ID3D11Resource_Release(made.resource), 0);
    d3d_finish(&made.d);
    CHECK_EQ(core_live_count(), 1);
    CHECK_EQ(cuDestroyExternalMemory(made.memory), CUDA_SUCCESS);
    CHECK_EQ(core_live_count(), 0);
}

TEST(a_kmt_handle_and_a_name_get_there_too)
{
    struct d3d d = d3d_new();
    ID3D11Resource *kmt = d3d_buffer(&d, SIZE, MISC_KMT),
                   *named = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(named, L"real_memory");
    CUexternalMemory first, second;
    rig_recorder();
    rig_context();
    first = import_memory(TYPE_MEMORY_KMT, d3d_kmt(kmt), SIZE);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, NULL, L"real_memory", SIZE);
    CHECK_EQ(cuImportExternalMemory(&second, &desc), CUDA_SUCCESS);
    CHECK_EQ(recorder_calls("cuImportExternalMemory"), 2);
    CHECK_EQ(cuDestroyExternalMemory(first), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(second), CUDA_SUCCESS);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(kmt);
    ID3D11Resource_Release(named);
    d3d_finish(&d);
}

TEST(wrong_descriptors_never_reach_the_driver)
{
    CUexternalMemory memory = (CUexternalMemory)0x33;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, (HANDLE)0x44, NULL, SIZE);
    rig_recorder();
    rig_context();
    CHECK_EQ(cuImportExternalMemory(NULL, &desc), 1);
    CHECK_EQ(cuImportExternalMemory(&memory, NULL), 1);
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 400);
    desc.size = 0;
    REFUSED(cuImportExternalMemory(&memory, &desc), 1, "size");
    desc = memory_by(TYPE_MEMORY_NT, (HANDLE)0x44, NULL, SIZE);
    desc.flags = 2;
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 1);
    desc.flags = 0x80000001;
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 1);
    desc.flags = 0;
    REFUSED(cuImportExternalMemory(&memory, &desc), 1, "Dedicated");
    desc.flags = 1;
    desc.reserved[0] = 1;
    REFUSED(cuImportExternalMemory(&memory, &desc), 1, "reserved");
    desc = memory_by(TYPE_MEMORY_KMT, NULL, NULL, SIZE);
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), 1);
    CHECK(memory == (CUexternalMemory)0x33);
    NO_CALL();
}

TEST(a_size_beyond_the_resource_is_refused)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, 1ull << 62);
    rig_recorder();
    rig_context();
    REFUSED(cuImportExternalMemory(&memory, &desc), 1, "more than the resource has");
    NO_CALL();
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(what_the_driver_answers_is_answered)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    static const int codes[] = {2, 900, 719};
    rig_recorder();
    rig_context();
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        recorder_answer(codes[i]);
        CHECK_EQ(cuImportExternalMemory(&memory, &desc), codes[i]);
    }
    recorder_answer(0);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    CHECK_EQ(core_live_count(), 0);
    d3d_finish(&d);
}

TEST(a_buffer_is_mapped_by_the_driver)
{
    struct imported made = imported_buffer();
    CUdeviceptr pointer = 0;
    buffer_desc seen;
    CHECK_EQ(map_buffer(&pointer, made.memory, 4096, 8192), CUDA_SUCCESS);
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(pointer, 0x7000);
    CHECK_EQ(seen.offset, 4096);
    CHECK_EQ(seen.size, 8192);
    recorder_answer(2);
    CHECK_EQ(map_buffer(&pointer, made.memory, 0, SIZE), 2);
    recorder_answer(0);
    imported_end(&made);
}

TEST(wrong_buffers_never_reach_the_driver)
{
    struct imported made = imported_buffer();
    CUdeviceptr pointer = 1;
    buffer_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.size = 16;
    recorder_forget();
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(NULL, made.memory, &desc), 1);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&pointer, made.memory, NULL), 1);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&pointer, NULL, &desc), 1);
    CHECK_EQ(map_buffer(&pointer, made.memory, 0, 0), 1);
    CHECK_EQ(map_buffer(&pointer, made.memory, 1, 100), 1);
    CHECK_EQ(map_buffer(&pointer, made.memory, SIZE, 8), 1);
    CHECK_EQ(map_buffer(&pointer, made.memory, 8, SIZE), 1);
    CHECK_EQ(map_buffer(&pointer, made.memory, ~7ull, 16), 1);
    desc.flags = 1;
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&pointer, made.memory, &desc), 1);
    CHECK_EQ(pointer, 1);
    NO_CALL();
    imported_end(&made);
}

static const struct texture flat = {DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 0, 0, 0};

TEST(sides_that_a_texture_lacks_are_0_for_the_driver)
{
    struct imported made = imported_texture(flat);
    array_desc desc = array_of(64, 32, 1, 1), seen;
    CUmipmappedArray array = NULL;
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), CUDA_SUCCESS);
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK(array != NULL);
    CHECK_EQ(seen.arrayDesc.Depth, 0);
    CHECK_EQ(seen.arrayDesc.Width, 64);
    CHECK_EQ(seen.arrayDesc.Height, 32);
    CHECK_EQ(seen.arrayDesc.Format, CU_AD_FORMAT_UNSIGNED_INT8);
    CHECK_EQ(seen.numLevels, 1);
    CHECK_EQ(desc.arrayDesc.Depth, 1); /* the program's own is untouched */
    imported_end(&made);
}

TEST(one_layer_and_one_dimension_keep_their_meaning)
{
    struct imported made = imported_texture(flat);
    array_desc desc = array_of(64, 32, 1, 1), seen;
    CUmipmappedArray array;
    desc.arrayDesc.Flags = CUDA_ARRAY3D_LAYERED;
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), CUDA_SUCCESS);
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(seen.arrayDesc.Depth, 1);
    imported_end(&made);

    struct texture line = {DXGI_FORMAT_R8G8B8A8_UNORM, 64, 0, 0, 0, 0, 0};
    made = imported_texture(line);
    desc = array_of(64, 1, 0, 1);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), CUDA_SUCCESS);
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(seen.arrayDesc.Height, 0);
    imported_end(&made);
}

TEST(wrong_arrays_never_reach_the_driver)
{
    struct imported made = imported_texture(flat);
    CUmipmappedArray array = NULL;
    array_desc wrong[6], right = array_of(64, 32, 0, 1);
    for (size_t i = 0; i < 6; i++)
        wrong[i] = right;
    wrong[0].numLevels = 0;
    wrong[1].arrayDesc.Width = 0;
    wrong[2].arrayDesc.NumChannels = 3;
    wrong[3].arrayDesc.Flags = 0x1000;
    wrong[4].numLevels = 8;
    wrong[5].offset = 65536;
    recorder_forget();
    for (size_t i = 0; i < 6; i++)
        CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &wrong[i]), 1);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(NULL, made.memory, &right), 1);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, NULL), 1);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, NULL, &right), 1);
    CHECK(array == NULL);
    NO_CALL();
    imported_end(&made);
}

/* A GPU has an array for each plane; the second one's place is tested in test_memory_gpu.c. */
TEST(of_a_planar_texture_the_luma_plane_is_mapped)
{
    static const struct texture planar = {DXGI_FORMAT_NV12, 64, 32, 0, 0, 0, 0};
    struct imported made = imported_texture(planar);
    array_desc desc = array_of(64, 32, 0, 1);
    CUmipmappedArray array = NULL;
    desc.arrayDesc.NumChannels = 1;
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), CUDA_SUCCESS);
    recorder_forget();
    desc.arrayDesc.Height = 48;
    REFUSED(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), 801, "luma");
    desc = array_of(64, 32, 0, 1);
    desc.arrayDesc.Format = CU_AD_FORMAT_NV12;
    desc.arrayDesc.NumChannels = 3;
    REFUSED(cuExternalMemoryGetMappedMipmappedArray(&array, made.memory, &desc), 801, "luma");
    NO_CALL();
    imported_end(&made);
}

TEST(mappings_of_foreign_memory_are_the_drivers_but_for_0_levels)
{
    CUdeviceptr pointer;
    CUmipmappedArray array;
    buffer_desc buffer;
    array_desc desc;
    memset(&buffer, 0x11, sizeof(buffer));
    memset(&desc, 0x11, sizeof(desc));
    rig_recorder();
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&pointer, FOREIGN, &buffer), CUDA_SUCCESS);
    CHECK(recorder_last()->args[1] == FOREIGN && recorder_last()->args[2] == &buffer);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, FOREIGN, &desc), CUDA_SUCCESS);
    CHECK(recorder_last()->args[1] == FOREIGN && recorder_last()->args[2] == &desc);
    recorder_forget();
    desc.numLevels = 0;
    REFUSED(cuExternalMemoryGetMappedMipmappedArray(&array, FOREIGN, &desc), 1, "levels");
    CHECK_EQ(recorder_calls(NULL), 0);
}

TEST(destroying_nothing_is_refused_and_a_foreign_memory_is_the_drivers)
{
    rig_recorder();
    rig_context();
    CHECK_EQ(cuDestroyExternalMemory(NULL), 1);
    NO_CALL();
    recorder_answer(400);
    CHECK_EQ(cuDestroyExternalMemory((CUexternalMemory)0x1230), 400);
    CHECK_EQ(recorder_calls("cuDestroyExternalMemory"), 1);
    recorder_answer(0);
}
