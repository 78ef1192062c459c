/* SPDX-License-Identifier: MIT */
/*
 * Which devices this machine has. ISTHMUS_DEVICE keeps only those of one kind; naming a kind
 * that is not there leaves none, rather than silently another one.
 */
#include "base/log.h"
#include "device/cpu/cpu.h"

#include <string.h>

unsigned device_probe(struct device **out, unsigned max)
{
    struct device *cpu = cpu_device();
    const char *wanted = getenv("ISTHMUS_DEVICE");
    if (wanted && *wanted && strcmp(wanted, cpu->ops->name) != 0) {
        log_line(LOG_ERROR, "device",
                 "ISTHMUS_DEVICE is \"%s\", but this build has only \"%s\"", wanted,
                 cpu->ops->name);
        return 0;
    }
    if (max < 1)
        return 0;
    out[0] = cpu;
    return 1;
}
