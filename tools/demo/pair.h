/* SPDX-License-Identifier: MIT */
/* `isthmus demo --processes 2`: D3D11 in one process, CUDA in another, all eight ways. */
#ifndef ISTHMUS_TOOLS_DEMO_PAIR_H
#define ISTHMUS_TOOLS_DEMO_PAIR_H

#include "demo/walk.h"

/* From the fork on; this process must not have used the library before. */
bool pair_run(const struct walk_listener *listener);

#endif
