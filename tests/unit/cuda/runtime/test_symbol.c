/* SPDX-License-Identifier: MIT */
/* Device variables are refused by name, whichever way they are reached. */
#include "test.h"

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>

#include <string.h>

extern void **__cudaRegisterFatBinary(void *fatCubin);
extern void __cudaRegisterVar(void **handle, char *hostVar, char *deviceAddress,
                              const char *deviceName, int ext, size_t size, int constant,
                              int global);
extern cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *src, size_t count,
                                      size_t offset, enum cudaMemcpyKind kind);
extern cudaError_t cudaMemcpyFromSymbolAsync(void *dst, const void *symbol, size_t count,
                                             size_t offset, enum cudaMemcpyKind kind,
                                             cudaStream_t stream);
extern cudaError_t cudaGetSymbolAddress(void **devPtr, const void *symbol);
extern cudaError_t cudaGetSymbolSize(size_t *size, const void *symbol);

static char fatbin[16];
static int variable, stranger;

void test_warm_up(void)
{
    void **module = __cudaRegisterFatBinary(fatbin);
    __cudaRegisterVar(module, (char *)&variable, NULL, "weights", 0, sizeof(variable), 0, 0);
}

TEST(a_device_variable_is_refused_by_name)
{
    int value = 1;
    void *address = &value;
    size_t size = 77;
    CHECK_EQ(cudaMemcpyToSymbol(&variable, &value, sizeof(value), 0, cudaMemcpyHostToDevice),
             cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "weights") != NULL);
    CHECK_EQ(cudaMemcpyFromSymbolAsync(&value, &variable, sizeof(value), 0,
                                       cudaMemcpyDeviceToHost, 0),
             cudaErrorNotSupported);
    CHECK(strstr(ist_explain(), "cudaMemcpyFromSymbolAsync") != NULL);
    CHECK_EQ(cudaGetSymbolAddress(&address, &variable), cudaErrorNotSupported);
    CHECK_EQ(cudaGetSymbolSize(&size, &variable), cudaErrorNotSupported);
    CHECK_EQ(value, 1);
    CHECK_PTR_EQ(address, &value);
    CHECK_EQ(size, 77);
}

TEST(any_other_address_is_no_symbol)
{
    size_t size = 77;
    CHECK_EQ(cudaMemcpyToSymbol(&stranger, &size, 1, 0, cudaMemcpyHostToDevice),
             cudaErrorInvalidSymbol);
    CHECK_EQ(cudaGetSymbolSize(&size, NULL), cudaErrorInvalidSymbol);
}
