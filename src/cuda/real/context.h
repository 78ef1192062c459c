/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's contexts: which one a call is about, which of core's devices it is on, and whether
 * the one that an import was made in still lives.
 */
#ifndef ISTHMUS_CUDA_REAL_CONTEXT_H
#define ISTHMUS_CUDA_REAL_CONTEXT_H

#include "core/device.h"
#include "cuda/real/driver.h"

struct real_context {
    struct CUctx_st *handle;
    unsigned long long id; /* never comes again, unlike the handle */
    int ordinal;           /* of its device */
    bool primary;          /* the one that the runtime uses */
    struct device *device; /* with the same UUID; NULL: core has none */
};

/* The calling thread's context. 201: none is current. Else what the driver answers. */
int real_context_get(const struct real_driver *driver, struct real_context *out) MUST_CHECK;

/*
 * What the runtime's functions do first: without a usable context the thread gets the primary
 * one of the runtime's device. What the driver answers.
 */
int real_context_ensure(void) MUST_CHECK;

/* False: the context ended (cudaDeviceReset), and took with it what was made in it. */
bool real_context_lives(const struct real_driver *driver, const struct real_context *context);

/* The core's device of CUDA device `ordinal`, or NULL. What the driver answers. */
int real_device_find(const struct real_driver *driver, int ordinal, struct device **out)
    MUST_CHECK;

#endif
