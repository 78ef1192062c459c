/* SPDX-License-Identifier: MIT */
/* The driver's names: what is not D3D11's goes on as the program wrote it. */
#include "rig_real.h"

TEST(memory_of_other_types_is_the_drivers_untouched)
{
    static const unsigned types[] = {1, 2, 3, 4, 5, 8, 9, 0, 99};
    memory_desc desc;
    memset(&desc, 0xa5, sizeof(desc));
    desc.handle.fd = -1;
    rig_recorder();
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        CUexternalMemory made = NULL;
        desc.type = (CUexternalMemoryHandleType)types[i];
        CHECK_EQ(cuImportExternalMemory(&made, &desc), CUDA_SUCCESS);
        CHECK(recorder_last()->args[1] == &desc);
        CHECK_MEM(recorder_last()->desc, &desc, sizeof(desc));
        CHECK_EQ(recorder_calls("cuImportExternalMemory"), i + 1);
    }
}

TEST(errors_are_the_drivers)
{
    CUexternalMemory made = NULL;
    memory_desc desc = memory_by(CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_HEAP, (HANDLE)1, NULL, 1);
    rig_recorder();
    recorder_answer(801);
    CHECK_EQ(cuImportExternalMemory(&made, &desc), 801);
    recorder_answer(999);
    CHECK_EQ(cuDestroyExternalMemory(FOREIGN), 999);
    recorder_answer(0);
    CHECK(made == NULL);
}

TEST(arrays_of_foreign_semaphores_are_the_drivers_untouched)
{
    signal_params signal[2];
    wait_params wait[2];
    CUexternalSemaphore all[2];
    memset(signal, 0x22, sizeof(signal));
    memset(wait, 0x33, sizeof(wait));
    rig_recorder();
    all[0] = foreign_semaphore();
    all[1] = foreign_semaphore();
    CHECK_EQ(cuSignalExternalSemaphoresAsync(all, signal, 2, (CUstream)0x55), CUDA_SUCCESS);
    CHECK(recorder_last()->args[0] == all && recorder_last()->args[1] == signal);
    CHECK(recorder_last()->args[2] == (void *)2 && recorder_last()->args[3] == (void *)0x55);
    CHECK_MEM(recorder_last()->desc, signal, sizeof(signal));
    CHECK_EQ(cuWaitExternalSemaphoresAsync(all, wait, 2, NULL), CUDA_SUCCESS);
    CHECK(recorder_last()->args[0] == all && recorder_last()->args[1] == wait);
    CHECK(recorder_last()->args[3] == NULL);
    CHECK_EQ(cuDestroyExternalSemaphore(all[0]), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(all[1]), CUDA_SUCCESS);
    CHECK_EQ(recorder_calls("cuDestroyExternalSemaphore"), 2);
}

/* What the header reaches by macros only. */
CUresult cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *all,
                                              const signal_params *params, unsigned int n,
                                              CUstream stream);
CUresult cuWaitExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *all,
                                            const wait_params *params, unsigned int n,
                                            CUstream stream);

TEST(stream_0_of_the_ptsz_names_is_the_threads_own)
{
    signal_params signal;
    wait_params wait;
    CUexternalSemaphore semaphore;
    memset(&signal, 0, sizeof(signal));
    memset(&wait, 0, sizeof(wait));
    rig_recorder();
    semaphore = foreign_semaphore();
    CHECK_EQ(cuSignalExternalSemaphoresAsync_ptsz(&semaphore, &signal, 1, NULL), CUDA_SUCCESS);
    CHECK(recorder_last()->args[3] == (void *)2);
    CHECK_EQ(cuWaitExternalSemaphoresAsync_ptsz(&semaphore, &wait, 1, NULL), CUDA_SUCCESS);
    CHECK(recorder_last()->args[3] == (void *)2);
    CHECK_EQ(cuWaitExternalSemaphoresAsync_ptsz(&semaphore, &wait, 1, (CUstream)0x77),
             CUDA_SUCCESS);
    CHECK(recorder_last()->args[3] == (void *)0x77);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
}

TEST(the_luid_is_that_of_d3d11s_adapter)
{
    static const unsigned char another[16] = {1, 2, 3};
    char luid[8] = {0};
    unsigned mask = 0;
    rig_recorder();
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), CUDA_SUCCESS);
    CHECK_MEM(luid, rig_device()->luid, 8);
    CHECK_EQ(mask, 1);
    NO_CALL();
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 1), 101);
    recorder_uuid(another);
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), 801);
    CHECK_EQ(recorder_calls("cuDeviceGetLuid"), 1);
}
