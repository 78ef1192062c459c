/* SPDX-License-Identifier: MIT */
/* Which context a call is about, and which GPU. */
#include "rig_real.h"

TEST(without_a_context_the_drivers_names_answer_201_and_the_runtimes_get_one)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    struct cudaExternalMemoryHandleDesc same = {
        .type = cudaExternalMemoryHandleTypeD3D11Resource,
        .size = SIZE,
        .flags = cudaExternalMemoryDedicated,
    };
    same.handle.win32.handle = handle;
    rig_recorder();
    REFUSED(cuImportExternalMemory(&memory, &desc), 201, "context");
    NO_CALL();
    OK(cudaImportExternalMemory((cudaExternalMemory_t *)&memory, &same));
    CHECK_EQ(recorder_calls("cuCtxSetCurrent"), 1);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(the_wrong_gpu_is_refused_with_both_names)
{
    static const unsigned char another[16] = {1, 2, 3};
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, SIZE);
    rig_recorder();
    recorder_reset(); /* another context, so nothing is remembered */
    recorder_uuid(another);
    rig_context();
    REFUSED(cuImportExternalMemory(&memory, &desc), 101, "Isthmus CPU device");
    CHECK(strstr(ist_explain(), "Recorder") != NULL);
    NO_CALL();
    recorder_reset();
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
