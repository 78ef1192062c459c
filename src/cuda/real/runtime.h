/* SPDX-License-Identifier: MIT */
/* NVIDIA's runtime, as far as this front asks it anything. */
#ifndef ISTHMUS_CUDA_REAL_RUNTIME_H
#define ISTHMUS_CUDA_REAL_RUNTIME_H

#include "base/cleanup.h"

/*
 * The function of NVIDIA's runtime behind ours in this process; NULL: there is no shared
 * runtime. With the static one there is none to be found.
 */
void *real_runtime_find(const char *name);

/* The calling thread's device; 0 where no runtime can be asked. What cudaGetDevice answers. */
int real_runtime_device(int *out) MUST_CHECK;

#endif
