/* SPDX-License-Identifier: MIT */
/* B.4 and B.5: who closes what, who holds what, and for how long. */
#include "problem.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>

/* What the report of live objects says now; the caller frees it. */
static char *live_report(size_t *count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    *count = ist_report_live_objects(file);
    fclose(file);
    return text;
}

/* CUDA does not take an fd that it refuses, whatever NVIDIA's driver does with it. */
TEST(problem_40_a_failed_import_leaves_the_fd_alone)
{
    NEEDS_STANDIN();
    memory_desc desc = memory_by(CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD, NULL, NULL, 4096);
    CUexternalMemory memory = NULL;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    desc.handle.fd = fd;
    EXPLAINED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_NOT_SUPPORTED, "OpaqueFd");
    CHECK(fcntl(fd, F_GETFD) >= 0);
    CHECK_EQ(close(fd), 0);
}

/* NT handles stay the program's: closed once by it, and a second time is told. */
TEST(problem_31_handle_closed_twice)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, 4096);
    CHECK(CloseHandle(handle));
    SetLastError(0);
    EXPLAINED(CloseHandle(handle), FALSE, "not open", "closed before");
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    if (!gpu_device_wanted()) /* there it is the driver's handle, and a dead one its to judge */
        EXPLAINED(cuDestroyExternalMemory(memory), CUDA_ERROR_INVALID_HANDLE,
                  "destroyed before");
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* Everything that can be refused is checked for leaks by the matrix (tests/wrong). */
TEST(problem_33_a_rejected_import_leaks)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    size_t before = test_live_objects();
    for (unsigned i = 0; i < 100; i++)
        EXPLAINED(import_as(TYPE_MEMORY_NT, handle, 1 << 20), CUDA_ERROR_INVALID_VALUE,
                  "size 1048576");
    CHECK_EQ(test_live_objects(), before);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
}

TEST(problem_34_a_handle_that_is_returned_is_open)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE first = d3d_nt(buffer, L"isthmus problem 34"), second = NULL;
    IDXGIResource1 *dxgi = NULL;
    DWORD flags = 1;
    CHECK_EQ(ID3D11Resource_QueryInterface(buffer, &IID_IDXGIResource1, (void **)&dxgi), S_OK);
    EXPLAINED(IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, L"isthmus problem 34",
                                                &second),
              DXGI_ERROR_NAME_ALREADY_EXISTS, "isthmus problem 34", "alive");
    CHECK(second == NULL);
    CHECK(GetHandleInformation(first, &flags));
    CHECK_EQ(flags, 0);
    IDXGIResource1_Release(dxgi);
    CHECK(CloseHandle(first));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* What a report lists already: a GPU's device has objects of its own. */
static size_t reported(void)
{
    size_t count = 0;
    free(live_report(&count));
    return count;
}

/* An interface that was queried and never released: the report names who holds. */
TEST(problem_35_reference_from_query_interface)
{
    struct d3d d = d3d_new();
    size_t held = reported();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    IDXGIResource *forgotten = NULL;
    size_t count = 0;
    CHECK_EQ(ID3D11Resource_QueryInterface(texture, &IID_IDXGIResource, (void **)&forgotten),
             S_OK);
    CHECK_EQ(ID3D11Resource_Release(texture), 1);
    char *report = live_report(&count);
    bool named = strstr(report, "R8G8B8A8_UNORM") && strstr(report, "COM");
    free(report);
    CHECK_EQ(count, held + 1);
    CHECK(named);
    CHECK_EQ(IDXGIResource_Release(forgotten), 0);
    d3d_finish(&d);
}

/* Opened anew for each frame: one object, and as many holders as frames. */
TEST(problem_36_opened_anew_each_frame)
{
    enum { FRAMES = 5 };
    struct d3d d = d3d_new();
    size_t held = reported();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT), *opened[FRAMES];
    size_t count = 0;
    for (unsigned i = 0; i < FRAMES; i++)
        CHECK_EQ(ID3D11Device_OpenSharedResource(d.device, d3d_kmt(texture),
                                                 &IID_ID3D11Texture2D, (void **)&opened[i]),
                 S_OK);
    char *report = live_report(&count);
    bool named = strstr(report, "6 COM") != NULL;
    free(report);
    for (unsigned i = 0; i < FRAMES; i++)
        CHECK_EQ(ID3D11Resource_Release(opened[i]), 0);
    ID3D11Resource_Release(texture);
    CHECK_EQ(count, held + 1);
    CHECK(named);
    d3d_finish(&d);
}

TEST(problem_39_second_import_of_one_handle)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory first = import_memory(TYPE_MEMORY_NT, handle, 4096);
    CUexternalMemory second = import_memory(TYPE_MEMORY_NT, handle, 4096);
    CUdeviceptr a = 0, b = 0;
    CHECK_EQ(map_buffer(&a, first, 0, 4096), CUDA_SUCCESS);
    CHECK_EQ(map_buffer(&b, second, 0, 4096), CUDA_SUCCESS);
    unsigned char found = 0; /* by copies: a GPU's memory is not the host's */
    OK(cudaMemset((void *)(uintptr_t)(a + 17), 0x5a, 1));
    OK(cudaMemcpy(&found, (void *)(uintptr_t)(b + 17), 1, cudaMemcpyDeviceToHost));
    CHECK_EQ(found, 0x5a);
    CHECK_EQ(cuMemFree(a), CUDA_SUCCESS);
    CHECK_EQ(cuMemFree(b), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(first), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(second), CUDA_SUCCESS);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* An engine made the texture, without a sharing flag. */
TEST(problem_46_texture_that_was_not_created_for_sharing)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), 0);
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = &d;
    CHECK_EQ(ID3D11Resource_QueryInterface(texture, &IID_IDXGIResource1, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIResource1_GetSharedHandle(dxgi, &handle), S_OK); /* as Windows answers */
    CHECK(handle == NULL);
    EXPLAINED(import_as(TYPE_MEMORY_KMT, handle, 64 * 64 * 4), CUDA_ERROR_INVALID_VALUE,
              "handle and name are NULL");
    EXPLAINED(IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, NULL, &handle),
              E_INVALIDARG, "MiscFlags 0x0 lack SHARED_NTHANDLE");
    IDXGIResource1_Release(dxgi);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

/* A cache by KMT value would find another texture, if values came again soon. */
TEST(problem_48_kmt_value_kept_for_ever)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
    HANDLE cached = d3d_kmt(texture);
    ID3D11Resource_Release(texture);
    void *opened = NULL;
    for (unsigned i = 0; i < 100; i++) {
        texture = d3d_texture(&d, RGBA(64, 64), MISC_KMT);
        CHECK(d3d_kmt(texture) != cached);
        ID3D11Resource_Release(texture);
    }
    EXPLAINED(ID3D11Device_OpenSharedResource(d.device, cached, &IID_ID3D11Texture2D, &opened),
              E_INVALIDARG, "names no live object", "holds no reference");
    d3d_finish(&d);
}
