/* SPDX-License-Identifier: MIT */
/* An imported fence or keyed mutex, and the set of them that one call names. */
#ifndef ISTHMUS_CUDA_EXTSEM_H
#define ISTHMUS_CUDA_EXTSEM_H

#include "core/fence.h"
#include "core/kmutex.h"
#include "cuda/handle.h"

struct cu_semaphore {
    struct cu_object object; /* its address is the party that owns a keyed mutex */
    struct object *import;   /* owned as HOLDER_IMPORT: the fence, or the mutex's resource */
    struct fence *fence;     /* one of the two */
    struct kmutex *mutex;
};

#define CU_SEMAPHORES_INLINE 8

/* The semaphores of one call, each referenced; most calls name very few. */
struct cu_semaphores {
    unsigned count;
    struct cu_semaphore **all; /* at `few`, or of the heap */
    struct cu_semaphore *few[CU_SEMAPHORES_INLINE];
};

/*
 * 1: no semaphores or no parameters; 400: one of them is not live. cu_semaphores_drop()
 * either way only after success.
 */
int cu_semaphores_get(struct cu_semaphores *set, void *const *handles, const void *params,
                      unsigned count) MUST_CHECK;
void cu_semaphores_drop(struct cu_semaphores *set);

#endif
