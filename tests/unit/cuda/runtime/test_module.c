/* SPDX-License-Identifier: MIT */
/* What nvcc's generated code registers: found by the launches, forgotten with its module. */
#include "test.h"

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>

#include <string.h>

/* What nvcc's generated code calls; no header of ours declares it. */
extern void **__cudaRegisterFatBinary(void *fatCubin);
extern void __cudaRegisterFatBinaryEnd(void **handle);
extern void __cudaUnregisterFatBinary(void **handle);
extern char __cudaInitModule(void **handle);
extern void __cudaRegisterFunction(void **handle, const char *hostFun, char *deviceFun,
                                   const char *deviceName, int limit, uint3 *tid, uint3 *bid,
                                   dim3 *bDim, dim3 *gDim, int *wSize);
extern void __cudaRegisterManagedVar(void **handle, void **host, char *device, const char *name,
                                     int ext, size_t size, int constant, int global);

static char fatbin[16], first_kernel, second_kernel;

static void add(void **module, const char *stub, const char *name)
{
    __cudaRegisterFunction(module, stub, NULL, name, -1, NULL, NULL, NULL, NULL, NULL);
}

static cudaError_t launch(const void *stub)
{
    dim3 one = {1, 1, 1};
    return cudaLaunchKernel(stub, one, one, NULL, 0, 0);
}

TEST(modules_come_and_go_alone)
{
    void **first = __cudaRegisterFatBinary(fatbin);
    void **second = __cudaRegisterFatBinary(fatbin);
    add(first, &first_kernel, "_Z5firstv");
    add(second, &second_kernel, "_Z6secondv");
    __cudaRegisterFatBinaryEnd(first);
    __cudaRegisterFatBinaryEnd(second);
    CHECK_EQ(__cudaInitModule(first), 1);

    CHECK_EQ(launch(&first_kernel), cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "first (_Z5firstv)") != NULL);
    CHECK_EQ(launch(&second_kernel), cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "second (_Z6secondv)") != NULL);

    __cudaUnregisterFatBinary(first);
    CHECK_EQ(launch(&first_kernel), cudaErrorInvalidDeviceFunction);
    CHECK_EQ(launch(&second_kernel), cudaErrorNotSupported);
    __cudaUnregisterFatBinary(first); /* no longer known: nothing happens */
    __cudaUnregisterFatBinary(second);
    CHECK_EQ(launch(&second_kernel), cudaErrorInvalidDeviceFunction);
}

TEST(names_that_are_not_simple_are_told_as_they_are)
{
    static const char *const names[] = {"_ZN2ns4testEv", "plain", "_Z999x", "_Z", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        void **module = __cudaRegisterFatBinary(fatbin);
        add(module, &first_kernel, names[i]);
        CHECK_EQ(launch(&first_kernel), cudaErrorNotSupported);
        CHECK(strstr(ist_explain(), names[i]) != NULL);
        __cudaUnregisterFatBinary(module);
    }
}

TEST(a_managed_variable_is_zeroed_memory)
{
    void **module = __cudaRegisterFatBinary(fatbin);
    void *memory = NULL;
    char zero[1000] = {0};
    __cudaRegisterManagedVar(module, &memory, NULL, "shared", 0, sizeof(zero), 0, 0);
    CHECK(memory != NULL);
    CHECK_MEM(memory, zero, sizeof(zero));
    memset(memory, 1, sizeof(zero));
    __cudaUnregisterFatBinary(module);
}

TEST(no_module_is_no_crash)
{
    add(NULL, &first_kernel, "_Z5firstv");
    CHECK_EQ(launch(&first_kernel), cudaErrorInvalidDeviceFunction);
    __cudaUnregisterFatBinary(NULL);
}
