/* SPDX-License-Identifier: MIT */
/* Refusals in CUDA's numbers. No state of its own. */
#include "cuda/error.h"

#include "core/queue.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_REASON 480

int cu_code(enum ist_status status)
{
    return status_codes(status)->cuda;
}

/* Only names the kind of refusal in the log; the caller's number is what is answered. */
static enum ist_status status_of(int code)
{
    switch (code) {
    case CUDA_ERROR_OUT_OF_MEMORY: return IST_NO_MEMORY;
    case CUDA_ERROR_INVALID_DEVICE: return IST_WRONG_DEVICE;
    case CUDA_ERROR_INVALID_HANDLE: return IST_BAD_HANDLE;
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_NOT_SUPPORTED: return IST_NOT_SUPPORTED;
    case CUDA_ERROR_NOT_PERMITTED:
    case CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED:
    case CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED: return IST_BAD_CALL;
    case CU_ERROR_CHANNELS: return IST_BAD_CHANNELS;
    default: return IST_BAD_ARG;
    }
}

/* Two steps, because refuse() takes a format and this one has the program's arguments. */
int cu_refuse(int code, const char *fmt, ...)
{
    char reason[MAX_REASON];
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    refuse(status_of(code), "%s", reason);
    return code;
}

int cu_refuse_out(const char *function)
{
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "%s: the pointer to the result is NULL: it must point at what gets it",
                     function);
}

/* Refused rather than risked: a call that waits inside a stream could wait for itself. */
int cu_enter(void)
{
    if (queue_in_host_function())
        return cu_refuse(CUDA_ERROR_NOT_PERMITTED, "a host function may not call CUDA: it runs "
                                                   "inside a stream, which the "
                                                   "call could wait for; signal another thread "
                                                   "instead");
    return cu_check_devices();
}
