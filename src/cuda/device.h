/* SPDX-License-Identifier: MIT */
/* The calling thread's device. */
#ifndef ISTHMUS_CUDA_DEVICE_H
#define ISTHMUS_CUDA_DEVICE_H

#include "core/device.h"

/* After cu_enter() there is at least one. */
struct device *cu_device(void);
int cu_device_ordinal(void);

/* The device with this ordinal; 101 with a reason. */
int cu_device_find(int ordinal, struct device **out) MUST_CHECK;

/*
 * 101 unless the calling thread's device is the one that a `what` (a resource, a semaphore) is
 * of. Defined twice: in device.c, and in real/context.c for NVIDIA's contexts.
 */
int cu_check_device(const struct device *device, const char *what) MUST_CHECK;

/* The rows that cudaMallocPitch() makes, and where a mapped buffer may start. */
#define CU_PITCH_ALIGN 512U
#define CU_OFFSET_ALIGN 8U

#endif
