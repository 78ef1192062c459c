/* SPDX-License-Identifier: MIT */
/*
 * What a program that was linked with our stand-in runtime needs so that NVIDIA's own does the
 * work: NVIDIA's libcudart, and libisthmus-cudaNN with the driver before it.
 */
#ifndef ISTHMUS_TOOLS_REAL_RUNTIME_H
#define ISTHMUS_TOOLS_REAL_RUNTIME_H

#include <stdbool.h>

/*
 * Sets LD_LIBRARY_PATH and LD_PRELOAD for what this process becomes. False: something is
 * missing, which a sentence on standard error names with what to do.
 */
bool real_runtime_use(int major);

/* False, with a sentence: NVIDIA's driver library cannot be loaded. */
bool real_driver_is_there(void);

#endif
