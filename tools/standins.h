/* SPDX-License-Identifier: MIT */
/* Where the stand-in CUDA runtimes lie: `run` puts that folder first, `doctor` shows it. */
#ifndef ISTHMUS_TOOLS_STANDINS_H
#define ISTHMUS_TOOLS_STANDINS_H

#include <limits.h>
#include <stdbool.h>

/* The CUDA major versions that there are stand-ins for. */
#define STANDIN_FIRST 12
#define STANDIN_LAST 13

struct standins {
    char folder[PATH_MAX];        /* holds libcudart.so.12 and libcudart.so.13 */
    char libraries[PATH_MAX];     /* holds libisthmus.so, libisthmus-d3d11.so: its parent */
    bool found[STANDIN_LAST + 1]; /* by CUDA major version */
};

/* False if no folder has a stand-in of any version; nothing is printed. */
bool standins_find(struct standins *out);

#endif
