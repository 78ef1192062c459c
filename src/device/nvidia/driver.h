/* SPDX-License-Identifier: MIT */
/* NVIDIA's driver library, loaded at run time: a table of its functions (driver.def). */
#ifndef ISTHMUS_DEVICE_NVIDIA_DRIVER_H
#define ISTHMUS_DEVICE_NVIDIA_DRIVER_H

#include "device/nvidia/cuda_abi.h"

#include <stdbool.h>

#define DRIVER_VERSION_MIN 12000

struct driver {
#define DRIVER(member, name, parameters) CUresult(*member) parameters;
#include "device/nvidia/driver.def"
#undef DRIVER
};

struct driver_names {
#define DRIVER(member, name, parameters) const char *member;
#include "device/nvidia/driver.def"
#undef DRIVER
};

/* Complete once driver_load() has answered true; constant afterwards. */
extern struct driver driver;
extern const struct driver_names driver_names;

/*
 * Loads the library named by ISTHMUS_LIBCUDA, or libcuda.so.1, and initialises it, once in a
 * process. False: there is none that can be used; driver_reason() says why.
 */
bool driver_load(void);

/* In words, for logs and for `isthmus doctor`. "" if nothing is wrong, or nothing was tried. */
const char *driver_reason(void);

/* "CUDA_ERROR_OUT_OF_MEMORY". Never NULL. */
const char *driver_error_name(CUresult result);

#endif
