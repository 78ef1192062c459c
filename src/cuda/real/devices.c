/* SPDX-License-Identifier: MIT */
/* Over NVIDIA's runtime any device of core's will do: the driver does the work. No state. */
#include "cuda/error.h"

#include "core/session.h"

int cu_check_devices(void)
{
    if (session_default()->device_count == 0)
        return cu_refuse(CUDA_ERROR_NO_DEVICE, "this process has no device (see the log)");
    return CUDA_SUCCESS;
}
