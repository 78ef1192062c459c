/* SPDX-License-Identifier: MIT */
/* From core's statuses to CUDA's numbers, and the numbers that core has no status for. */
#ifndef ISTHMUS_CUDA_ERROR_H
#define ISTHMUS_CUDA_ERROR_H

#include "core/status.h"

#include <cuda.h>

/* Only the runtime knows these. */
enum cu_runtime_error {
    CU_ERROR_PITCH = 12,
    CU_ERROR_CHANNELS = 20,
    CU_ERROR_DIRECTION = 21,
};

/* The number for a status whose reason has been told already. */
int cu_code(enum ist_status status) MUST_CHECK;

/* refuse() for callers that know the number: keeps and logs the reason, returns `code`. */
int cu_refuse(int code, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* What nearly every call asks first: 800 inside a host function, 100 without a device. */
int cu_enter(void) MUST_CHECK;

/*
 * 100: this process has no device, or none that these functions can work on. Defined twice: in
 * device.c, where a device's memory must be the host's, and in real/devices.c.
 */
int cu_check_devices(void) MUST_CHECK;

/* The one mistake that every function knows: an out parameter that is NULL. */
int cu_refuse_out(const char *function) MUST_CHECK;

#endif
