/* SPDX-License-Identifier: MIT */
/*
 * The driver of tests/fakecuda as this process's GPU: comes before the first use of the
 * library, which settles the devices.
 */
#ifndef TESTS_UNIT_INTEROP_FAKE_GPU_H
#define TESTS_UNIT_INTEROP_FAKE_GPU_H

#include "test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False: it is not built. From the place of the test, so that a moved build folder works. */
static inline int fake_gpu_find(char out[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return 0;
    *slash = '\0';
    return snprintf(out, PATH_MAX, "%s/../fakecuda/libcuda.so.1", self) < PATH_MAX &&
           access(out, R_OK) == 0;
}

/* A test that needs it begins with this; the names of all its objects stay in the process. */
#define FAKE_GPU()                                             \
    do {                                                       \
        char fake_path_[PATH_MAX];                             \
        if (!fake_gpu_find(fake_path_))                        \
            SKIP("the driver of tests/fakecuda is not built"); \
        CHECK_EQ(setenv("ISTHMUS_LIBCUDA", fake_path_, 1), 0); \
        CHECK_EQ(setenv("ISTHMUS_DEVICE", "nvidia", 1), 0);    \
        CHECK_EQ(setenv("ISTHMUS_BROKER", "off", 1), 0);       \
    } while (0)

#endif
