/* SPDX-License-Identifier: MIT */
/* `isthmus doctor`: is everything here that programs need? One line for each answer. */
#include "command.h"
#include "demo/rig.h"
#include "demo/walk.h"
#include "report.h"
#include "standins.h"

#include <argp.h>
#include <isthmus/isthmus.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define FILES_WANTED 1024u /* each shared object holds up to three file descriptors */

static const struct argp doctor_argp = {
    .doc = "Says what of Isthmus works on this machine. Exit code 0: programs will run. 1: a "
           "line that begins with FAIL says what is missing.",
};

/* Three words: ok, FAIL (programs will not run), note (they will, but). */
static void verdict(const char *word, const char *subject)
{
    printf("%-5s %-10s ", word, subject);
}

/* A command and a library of different versions: the sign of two installations. */
static bool tell_version(void)
{
    char header[32];
    snprintf(header, sizeof(header), "%d.%d.%d", IST_VERSION_MAJOR, IST_VERSION_MINOR,
             IST_VERSION_PATCH);
    bool same = strcmp(header, ist_version()) == 0;
    verdict(same ? "ok" : "FAIL", "version");
    printf("isthmus %s", ist_version());
    printf(same ? "\n" : ", but this command was built with %s\n", header);
    return same;
}

static bool tell_standins(void)
{
    struct standins s;
    if (!standins_find(&s)) {
        verdict("FAIL", "runtimes");
        puts("no stand-in libcudart.so beside our libraries: install Isthmus again");
        return false;
    }
    bool all = true;
    for (int major = STANDIN_FIRST; major <= STANDIN_LAST; major++)
        all = all && s.found[major];
    verdict(all ? "ok" : "FAIL", "runtimes");
    for (int major = STANDIN_FIRST; major <= STANDIN_LAST; major++)
        printf("%slibcudart.so.%d ", s.found[major] ? "" : "no ", major);
    printf("in %s\n", s.folder);
    return all;
}

static void print_uuid(const struct cudaDeviceProp *cuda)
{
    for (size_t i = 0; i < sizeof(cuda->uuid.bytes); i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        printf("%s%02x", dash ? "-" : "", (unsigned char)cuda->uuid.bytes[i]);
    }
}

/* One rig is all three answers: D3D11 opens, CUDA opens, and they meet by LUID. */
static bool tell_device(struct rig *rig)
{
    if (!rig_open(rig)) {
        verdict("FAIL", "device");
        puts("D3D11 and CUDA do not meet on one device; the reason stands above");
        return false;
    }
    verdict("ok", "device");
    printf("%s, LUID %08x-%08x, UUID ", rig->adapter, (unsigned)rig->luid.HighPart,
           (unsigned)rig->luid.LowPart);
    print_uuid(&rig->cuda);
    putchar('\n');
    return true;
}

static void count_row(void *user, const struct walk_row *row)
{
    unsigned *rows = user;
    (void)row;
    ++*rows;
}

/* The walk of the demo; only its failures speak. */
static bool tell_paths(struct rig *rig)
{
    unsigned rows = 0;
    struct walk_listener listener = {count_row, &rows};
    bool ok = walk_all(rig, &listener);
    verdict(ok ? "ok" : "FAIL", "imports");
    printf("%u import paths work%s\n", rows, ok ? "" : ", then one did not; see above");
    return ok;
}

/* Too few descriptors are a warning: small programs run all the same. */
static void tell_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    bool enough = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= FILES_WANTED;
    verdict(enough ? "ok" : "note", "files");
    printf("%llu file descriptors (hard limit %llu)", (unsigned long long)limit.rlim_cur,
           (unsigned long long)limit.rlim_max);
    printf(enough ? "\n" : ", a program with many shared objects wants %u: ulimit -n\n",
           FILES_WANTED);
}

/* The setting in brackets is the one in force; large pages make first use of memory cheaper. */
static void tell_huge_pages(void)
{
    char line[128] = "";
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "re");
    if (file && !fgets(line, sizeof(line), file))
        line[0] = '\0';
    if (file)
        fclose(file);
    char *open = strchr(line, '[');
    char *close = open ? strchr(open, ']') : NULL;
    if (close)
        *close = '\0';
    const char *setting = close ? open + 1 : "not known";
    bool helps = strcmp(setting, "advise") == 0 || strcmp(setting, "always") == 0 ||
                 strcmp(setting, "within_size") == 0;
    verdict(helps ? "ok" : "note", "hugepages");
    printf("shared memory: %s%s\n", setting,
           helps ? "" : "; 'advise' makes the first use of large textures faster");
}

/* Goes on after a failure: whoever repairs wants the whole list. */
static bool tell_all(void)
{
    struct rig rig = {0};
    bool ok = tell_version();
    ok = tell_standins() && ok;
    bool device = tell_device(&rig);
    ok = device && tell_paths(&rig) && ok;
    rig_close(&rig);
    tell_files();
    tell_huge_pages();
    return ok;
}

int doctor_main(int argc, char **argv)
{
    argp_parse(&doctor_argp, argc, argv, 0, NULL, NULL);
    bool ok = tell_all();
    puts(ok ? "Programs will run." : "Programs will not run; see the lines with FAIL.");
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
