/* SPDX-License-Identifier: MIT */
/* Kernels that the fake knows, and what a launch of one carries. */
#ifndef FAKECUDA_KERNEL_H
#define FAKECUDA_KERNEL_H

#include "fake.h"

enum { PARAM_BYTES = 256, PARAMS = 24 };

struct kernel;
struct launch {
    const struct kernel *kernel;
    unsigned grid[3], block[3];
    unsigned char params[PARAM_BYTES];
};

struct kernel {
    const char *name;
    unsigned n_params;
    unsigned char param_size[PARAMS];
    CUresult (*run)(const struct launch *launch); /* without the lock */
};

struct surface {
    struct object object;
    uintptr_t array; /* its handle: it may go before the surface does */
};

const struct kernel *kernel_find(const char *name);

#endif
