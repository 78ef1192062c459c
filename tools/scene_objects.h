/* SPDX-License-Identifier: MIT */
/* What people and the sun put on the map: shapes with hard and soft edges for the filter. */
#ifndef ISTHMUS_TOOLS_SCENE_OBJECTS_H
#define ISTHMUS_TOOLS_SCENE_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

struct colour {
    int32_t r, g, b; /* 0 .. 255 */
};

/* In 1/16 of a pixel of the reference picture; 0, 0 is its middle. */
struct place {
    int32_t x, y;
};

/* The colour at a place after everything that stands there was painted over the ground. */
struct colour scene_objects_over(struct colour ground, struct place at, bool sea);

#endif
