/* SPDX-License-Identifier: MIT */
/*
 * What our own implementation tells, the machine's facts on Linux, and the services that the
 * rig and the runner take from the system: threads, the clock, what is left behind. The only
 * file of the suite that knows a name of ours.
 */
#include "conformance.h"
#include "runner.h"

#include <dirent.h>
#include <isthmus/isthmus.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Core's count of live objects, under the name that libisthmus gives to its own fronts. */
size_t core_live_count(void) __asm__("ist_private_object_live_count");
/* The hook of src/d3d11/device_removed.c: a device of ours is never lost by itself. */
#define REMOVE_HOOK "ist_private_d3d11_device_remove"
void remove_device(ID3D11Device *device, HRESULT reason) __asm__(REMOVE_HOOK)
    __attribute__((weak));

bool probe_available(void)
{
    return true;
}

bool probe_on_gpu(void)
{
    const char *device = getenv("ISTHMUS_DEVICE");
    return device && strcmp(device, "nvidia") == 0;
}

size_t probe_live(void)
{
    return core_live_count();
}

/* The broker's own list, by the program that lies beside this one: an object is a line there,
 * with its number and a "com" for each process that holds it. */
static FILE *open_list(void)
{
    char path[4096], command[4200];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    snprintf(command, sizeof(command), "'%s/isthmus-broker' --ls-json", path);
    return popen(command, "re");
}

size_t probe_holders(HANDLE number)
{
    static char line[65536];
    char wanted[40];
    size_t count = 0;
    FILE *list = open_list();
    snprintf(wanted, sizeof(wanted), "\"number\":%u,", (unsigned)(uintptr_t)number);
    while (list && fgets(line, sizeof(line), list)) {
        const char *at = strstr(line, wanted);
        while (at && (at = strstr(at + 1, "\"com\":")) != NULL)
            count++;
    }
    if (list)
        pclose(list);
    return count;
}

bool probe_remove_device(ID3D11Device *device)
{
    if (remove_device)
        remove_device(device, DXGI_ERROR_DEVICE_REMOVED);
    return remove_device != NULL;
}

const char *probe_explain(void)
{
    return ist_explain();
}

const char *probe_cuda_missing(void)
{
    return NULL;
}

const char *probe_tool(void)
{
    return ist_version();
}

void probe_system(char *out, size_t size)
{
    struct utsname name;
    if (uname(&name) != 0)
        return;
    name.release[strcspn(name.release, "-")] = '\0'; /* what follows is the builder's */
    snprintf(out, size, "%s %s %s", name.sysname, name.release, name.machine);
}

/* ---- What is left behind ---- */

static size_t count_fds(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static size_t count_maps(void)
{
    char line[1024];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        return 0;
    while (fgets(line, sizeof(line), maps))
        count += strstr(line, "memfd:isthmus") != NULL;
    fclose(maps);
    return count;
}

/* Memory that the cpu device keeps for the next object is nothing left behind. */
extern size_t recycle_flush(void) __asm__("ist_private_recycle_flush") __attribute__((weak));

struct leftovers leftovers_count(void)
{
    if (recycle_flush)
        (void)recycle_flush();
    return (struct leftovers){probe_live(), count_fds(), count_maps()};
}

/* ---- Threads and time ---- */

static void *thread_main(void *user)
{
    struct thread *thread = user;
    thread->run(thread->user);
    return NULL;
}

void thread_start(struct thread *thread, void (*run)(void *user), void *user)
{
    *thread = (struct thread){run, user, NULL};
    pthread_t id;
    if (pthread_create(&id, NULL, thread_main, thread) != 0)
        abort();
    thread->os = (void *)id;
}

void thread_join(struct thread *thread)
{
    pthread_join((pthread_t)thread->os, NULL);
    thread->os = NULL;
}

uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sleep_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}
