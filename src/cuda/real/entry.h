/* SPDX-License-Identifier: MIT */
/*
 * The eight functions as the driver has them: what is D3D11's is served here, the rest goes to
 * the driver untouched. Under them lie the driver's names (names.c); the runtime's come through
 * istcu_* (entry.c), which bring a context along.
 */
#ifndef ISTHMUS_CUDA_REAL_ENTRY_H
#define ISTHMUS_CUDA_REAL_ENTRY_H

#include "cuda/extmem_check.h"
#include "cuda/extsem.h"

int real_import_memory(void **out, const memory_desc *desc) MUST_CHECK;
int real_map_buffer(CUdeviceptr *out, void *memory, const buffer_desc *desc) MUST_CHECK;
int real_map_array(void **out, void *memory, const mapping_desc *desc) MUST_CHECK;
int real_destroy_memory(void *memory) MUST_CHECK;

/* `stream`: NULL is the legacy stream, as in the names without _ptsz. */
int real_import_semaphore(void **out, const semaphore_desc *desc) MUST_CHECK;
int real_signal(void *const *semaphores, const signal_params *params, unsigned count,
                void *stream) MUST_CHECK;
int real_wait(void *const *semaphores, const wait_params *params, unsigned count, void *stream)
    MUST_CHECK;
int real_destroy_semaphore(void *semaphore) MUST_CHECK;

#endif
