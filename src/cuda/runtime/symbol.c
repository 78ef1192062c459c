/* SPDX-License-Identifier: MIT */
/*
 * Variables of device code (__device__, __constant__). They have no memory here, since no
 * device code runs that could use them; every access is refused with the variable's name.
 */
#include "cuda/runtime/module.h"

/* `symbol` is the host's stand-in for the variable, as nvcc's code passes it. */
static cudaError_t refuse_symbol(const char *call, const void *symbol)
{
    const char *name = module_name(symbol);
    if (!name) {
        refuse(IST_BAD_HANDLE, "%s: %p is no device variable of this program", call, symbol);
        return rt_done(cudaErrorInvalidSymbol);
    }
    return rt_refuse(IST_NOT_SUPPORTED,
                     "%s: device variable %s has no memory: this runtime executes no device "
                     "code that could use it; pass the data in memory of cudaMalloc",
                     call, name);
}

/* Only nvcc's programs call these, with NVIDIA's header; ours has no need of them. */
RT_EXPORT cudaError_t cudaGetSymbolAddress(void **devPtr, const void *symbol);
RT_EXPORT cudaError_t cudaGetSymbolSize(size_t *size, const void *symbol);

cudaError_t cudaGetSymbolAddress(void **devPtr, const void *symbol)
{
    (void)devPtr;
    return refuse_symbol(__func__, symbol);
}

cudaError_t cudaGetSymbolSize(size_t *size, const void *symbol)
{
    (void)size;
    return refuse_symbol(__func__, symbol);
}

/* The eight copies differ only in which argument is the symbol. */
#define COPY_TO(name, ...)                                                             \
    RT_EXPORT cudaError_t name(const void *symbol, const void *src, size_t count,      \
                               size_t offset, enum cudaMemcpyKind kind __VA_ARGS__);   \
    cudaError_t name(const void *symbol, const void *src, size_t count, size_t offset, \
                     enum cudaMemcpyKind kind __VA_ARGS__)                             \
    {                                                                                  \
        (void)src, (void)count, (void)offset, (void)kind;                              \
        return refuse_symbol(#name, symbol);                                           \
    }
#define COPY_FROM(name, ...)                                                               \
    RT_EXPORT cudaError_t name(void *dst, const void *symbol, size_t count, size_t offset, \
                               enum cudaMemcpyKind kind __VA_ARGS__);                      \
    cudaError_t name(void *dst, const void *symbol, size_t count, size_t offset,           \
                     enum cudaMemcpyKind kind __VA_ARGS__)                                 \
    {                                                                                      \
        (void)dst, (void)count, (void)offset, (void)kind;                                  \
        return refuse_symbol(#name, symbol);                                               \
    }
#define IN_STREAM , __attribute__((unused)) cudaStream_t stream

COPY_TO(cudaMemcpyToSymbol)
COPY_TO(cudaMemcpyToSymbol_ptds)
COPY_TO(cudaMemcpyToSymbolAsync, IN_STREAM)
COPY_TO(cudaMemcpyToSymbolAsync_ptsz, IN_STREAM)
COPY_FROM(cudaMemcpyFromSymbol)
COPY_FROM(cudaMemcpyFromSymbol_ptds)
COPY_FROM(cudaMemcpyFromSymbolAsync, IN_STREAM)
COPY_FROM(cudaMemcpyFromSymbolAsync_ptsz, IN_STREAM)
