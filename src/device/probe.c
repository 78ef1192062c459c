/* SPDX-License-Identifier: MIT */
/*
 * Which devices this machine has. ISTHMUS_DEVICE says of which kind: cpu (or nothing) or
 * nvidia. Naming a kind that is not there leaves none, rather than silently another one.
 */
#include "base/log.h"
#include "device/cpu/cpu.h"
#include "device/nvidia/nvidia.h"

#include <string.h>

static unsigned probe_cpu(struct device **out, unsigned max)
{
    if (max < 1)
        return 0;
    out[0] = cpu_device();
    return 1;
}

static unsigned probe_nvidia(struct device **out, unsigned max)
{
    unsigned count = nvidia_probe(out, max);
    if (count == 0 && max > 0)
        log_line(LOG_ERROR, "device", "ISTHMUS_DEVICE is \"nvidia\", but there is none: %s",
                 *driver_reason() ? driver_reason() : "no GPU can be used");
    return count;
}

unsigned device_probe(struct device **out, unsigned max)
{
    const char *wanted = getenv("ISTHMUS_DEVICE");
    if (!wanted || !*wanted || strcmp(wanted, "cpu") == 0)
        return probe_cpu(out, max);
    if (strcmp(wanted, "nvidia") == 0)
        return probe_nvidia(out, max);
    log_line(LOG_ERROR, "device", "ISTHMUS_DEVICE is \"%s\": cpu and nvidia are known", wanted);
    return 0;
}
