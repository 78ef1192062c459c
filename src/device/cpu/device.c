/* SPDX-License-Identifier: MIT */
/*
 * The cpu device: there is one in a process, described once (by the first call) and constant
 * afterwards. Its identity is derived from the machine's, so that all processes of a machine
 * name the same device and two machines do not.
 */
#include "device/cpu/cpu.h"

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

/* FNV-1a, then SplitMix64's finish, which spreads the last characters over all bits. */
static uint64_t hash(const char *text, uint64_t seed)
{
    uint64_t h = 0xcbf29ce484222325U ^ seed;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3U;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9U;
    h = (h ^ h >> 27) * 0x94d049bb133111ebU;
    return h ^ h >> 31;
}

static void put_bytes(unsigned char *out, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

/*
 * A name-based UUID of the machine's id; version 8 says that the hash is our own. A machine
 * without an id (some containers) shares one identity with all such machines.
 */
static void make_uuid(unsigned char out[16])
{
    char id[128], name[160];
    find_line("/etc/machine-id", "", id, sizeof(id));
    if (!id[0])
        find_line("/var/lib/dbus/machine-id", "", id, sizeof(id));
    snprintf(name, sizeof(name), "%s isthmus cpu", id);
    put_bytes(out, hash(name, 0), 8);
    put_bytes(out + 8, hash(name, 1), 8);
    out[6] = (unsigned char)((out[6] & 0x0f) | 0x80); /* version 8 */
    out[8] = (unsigned char)((out[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
}

/* Never zero, which programs read as "no LUID"; the high half stays a positive LONG. */
static void make_luid(const unsigned char uuid[16], unsigned char out[8])
{
    uint64_t seed;
    memcpy(&seed, uuid + 8, sizeof(seed));
    char text[17];
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", uuid[i]);
    uint64_t luid = (hash(text, seed) | 1) & INT64_MAX;
    put_bytes(out, luid, 8);
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
    make_luid(the_device.uuid, the_device.luid);
    the_device.memory_bytes = machine_memory();
}

struct device *cpu_device(void)
{
    pthread_once(&described, describe);
    return &the_device;
}
