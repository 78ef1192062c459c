/* SPDX-License-Identifier: MIT */
/* CUDA by its DLLs at run time, so that the program starts where there is no NVIDIA driver. */
#ifndef ISTHMUS_CONFORMANCE_CUDA_WINDOWS_H
#define ISTHMUS_CONFORMANCE_CUDA_WINDOWS_H

/* NULL if the functions can be called, otherwise why not. Loads the DLLs once. */
const char *cuda_missing(void);

#endif
