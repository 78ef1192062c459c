/* SPDX-License-Identifier: MIT */
/* The file lies in the stage's folder and goes with it. */
#include "control.h"

#include "multiprocess/actor.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct fault_control *control_open(const char *variable)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/%s", stage_folder(), variable);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, sizeof(struct fault_control)), 0);
    void *at =
        mmap(NULL, sizeof(struct fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    close(fd);
    setenv(variable, path, 1);
    return at;
}

void control_close(struct fault_control *control)
{
    munmap(control, sizeof(*control));
}

void control_arm(struct fault_control *control, unsigned counter, long n, bool deadly)
{
    atomic_store(&control->fired, 0);
    atomic_store(&control->deadly, deadly);
    atomic_store(&control->left[counter], n);
}

bool control_disarm(struct fault_control *control)
{
    for (unsigned i = 0; i < FAULT_COUNTERS; i++)
        atomic_store(&control->left[i], 0);
    return atomic_load(&control->fired);
}
