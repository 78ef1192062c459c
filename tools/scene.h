/* SPDX-License-Identifier: MIT */
/* The project's test picture: an isthmus between two seas, seen from above. */
#ifndef ISTHMUS_TOOLS_SCENE_H
#define ISTHMUS_TOOLS_SCENE_H

#include "picture.h"

#include <stdbool.h>

/*
 * Paints the whole picture. Only integers are used, so every machine and compiler gets the same
 * bytes. False for want of memory, with the reason on standard error.
 */
bool scene_paint(struct picture *picture);

#endif
