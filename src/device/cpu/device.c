/* SPDX-License-Identifier: MIT */
/*
 * The cpu device: there is one in a process, described once (by the first call) and constant
 * afterwards. Its identity is derived from the machine's, so that all processes of a machine
 * name the same device and two machines do not.
 */
#include "device/cpu/cpu.h"
#include "device/identity.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/*
 * "isth" and "cpu" as numbers. Both are wider than PCI's 16 bits, so that no program takes the
 * device for one that it knows.
 */
#define CPU_VENDOR 0x69737468U
#define CPU_PRODUCT 0x00637075U

static const struct device_ops cpu_ops = {
    .name = "cpu",
    .memory_create = cpu_memory_create,
    .memory_open = cpu_memory_open,
    .memory_destroy = cpu_memory_destroy,
    .copy = cpu_copy,
    .fill = cpu_fill,
};

static struct device the_device = {
    .ops = &cpu_ops,
    .vendor = CPU_VENDOR,
    .product = CPU_PRODUCT,
};

static pthread_once_t described = PTHREAD_ONCE_INIT;

static void fclosep(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* The first line of a file that starts with `start`, without its end; "" if there is none. */
static void find_line(const char *path, const char *start, char *line, int size)
{
    _cleanup_(fclosep) FILE *file = fopen(path, "re");
    while (file && fgets(line, size, file)) {
        if (strncmp(line, start, strlen(start)) == 0) {
            line[strcspn(line, "\n")] = '\0';
            return;
        }
    }
    line[0] = '\0';
}

/* The processor as its maker calls it, or at least its architecture. */
static void find_processor(char *out, int size)
{
    char line[256];
    struct utsname machine;
    find_line("/proc/cpuinfo", "model name", line, sizeof(line));
    const char *colon = strchr(line, ':');
    if (colon)
        snprintf(out, (size_t)size, "%s", colon + 1 + strspn(colon + 1, " \t"));
    else
        snprintf(out, (size_t)size, "%s",
                 uname(&machine) == 0 ? machine.machine : "unknown processor");
}

/*
 * A UUID of the machine's id. A machine without an id (some containers) shares one identity
 * with all such machines.
 */
static void make_uuid(unsigned char out[16])
{
    char id[128], name[160];
    find_line("/etc/machine-id", "", id, sizeof(id));
    if (!id[0])
        find_line("/var/lib/dbus/machine-id", "", id, sizeof(id));
    snprintf(name, sizeof(name), "%s isthmus cpu", id);
    identity_uuid(name, out);
}

static uint64_t machine_memory(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0)
        return 0;
    return (uint64_t)info.totalram * info.mem_unit;
}

static void describe(void)
{
    char processor[96];
    find_processor(processor, sizeof(processor));
    snprintf(the_device.description, sizeof(the_device.description), "Isthmus CPU device (%s)",
             processor);
    make_uuid(the_device.uuid);
    identity_luid(the_device.uuid, the_device.luid);
    the_device.memory_bytes = machine_memory();
}

struct device *cpu_device(void)
{
    pthread_once(&described, describe);
    return &the_device;
}
