/* SPDX-License-Identifier: MIT */
/* B.1 and B.2: the wrong family or type of handle, and the dedicated flag. */
#include "problem.h"

/* The producer has let go of its texture: its number names nothing any more. */
TEST(problem_1_kmt_import_fails_without_a_cause)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    HANDLE handle = d3d_kmt(texture);
    ID3D11Resource_Release(texture);
    EXPLAINED(import_as(TYPE_MEMORY_KMT, handle, 64 * 64 * 4), CUDA_ERROR_INVALID_HANDLE,
              "names no live object", "holds no reference");
    d3d_finish(&d);
}

/* The enumerations have equal numbers, so no compiler complains. */
TEST(problem_2_semaphore_type_for_memory)
{
    NEEDS_STANDIN();
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    EXPLAINED(import_as(TYPE_FENCE, handle, 4096), CUDA_ERROR_NOT_SUPPORTED, "D3D12Resource",
              "among semaphore types 5 is D3D11Fence", "use D3D11Resource");
    EXPLAINED(import_semaphore_as(TYPE_MEMORY_NT, handle), CUDA_ERROR_NOT_SUPPORTED,
              "NvSciSync", "among memory types 6 is D3D11Resource");
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* NT needs another way of creation, not only another type at the import. */
TEST(problem_3_only_the_type_was_changed)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    EXPLAINED(import_as(TYPE_MEMORY_NT, d3d_kmt(texture), 64 * 64 * 4),
              CUDA_ERROR_INVALID_HANDLE, "global (KMT) handle", "use D3D11ResourceKmt");
    ID3D11Resource_Release(texture);

    D3D11_TEXTURE2D_DESC desc = {64,
                                 64,
                                 1,
                                 1,
                                 DXGI_FORMAT_R8G8B8A8_UNORM,
                                 {1, 0},
                                 D3D11_USAGE_DEFAULT,
                                 D3D11_BIND_SHADER_RESOURCE,
                                 0,
                                 D3D11_RESOURCE_MISC_SHARED_NTHANDLE};
    ID3D11Texture2D *none = NULL;
    EXPLAINED(ID3D11Device_CreateTexture2D(d.device, &desc, NULL, &none), E_INVALIDARG,
              "SHARED_NTHANDLE alone", "SHARED 0x2 or SHARED_KEYEDMUTEX 0x100");
    d3d_finish(&d);
}

TEST(problem_4_kmt_handle_where_nt_was_expected)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    void *opened = NULL;
    EXPLAINED(ID3D11Device5_OpenSharedResource1(d.device5, d3d_kmt(texture),
                                                &IID_ID3D11Texture2D, &opened),
              E_INVALIDARG, "global (KMT) handle", "NT handle");
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(problem_5_shared_texture_cannot_be_opened)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    HANDLE handle = d3d_kmt(texture);
    void *opened = NULL;
    EXPLAINED(ID3D11Device_OpenSharedResource(d.device, handle, &IID_ID3D11Texture3D, &opened),
              E_NOINTERFACE, "no interface");
    ID3D11Resource_Release(texture);
    EXPLAINED(ID3D11Device_OpenSharedResource(d.device, handle, &IID_ID3D11Texture2D, &opened),
              E_INVALIDARG, "names no live object");
    d3d_finish(&d);
}

/* One union for two kinds of handles: the other member, or the other type. */
TEST(problem_6_fd_in_place_of_a_handle)
{
    NEEDS_STANDIN();
    memory_desc desc = memory_by(TYPE_MEMORY_NT, NULL, NULL, 4096);
    CUexternalMemory memory = NULL;
    desc.handle.fd = 5;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_INVALID_HANDLE, "handle 0x5 ",
              "neither an NT handle nor a global (KMT) handle");
    desc.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_NOT_SUPPORTED, "OpaqueFd",
              "use D3D11Resource");
}

