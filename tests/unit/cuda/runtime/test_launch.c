/* SPDX-License-Identifier: MIT */
/* Kernel launches in all their forms: 801, the kernel's name in the reason, nothing run. */
#include "test.h"

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>

#include <string.h>

/* What nvcc's generated code calls; no header of ours declares it. */
extern void **__cudaRegisterFatBinary(void *fatCubin);
extern void __cudaRegisterFunction(void **handle, const char *hostFun, char *deviceFun,
                                   const char *deviceName, int limit, uint3 *tid, uint3 *bid,
                                   dim3 *bDim, dim3 *gDim, int *wSize);
extern unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared,
                                            cudaStream_t stream);
extern cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared,
                                              void *stream);
extern cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *func);
extern cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void **args,
                                      size_t shared, cudaStream_t stream);
extern cudaError_t cudaLaunchKernel_ptsz(const void *func, dim3 grid, dim3 block, void **args,
                                         size_t shared, cudaStream_t stream);

static char fatbin[16], stub;

void test_warm_up(void)
{
    void **module = __cudaRegisterFatBinary(fatbin);
    __cudaRegisterFunction(module, &stub, NULL, "_Z7add_onePii", -1, NULL, NULL, NULL, NULL,
                           NULL);
}

static const dim3 one = {1, 1, 1};

TEST(a_launch_is_refused_by_the_kernels_name)
{
    cudaLaunchConfig_t config;
    memset(&config, 0, sizeof(config));
    cudaGetLastError();
    CHECK_EQ(cudaLaunchKernel(&stub, one, one, NULL, 0, 0), cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "add_one (_Z7add_onePii)") != NULL);
    CHECK(strstr(ist_explain(), "cudaLaunchHostFunc") != NULL);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotSupported);
    CHECK_EQ(cudaGetLastError(), cudaSuccess);

    CHECK_EQ(cudaLaunchKernel_ptsz(&stub, one, one, NULL, 0, 0), cudaErrorNotSupported);
    CHECK_EQ(cudaLaunchKernelExC(&config, &stub, NULL), cudaErrorNotSupported);
    CHECK_EQ(cudaLaunchCooperativeKernel(&stub, one, one, NULL, 0, 0), cudaErrorNotSupported);
}

TEST(the_generated_way_ends_in_the_same_refusal)
{
    cudaKernel_t kernel = NULL;
    CHECK_EQ(__cudaGetKernel(&kernel, &stub), cudaSuccess);
    CHECK(kernel != NULL);
    cudaGetLastError();
    CHECK_EQ(__cudaLaunchKernel(kernel, one, one, NULL, 0, 0), cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "add_one") != NULL);
    CHECK_EQ(cudaGetLastError(), cudaErrorNotSupported);
}

TEST(an_unregistered_function_is_no_kernel)
{
    static struct cudaFuncAttributes attr;
    CHECK_EQ(cudaLaunchKernel(&attr, one, one, NULL, 0, 0), cudaErrorInvalidDeviceFunction);
    CHECK_EQ(cudaLaunchKernel(NULL, one, one, NULL, 0, 0), cudaErrorInvalidDeviceFunction);
    CHECK_EQ(cudaFuncGetAttributes(&attr, NULL), cudaErrorInvalidDeviceFunction);
}

TEST(questions_about_a_kernel_are_refused)
{
    struct cudaFuncAttributes attr, before;
    memset(&attr, 0x5a, sizeof(attr));
    before = attr;
    CHECK_EQ(cudaFuncGetAttributes(&attr, &stub), cudaErrorNotSupported);
    CHECK_MEM(&attr, &before, sizeof(attr));
    CHECK_EQ(cudaFuncSetCacheConfig(&stub, cudaFuncCachePreferL1), cudaErrorNotSupported);
    CHECK_EQ(cudaFuncSetAttribute(&stub, cudaFuncAttributeMaxDynamicSharedMemorySize, 1),
             cudaErrorNotSupported);
}

TEST(configurations_nest_and_end)
{
    dim3 grid = {2, 3, 4}, block = {5, 6, 7}, g, b;
    size_t shared = 0;
    cudaStream_t stream = NULL;
    CHECK_EQ(__cudaPushCallConfiguration(grid, block, 11, cudaStreamPerThread), 0);
    CHECK_EQ(__cudaPushCallConfiguration(block, grid, 12, NULL), 0);
    CHECK_EQ(__cudaPopCallConfiguration(&g, &b, &shared, &stream), cudaSuccess);
    CHECK_EQ(g.x, 5);
    CHECK_EQ(shared, 12);
    CHECK_EQ(__cudaPopCallConfiguration(&g, &b, &shared, &stream), cudaSuccess);
    CHECK_EQ(g.z, 4);
    CHECK_EQ(b.z, 7);
    CHECK_PTR_EQ(stream, cudaStreamPerThread);
    CHECK_EQ(__cudaPopCallConfiguration(&g, &b, &shared, &stream),
             cudaErrorMissingConfiguration);
}

TEST(too_many_configurations_are_refused)
{
    dim3 g, b;
    size_t shared;
    cudaStream_t stream;
    for (int i = 0; i < 8; i++)
        CHECK_EQ(__cudaPushCallConfiguration(one, one, 0, NULL), 0);
    CHECK_EQ(__cudaPushCallConfiguration(one, one, 0, NULL), 1);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(__cudaPopCallConfiguration(&g, &b, &shared, &stream), cudaSuccess);
}
