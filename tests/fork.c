/* SPDX-License-Identifier: MIT */
/*
 * Forks of a test program that has threads. AddressSanitizer's own malloc is not made for them:
 * what another thread holds of its locks is locked in the child for ever, and a thread that
 * starts allocates. With it, who forks waits until all others sleep.
 */
#include "fork.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOKS 5000 /* of a millisecond */

/* `steps` and how often this thread has left a CPU; 0: it is not asleep, or has just ended. */
static unsigned long add_steps(unsigned long steps, const char *task)
{
    char path[64], line[128];
    bool asleep = false;
    snprintf(path, sizeof(path), "/proc/self/task/%.16s/status", task);
    FILE *status = fopen(path, "re");
    if (!status)
        return 0;
    while (fgets(line, sizeof(line), status)) {
        asleep |= strncmp(line, "State:\tS", 8) == 0;
        if (strstr(line, "ctxt_switches:")) /* two lines: it wanted to, it had to */
            steps += strtoul(strchr(line, ':') + 1, NULL, 10);
    }
    fclose(status);
    return asleep ? steps : 0;
}

/* How often the other threads have run so far; 0: not all of them are asleep. */
static unsigned long steps_of_others(void)
{
    unsigned long steps = 1;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return 0;
    for (struct dirent *task; steps && (task = readdir(tasks)) != NULL;)
        if (task->d_name[0] != '.' && atoi(task->d_name) != gettid())
            steps = add_steps(steps, task->d_name);
    closedir(tasks);
    return steps;
}

/* They sleep when two looks find them so and none has run between. */
static void let_others_sleep(void)
{
    const struct timespec nap = {0, 1000000};
    for (int i = 0; i < LOOKS; i++) {
        unsigned long before = steps_of_others();
        if (before && steps_of_others() == before)
            return;
        nanosleep(&nap, NULL);
    }
}

pid_t test_fork(void)
{
    if (TEST_ADDRESS_SANITIZER)
        let_others_sleep();
    return fork();
}
