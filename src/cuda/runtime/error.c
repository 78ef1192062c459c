/* SPDX-License-Identifier: MIT */
/*
 * Errors: their names and texts, each thread's last error, and the sticky one.
 *
 * A failed call leaves its code in its thread; cudaGetLastError() takes it,
 * cudaPeekAtLastError() only looks. Codes that mean a broken device are sticky: every thread's
 * calls answer them until the device is reset. `sticky` is the only thing shared here.
 */
#include "cuda/runtime/runtime.h"

#include <stdatomic.h>
#include <stdbool.h>

/* What the thread's last failed call answered; a later success leaves it. */
static _Thread_local cudaError_t last_error;

/* Any thread writes it once, all read it; nothing is published with it. */
static _Atomic int sticky;

/* What leaves a device unusable for the rest of the process. */
static bool is_sticky(int code)
{
    switch (code) {
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorExternalDevice: return true;
    default: return false;
    }
}

cudaError_t rt_done(int code)
{
    if (is_sticky(code))
        atomic_store_explicit(&sticky, code, memory_order_relaxed);

    int broken = atomic_load_explicit(&sticky, memory_order_relaxed);
    cudaError_t answer = (cudaError_t)(broken ? broken : code);
    /* NotReady is kept too, though it is no failure: programs clear it after each poll. */
    if (answer != cudaSuccess)
        last_error = answer;
    return answer;
}

void rt_forget_sticky(void)
{
    atomic_store_explicit(&sticky, 0, memory_order_relaxed);
    last_error = cudaSuccess;
}

cudaError_t cudaPeekAtLastError(void)
{
    int broken = atomic_load_explicit(&sticky, memory_order_relaxed);
    return broken ? (cudaError_t)broken : last_error;
}

/* A sticky error comes back at the next call: taking it does not mend the device. */
cudaError_t cudaGetLastError(void)
{
    cudaError_t error = cudaPeekAtLastError();
    last_error = cudaSuccess;
    return error;
}

struct error_text {
    int code;
    const char *name, *text;
};

static const struct error_text error_texts[] = {
#define ERROR(name, text) {name, #name, text},
#include "cuda/runtime/errors.def"
#undef ERROR
};

/* The table is sorted by code; NULL if there is no such code. */
static const struct error_text *error_find(int code)
{
    size_t low = 0, high = sizeof(error_texts) / sizeof(*error_texts);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (error_texts[mid].code == code)
            return &error_texts[mid];
        if (error_texts[mid].code < code)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* The text for a code without a row is documented, and the same for both. */
const char *cudaGetErrorName(cudaError_t error)
{
    const struct error_text *found = error_find((int)error);
    return found ? found->name : "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t error)
{
    const struct error_text *found = error_find((int)error);
    return found ? found->text : "unrecognized error code";
}
