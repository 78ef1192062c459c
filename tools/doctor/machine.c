/* SPDX-License-Identifier: MIT */
/* Limits and settings of the system. All of them are notes: small programs run all the same. */
#include "doctor/examine.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#define FILES_WANTED 1024u       /* each shared object holds up to four file descriptors */
#define MEMORY_WANTED_KB 524288u /* a few 4K textures and what a program needs besides */
#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/shmem_enabled"

static void write_limit(rlim_t limit, char *out, size_t size)
{
    if (limit == RLIM_INFINITY)
        snprintf(out, size, "no limit");
    else
        snprintf(out, size, "%" PRIu64, (uint64_t)limit);
}

static bool read_limit(int which, struct rlimit *limit, char soft[24], char hard[24])
{
    if (getrlimit(which, limit) != 0)
        return false;
    write_limit(limit->rlim_cur, soft, 24);
    write_limit(limit->rlim_max, hard, 24);
    return true;
}

static void examine_files(struct findings *f)
{
    struct rlimit limit;
    char soft[24], hard[24];
    if (!read_limit(RLIMIT_NOFILE, &limit, soft, hard))
        return;
    bool enough = limit.rlim_cur >= FILES_WANTED; /* RLIM_INFINITY is the largest number */
    findings_add(f, enough ? FINDING_OK : FINDING_NOTE, "files",
                 "file descriptors: %s (hard limit %s)", soft, hard);
    if (!enough)
        findings_advise(f, "a program with many shared objects wants %u: ulimit -n %u",
                        FILES_WANTED, FILES_WANTED);
    findings_fact(f, "soft", "%s", soft);
    findings_fact(f, "hard", "%s", hard);
}

/* Nothing of ours is locked; a program that locks its textures' memory runs into it. */
static void examine_locked(struct findings *f)
{
    struct rlimit limit;
    char soft[24], hard[24];
    if (!read_limit(RLIMIT_MEMLOCK, &limit, soft, hard))
        return;
    findings_add(f, FINDING_OK, "memlock",
                 "bytes that may be locked: %s (hard limit %s); the cpu device locks none",
                 soft, hard);
    findings_fact(f, "soft", "%s", soft);
    findings_fact(f, "hard", "%s", hard);
}

/* A line of /proc/meminfo, in KiB; 0 if it is not there. */
static uint64_t meminfo(const char *wanted)
{
    char line[128];
    uint64_t value = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && value == 0 && fgets(line, sizeof(line), file)) {
        if (strncmp(line, wanted, strlen(wanted)) == 0)
            sscanf(line + strlen(wanted), " %" SCNu64, &value);
    }
    if (file)
        fclose(file);
    return value;
}

static void examine_memory(struct findings *f)
{
    uint64_t free_kb = meminfo("MemAvailable:");
    if (free_kb == 0)
        return;
    bool enough = free_kb >= MEMORY_WANTED_KB;
    findings_add(f, enough ? FINDING_OK : FINDING_NOTE, "ram",
                 "%" PRIu64 " MiB are free for textures and buffers", free_kb / 1024);
    if (!enough)
        findings_advise(f, "large textures will be refused with E_OUTOFMEMORY, or worse: the "
                           "kernel ends a process; end other programs first");
    findings_fact(f, "available_kib", "%" PRIu64, free_kb);
}

/* The setting in brackets is the one in force. */
static bool read_huge_pages(char *setting, size_t size)
{
    char line[128] = "";
    FILE *file = fopen(HUGE_PAGES, "re");
    bool read = file && fgets(line, sizeof(line), file);
    if (file)
        fclose(file);
    char *open = read ? strchr(line, '[') : NULL;
    char *close = open ? strchr(open, ']') : NULL;
    if (!close)
        return false;
    *close = '\0';
    snprintf(setting, size, "%s", open + 1);
    return true;
}

/* Large pages make the first use of memory cheaper. */
static void examine_huge_pages(struct findings *f)
{
    char setting[32];
    if (!read_huge_pages(setting, sizeof(setting))) {
        findings_add(f, FINDING_OK, "hugepages", "this kernel has none for shared memory");
        return;
    }
    bool helps = strcmp(setting, "advise") == 0 || strcmp(setting, "always") == 0 ||
                 strcmp(setting, "within_size") == 0 || strcmp(setting, "force") == 0;
    findings_add(f, helps ? FINDING_OK : FINDING_NOTE, "hugepages", "for shared memory: %s",
                 setting);
    if (!helps)
        findings_advise(f, "the first use of large textures gets faster by (root): echo advise "
                           "> " HUGE_PAGES);
    findings_fact(f, "setting", "%s", setting);
}

void examine_machine(struct findings *f)
{
    examine_files(f);
    examine_locked(f);
    examine_memory(f);
    examine_huge_pages(f);
}
