/* SPDX-License-Identifier: MIT */
/*
 * What the runtime's names call (cuda/runtime/external.c, semaphore.c): the driver's functions,
 * after the thread has got a context as NVIDIA's runtime gives it one. No state.
 */
#include "cuda/real/entry.h"

#include "cuda/istcu.h"
#include "cuda/real/context.h"

int istcu_import_external_memory(void **out, const memory_desc *desc)
{
    int code = real_context_ensure();
    return code ? code : real_import_memory(out, desc);
}

int istcu_external_memory_buffer(void **out, void *memory, const buffer_desc *desc)
{
    CUdeviceptr made;
    int code = real_context_ensure();
    if (!code)
        code = real_map_buffer(out ? &made : NULL, memory, desc);
    if (!code)
        *out = (void *)(uintptr_t)made;
    return code;
}

int istcu_external_memory_mipmapped(void **out, void *memory, const mapping_desc *desc)
{
    int code = real_context_ensure();
    return code ? code : real_map_array(out, memory, desc);
}

int istcu_destroy_external_memory(void *memory)
{
    int code = real_context_ensure();
    return code ? code : real_destroy_memory(memory);
}

int istcu_import_external_semaphore(void **out, const semaphore_desc *desc)
{
    int code = real_context_ensure();
    return code ? code : real_import_semaphore(out, desc);
}

int istcu_signal_external_semaphores(void *const *semaphores, const signal_params *params,
                                     unsigned count, void *stream)
{
    int code = real_context_ensure();
    return code ? code : real_signal(semaphores, params, count, stream);
}

int istcu_wait_external_semaphores(void *const *semaphores, const wait_params *params,
                                   unsigned count, void *stream)
{
    int code = real_context_ensure();
    return code ? code : real_wait(semaphores, params, count, stream);
}

int istcu_destroy_external_semaphore(void *semaphore)
{
    int code = real_context_ensure();
    return code ? code : real_destroy_semaphore(semaphore);
}
