/* SPDX-License-Identifier: MIT */
/*
 * Problems that users of D3D11 and CUDA reported, made again; docs/user-problems.md lists them.
 * Each test makes the mistake; EXPLAINED() then wants the code and, in what ist_explain() says,
 * the words that would have spared them the search. The number in a test's name is the list's.
 */
#ifndef TESTS_PROBLEMS_PROBLEM_H
#define TESTS_PROBLEMS_PROBLEM_H

#include "unit/cuda/d3d_rig.h"

/* What a process makes once and keeps: the session, and its line to the broker. */
void test_warm_up(void)
{
    struct d3d d = d3d_new();
    ID3D11Resource *nt = d3d_buffer(&d, 64, MISC_NT), *kmt = d3d_buffer(&d, 64, MISC_KMT);
    CHECK(CloseHandle(d3d_nt(nt, L"isthmus problem warm-up")));
    CHECK(d3d_kmt(kmt) != NULL);
    ID3D11Resource_Release(nt);
    ID3D11Resource_Release(kmt);
    d3d_finish(&d);
}

/* On a GPU other types go to NVIDIA's driver untouched: its codes, and no reason of ours. */
#define NEEDS_STANDIN()      \
    if (gpu_device_wanted()) \
    SKIP("types that are not D3D11's are NVIDIA's driver's to answer")

/* Core's answer(), which keeps a reason without logging it. */
int core_answer(int status, const char *format, ...) __asm__("ist_private_answer");

/* The reason is blanked first: an old one must not do for a call that gives none. */
#define EXPLAINED(call, code, ...)                                       \
    do {                                                                 \
        (void)core_answer(0, "%s", "");                                  \
        problem_explained(TEST_HERE, (uint32_t)(call), (uint32_t)(code), \
                          (const char *[]){__VA_ARGS__, NULL});          \
    } while (0)

static inline void problem_explained(struct test_where at, uint32_t found, uint32_t code,
                                     const char *const *words)
{
    test_check_eq(at, "the code", found, code, 4);
    for (; *words; words++)
        if (!strstr(ist_explain(), *words))
            test_fail(at, "\"%s\" does not say \"%s\"", ist_explain(), *words);
}

static inline CUresult import_as(unsigned type, HANDLE handle, unsigned long long size)
{
    CUexternalMemory memory = NULL;
    memory_desc desc = memory_by(type, handle, NULL, size);
    CUresult code = cuImportExternalMemory(&memory, &desc);
    if (code == CUDA_SUCCESS)
        cuDestroyExternalMemory(memory);
    return code;
}

static inline CUresult import_semaphore_as(unsigned type, HANDLE handle)
{
    CUexternalSemaphore semaphore = NULL;
    semaphore_desc desc = semaphore_by(type, handle, NULL);
    CUresult code = cuImportExternalSemaphore(&semaphore, &desc);
    if (code == CUDA_SUCCESS)
        cuDestroyExternalSemaphore(semaphore);
    return code;
}

#define RGBA(w, h) ((struct texture){DXGI_FORMAT_R8G8B8A8_UNORM, w, h, 0, 1, 1, 0})

#endif
