/* SPDX-License-Identifier: MIT */
/* Host memory that programs register, and what is asked about pinned memory. No state here. */
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/memory.h"
#include "cuda/pagemap.h"
#include "cuda/stream.h"

#include <errno.h>

#define FLAG_IO_MEMORY 4U
#define FLAGS_ALL 15U

static int check_range(const void *ptr, size_t size, unsigned flags)
{
    uintptr_t end;
    if (flags & ~FLAGS_ALL)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaHostRegister flags 0x%x: portable 1, mapped 2 and read-only 8 "
                         "are "
                         "possible",
                         flags);
    if (flags & FLAG_IO_MEMORY)
        return cu_refuse(CUDA_ERROR_NOT_SUPPORTED, "cudaHostRegister flag 4: memory of other "
                                                   "devices is not offered");
    if (!ptr || !size || __builtin_add_overflow((uintptr_t)ptr, size, &end) ||
        end > PAGEMAP_END)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaHostRegister(%p, %zu): a range of memory with at least one byte "
                         "is needed",
                         ptr, size);
    if (size > cu_device()->memory_bytes) /* what would be pinned has to be there */
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY,
                         "cudaHostRegister(%p, %zu): this machine has %llu bytes", ptr, size,
                         (unsigned long long)cu_device()->memory_bytes);
    return CUDA_SUCCESS;
}

/* Nothing is locked into memory: there is no device that would read it by itself. */
int istcu_host_register(void *ptr, size_t size, unsigned flags)
{
    int code = cu_enter();
    if (!code)
        code = check_range(ptr, size, flags);
    if (code)
        return code;
    struct cu_memory *m = cu_memory_new(CU_FROM_REGISTER, size);
    if (!m)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to register %zu bytes", size);
    m->start = (uintptr_t)ptr;
    m->flags = flags;
    if (cu_pointer_add(m))
        return CUDA_SUCCESS;
    bool full = errno == ENOMEM;
    cu_unref(&m->object);
    if (full)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "the table of memory cannot hold one more");
    return cu_refuse(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED,
                     "cudaHostRegister(%p, %zu) overlaps memory that CUDA knows already", ptr,
                     size);
}

/* Work that was submitted may still read it; only the record of it is ours to keep. */
int istcu_host_unregister(void *ptr)
{
    int code = cu_enter();
    if (code)
        return code;
    struct cu_memory *m = cu_pointer_remove(ptr, CU_ORIGIN(CU_FROM_REGISTER));
    if (!m)
        return cu_refuse(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED,
                         "cudaHostUnregister(%p): no registration starts there", ptr);
    cu_streams_retire(&m->object);
    return CUDA_SUCCESS;
}

/* The pinned memory around an address, with one more reference. */
static int find_pinned(const char *function, const void *host, struct cu_memory **out)
{
    struct cu_memory *m = cu_pointer_find(host);
    enum cu_memory_type type = m ? cu_memory_type(m) : CU_UNREGISTERED;
    if (type != CU_HOST) {
        cu_unref(m);
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: %p is %s memory, pinned or registered host memory was expected",
                         function, host, type == CU_UNREGISTERED ? "ordinary" : "device");
    }
    *out = m;
    return CUDA_SUCCESS;
}

int istcu_host_device_pointer(void **out, void *host, unsigned flags)
{
    struct cu_memory *m;
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaHostGetDevicePointer");
    if (flags)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaHostGetDevicePointer flags 0x%x: they must be 0", flags);
    code = find_pinned("cudaHostGetDevicePointer", host, &m);
    if (code)
        return code;
    cu_unref(&m->object);
    *out = host;
    return CUDA_SUCCESS;
}

int istcu_host_flags(unsigned *out, void *host)
{
    struct cu_memory *m;
    int code = cu_enter();
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaHostGetFlags");
    code = find_pinned("cudaHostGetFlags", host, &m);
    if (code)
        return code;
    *out = m->flags;
    cu_unref(&m->object);
    return CUDA_SUCCESS;
}
