/* SPDX-License-Identifier: MIT */
/*
 * Where a run of the suite happens on Linux: in a runtime folder of its own, so with a broker
 * of its own, that runs beside it do not see. Nothing of it stays: the run adopts whatever its
 * children leave running, and waits for it or ends it. The suite has no second thread here.
 */
#include "conformance.h"
#include "runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEAVE_MS 10000       /* for a broker that has nothing to do: a loaded machine's time */
#define BROKER_IDLE_MS "300" /* longer than it takes from one case to the next */
#define FOLDER_ROOM 80       /* of the path; a socket's address has little more */

static char folder[FOLDER_ROOM];

bool stage_open(void)
{
    const char *where = getenv("TMPDIR");
    if (!where || *where != '/' || strlen(where) > FOLDER_ROOM - 32)
        where = "/tmp";
    snprintf(folder, sizeof(folder), "%s/isthmus-conf-XXXXXX", where);
    if (!mkdtemp(folder)) {
        fprintf(stderr, "isthmus-conformance: no folder can be made in %s: %s\n", where,
                strerror(errno));
        folder[0] = '\0';
        return false;
    }
    process_setenv("ISTHMUS_RUNTIME_DIR", folder, false);
    process_setenv("ISTHMUS_BROKER_IDLE_MS", BROKER_IDLE_MS, false);
    unsetenv("ISTHMUS_BROKER"); /* what two processes share is part of the suite */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return true;
}

/* Sends the signal to every child; the list is the kernel's. */
static void signal_children(int number)
{
    char path[64];
    int pid;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "re");
    while (children && fscanf(children, "%d", &pid) == 1)
        kill(pid, number);
    if (children)
        fclose(children);
}

/* True when no child is left. */
static bool reap(uint64_t deadline)
{
    for (;;) {
        pid_t got = waitpid(-1, NULL, WNOHANG);
        if (got < 0 && errno == ECHILD)
            return true;
        if (got == 0 && now_ms() >= deadline)
            return false;
        if (got == 0)
            sleep_ms(5);
    }
}

static void remove_folder(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
    folder[0] = '\0';
}

void stage_close(void)
{
    if (!folder[0])
        return;
    if (!reap(now_ms() + LEAVE_MS)) {
        fprintf(stderr, "isthmus-conformance: a process is left running, and is killed\n");
        signal_children(SIGKILL);
        reap(now_ms() + LEAVE_MS);
    }
    remove_folder();
}
