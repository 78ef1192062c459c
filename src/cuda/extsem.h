/* SPDX-License-Identifier: MIT */
/* An imported fence or keyed mutex, and the set of them that one call names. */
#ifndef ISTHMUS_CUDA_EXTSEM_H
#define ISTHMUS_CUDA_EXTSEM_H

#include "core/fence.h"
#include "core/kmutex.h"
#include "cuda/handle.h"

#include <cuda.h>

typedef struct CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_st semaphore_desc;
typedef struct CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_st signal_params;
typedef struct CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS_st wait_params;

struct cu_semaphore {
    struct cu_object object; /* its address is the party that owns a keyed mutex */
    struct object *import;   /* owned as HOLDER_IMPORT: the fence, or the mutex's resource */
    struct fence *fence;     /* one of the two */
    struct kmutex *mutex;
};

/* True for the types of fences and keyed mutexes. */
bool cu_semaphore_is_ours(unsigned type);

/* As the driver's functions: 1, 400, 304, 101 ... */
int cu_semaphore_import(void **out, const semaphore_desc *desc) MUST_CHECK;
int cu_semaphore_destroy(void *semaphore) MUST_CHECK;

#define CU_SEMAPHORES_INLINE 8

/* The semaphores of one call, each referenced; most calls name very few. */
struct cu_semaphores {
    unsigned count;
    struct cu_semaphore **all; /* at `few`, or of the heap */
    struct cu_semaphore *few[CU_SEMAPHORES_INLINE];
};

/*
 * 1: no semaphores or no parameters; 400: one of them is not live. cu_semaphores_drop()
 * either way only after success. `others`: handles that are none of ours are left out, as NULL,
 * instead of refused.
 */
int cu_semaphores_get(struct cu_semaphores *set, void *const *handles, const void *params,
                      unsigned count, bool others) MUST_CHECK;
void cu_semaphores_drop(struct cu_semaphores *set);

/* Before any of a call is done. After the first, a release cannot fail, short of memory, unless
 * another thread is in between. 1, or 401-like numbers of core. */
int cu_semaphores_check_signals(const struct cu_semaphores *set, const signal_params *params)
    MUST_CHECK;
int cu_semaphores_check_waits(const struct cu_semaphores *set, const wait_params *params)
    MUST_CHECK;

#endif