TEST(problem_7_opaque_win32_type_with_a_d3d11_handle)
{
    NEEDS_STANDIN();
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    EXPLAINED(import_as(CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32, handle, 4096),
              CUDA_ERROR_NOT_SUPPORTED, "OpaqueWin32,", "use D3D11Resource");
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* The handle was closed by the code of the other family, before it was imported. */
TEST(problem_8_handle_closed_before_its_use)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    void *opened = NULL;
    CHECK(CloseHandle(handle));
    EXPLAINED(import_as(TYPE_MEMORY_NT, handle, 4096), CUDA_ERROR_INVALID_HANDLE,
              "closed before");
    EXPLAINED(ID3D11Device5_OpenSharedResource1(d.device5, handle, &IID_ID3D11Buffer, &opened),
              E_INVALIDARG, "closed before");
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* D3D11's part of it: a resource has one family, from its creation on. */
TEST(problem_9_the_other_family_cannot_be_had_later)
{
    struct d3d d = d3d_new();
    ID3D11Resource *kmt = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    ID3D11Resource *nt = d3d_texture(&d, RGBA(64, 64), MISC_NT);
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(kmt, &IID_IDXGIResource1, (void **)&dxgi), S_OK);
    EXPLAINED(IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &handle),
              E_INVALIDARG, "lack SHARED_NTHANDLE 0x800");
    IDXGIResource1_Release(dxgi);
    CHECK_EQ(ID3D11Resource_QueryInterface(nt, &IID_IDXGIResource1, (void **)&dxgi), S_OK);
    EXPLAINED(IDXGIResource1_GetSharedHandle(dxgi, &handle), E_INVALIDARG, "SHARED_NTHANDLE",
              "CreateSharedHandle is right");
    IDXGIResource1_Release(dxgi);
    ID3D11Resource_Release(kmt);
    ID3D11Resource_Release(nt);
    d3d_finish(&d);
}

/* Two mistakes in six lines: each is told when its turn comes. */
TEST(problem_11_tutorial_with_kmt_handle_and_nt_type_not_dedicated)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, d3d_kmt(texture), NULL, 64 * 64 * 4);
    CUexternalMemory memory = NULL;
    desc.flags = 0;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_INVALID_VALUE,
              "flags 0x0 lack cudaExternalMemoryDedicated (1)");
    desc.flags = CUDA_EXTERNAL_MEMORY_DEDICATED;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_INVALID_HANDLE,
              "takes an NT handle from CreateSharedHandle", "use D3D11ResourceKmt");
    desc.type = TYPE_MEMORY_KMT;
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(problem_12_kmt_handle_imported_as_nt_keyed_mutex)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_MUTEX_KMT);
    EXPLAINED(import_semaphore_as(TYPE_MUTEX, d3d_kmt(texture)), CUDA_ERROR_INVALID_HANDLE,
              "type KeyedMutex takes an NT handle", "use KeyedMutexKmt");
    EXPLAINED(import_semaphore_as(TYPE_FENCE, d3d_kmt(texture)), CUDA_ERROR_INVALID_HANDLE,
              "type D3D11Fence", "imported as KeyedMutexKmt");
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

/* The guide's keyed-mutex sample: harmless on Windows, and here. */
TEST(problem_13_close_of_a_kmt_handle)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_MUTEX_KMT);
    HANDLE handle = d3d_kmt(texture);
    SetLastError(0);
    EXPLAINED(CloseHandle(handle), FALSE, "global (KMT) handle", "never closed");
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_EQ(import_semaphore_as(TYPE_MUTEX_KMT, handle), CUDA_SUCCESS);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

/* Which bits make a KMT handle is documented nowhere; the explanation says it. */
TEST(problem_14_a_number_that_is_no_kmt_handle)
{
    struct d3d d = d3d_new();
    void *opened = NULL;
    EXPLAINED(ID3D11Device_OpenSharedResource(d.device, (HANDLE)(uintptr_t)0x1234,
                                              &IID_ID3D11Resource, &opened),
              E_INVALIDARG, "0x1234", "bit 30 or 31 set and low bits 0x2");
    d3d_finish(&d);
}

TEST(problem_15_dedicated_flag_absent)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, 4096);
    CUexternalMemory memory = NULL;
    desc.flags = 0;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_INVALID_VALUE, "flags 0x0",
              "cudaExternalMemoryDedicated (1)", "D3D11Resource");
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* A piece of a pool elsewhere; in D3D11 each resource is dedicated and begins at 0. */
TEST(problem_16_offset_into_a_pool)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_KMT, d3d_kmt(texture), 64 * 64 * 4);
    CUmipmappedArray array = NULL;
    array_desc desc = {.offset = 65536, .numLevels = 1};
    desc.arrayDesc = (CUDA_ARRAY3D_DESCRIPTOR){.Width = 64,
                                               .Height = 64,
                                               .Format = CU_AD_FORMAT_UNSIGNED_INT8,
                                               .NumChannels = 4};
    EXPLAINED(cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc),
              CUDA_ERROR_INVALID_VALUE, "offset 65536", "dedicated resource starts at 0");
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}
