/* SPDX-License-Identifier: MIT */
/*
 * The executable is found relative to the library that this code is in, so that an installation
 * may be moved. It is started by posix_spawn: no fork handlers run, and the child has no time
 * in which it shares our locks.
 */
#include "broker/client_start.h"

#include "base/futex.h"
#include "broker/main.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)

extern char **environ;

/*
 * The folder of the library, or of the program if that contains us. By the kernel: what the
 * loader was told may be relative to a folder that the program has left.
 */
static bool own_folder(char path[PATH_MAX])
{
    uintptr_t here = (uintptr_t)client_find_broker, begin, end;
    char line[PATH_MAX + 128], *file;
    FILE *maps = fopen("/proc/self/maps", "re");
    bool found = false;
    while (maps && !found && fgets(line, sizeof(line), maps))
        found = sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) == 2 && begin <= here &&
                here < end;
    if (maps)
        fclose(maps);
    if (!found || !(file = strchr(line, '/')))
        return false;
    *strrchr(file, '/') = 0;
    snprintf(path, PATH_MAX, "%s", *file ? file : "/");
    return true;
}

bool client_find_broker(char *path, size_t size)
{
    static const char *const places[] = {"../libexec/isthmus", "../../libexec/isthmus"};
    char folder[PATH_MAX];
    const char *told = secure_getenv("ISTHMUS_BROKER_PATH");
    if (told && *told) {
        snprintf(path, size, "%s", told);
        return access(path, X_OK) == 0;
    }
    bool known = own_folder(folder);
    for (size_t i = 0; known && i < ARRAY_SIZE(places); i++) {
        int length = snprintf(path, size, "%s/%s/%s", folder, places[i], BROKER_PROGRAM);
        if (length > 0 && (size_t)length < size && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static int spawn(const char *path, int ready, pid_t *child)
{
    char *const argv[] = {(char *)(uintptr_t)BROKER_PROGRAM, (char *)(uintptr_t) "--daemon",
                          NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t settings;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ready, BROKER_READY_FD);
    posix_spawnattr_init(&settings);
    posix_spawnattr_setsigmask(&settings, &none);
    posix_spawnattr_setflags(&settings, POSIX_SPAWN_SETSIGMASK);
    int failed = posix_spawn(child, path, &files, &settings, argv, environ);
    posix_spawnattr_destroy(&settings);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* One byte or the end of file, whichever is first: the broker listens, or it gave up. */
static void wait_ready(int ready, int64_t deadline_ns)
{
    struct pollfd one = {.fd = ready, .events = POLLIN};
    for (;;) {
        int64_t left = (deadline_ns - clock_now_ns()) / NS_PER_MS;
        if (left < 0 || poll(&one, 1, (int)left) >= 0 || errno != EINTR)
            return;
    }
}

/* A pipe whose ends are above the descriptor that the child is given. */
static bool open_pipe(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, BROKER_READY_FD + 1);
        close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    return false;
}

enum ist_status client_start_broker(int64_t deadline_ns)
{
    char path[PATH_MAX];
    int ends[2];
    pid_t child;
    if (!client_find_broker(path, sizeof(path)))
        return answer(IST_NO_BROKER, "the broker's executable " BROKER_PROGRAM " is neither in "
                                     "libexec/isthmus beside the library nor what "
                                     "ISTHMUS_BROKER_PATH names");
    if (!open_pipe(ends))
        return answer(IST_NO_BROKER, "no pipe to start the broker with: %s", strerror(errno));
    int failed = spawn(path, ends[1], &child);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return answer(IST_NO_BROKER, "%s does not start: %s", path, strerror(failed));
    }
    wait_ready(ends[0], deadline_ns);
    close(ends[0]);
    /* It has left a grandchild and ended, unless it never ran; ECHILD: the program reaps. */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return IST_OK;
}
