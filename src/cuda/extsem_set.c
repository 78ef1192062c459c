/* SPDX-License-Identifier: MIT */
/*
 * The semaphores that one call names, referenced for its time, and whether the call is right.
 * The stand-in and the front over NVIDIA's driver share it. No state.
 */
#include "cuda/error.h"
#include "cuda/extsem.h"

static int fill_set(struct cu_semaphores *set, void *const *handles, unsigned count,
                    bool others)
{
    for (; set->count < count; set->count++) {
        struct cu_object *object;
        if (!handles[set->count])
            return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                             "extSemArray[%u] is NULL: the import that makes it must have "
                             "succeeded",
                             set->count);
        set->all[set->count] = NULL;
        if (others && !cu_handle_is_ours(handles[set->count]))
            continue;
        int code = cu_handle_get(handles[set->count], CU_EXTERNAL_SEMAPHORE, &object);
        if (code)
            return code;
        set->all[set->count] = container_of(object, struct cu_semaphore, object);
    }
    return CUDA_SUCCESS;
}

/* NVIDIA's driver crashes on NULL inside the array; each handle is looked up, so it cannot. */
int cu_semaphores_get(struct cu_semaphores *set, void *const *handles, const void *params,
                      unsigned count, bool others)
{
    if (!count)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "numExtSems is 0: at least 1 is needed");
    if (!handles || !params)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s is NULL: it must have numExtSems elements, which is %u",
                         handles ? "paramsArray" : "extSemArray", count);
    set->count = 0;
    set->all = count <= CU_SEMAPHORES_INLINE ? set->few : calloc(count, sizeof(*set->all));
    if (!set->all)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory for %u semaphores", count);
    int code = fill_set(set, handles, count, others);
    if (code)
        cu_semaphores_drop(set);
    return code;
}

void cu_semaphores_drop(struct cu_semaphores *set)
{
    for (unsigned i = 0; i < set->count; i++)
        cu_unref(set->all[i]); /* its first member is the object */
    if (set->all != set->few)
        free(set->all);
}

/* The only flags there are belong to NvSciSync. */
static int check_flags(unsigned flags, unsigned index)
{
    if (!flags)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "paramsArray[%u]: flags 0x%x: they must be 0 for fences and keyed mutexes",
                     index, flags);
}

/* After this a release cannot fail, short of memory, unless another thread is in between. */
int cu_semaphores_check_signals(const struct cu_semaphores *set, const signal_params *params)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct cu_semaphore *s = set->all[i];
        if (!s)
            continue;
        int code = check_flags(params[i].flags, i);
        if (!code && s->mutex && !kmutex_owned_by(s->mutex, s))
            code = cu_code(refuse(IST_NOT_OWNER,
                                  "extSemArray[%u]: its keyed mutex is not held by it: wait "
                                  "for it first (release follows acquire)",
                                  i));
        for (unsigned j = 0; !code && s->mutex && j < i; j++)
            if (set->all[j] == s)
                code = cu_code(refuse(IST_NOT_OWNER,
                                      "extSemArray[%u] and [%u] are the same keyed mutex: it "
                                      "can be released once",
                                      j, i));
        if (code)
            return code;
    }
    return CUDA_SUCCESS;
}

int cu_semaphores_check_waits(const struct cu_semaphores *set, const wait_params *params)
{
    int code = CUDA_SUCCESS;
    for (unsigned i = 0; !code && i < set->count; i++)
        code = set->all[i] ? check_flags(params[i].flags, i) : CUDA_SUCCESS;
    return code;
}
