/* SPDX-License-Identifier: MIT */
/*
 * A picture in memory: rows of RGBA8 pixels without gaps, red first. Whoever makes one ends it
 * with picture_finish(); a zeroed one is empty and may be finished, too.
 */
#ifndef ISTHMUS_TOOLS_PICTURE_H
#define ISTHMUS_TOOLS_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 16384u /* Direct3D 11's limit for a 2D texture */

struct picture {
    uint32_t width;
    uint32_t height;
    unsigned char *pixels;
};

/*
 * Makes a picture of transparent black. False if a side is 0 or too long, or for want of
 * memory: then *out is untouched and the reason is on standard error, with `what` in front.
 */
bool picture_init(const char *what, uint64_t width, uint64_t height, struct picture *out);
void picture_finish(struct picture *picture);

static inline size_t picture_pitch(const struct picture *picture)
{
    return (size_t)picture->width * 4;
}

static inline size_t picture_size(const struct picture *picture)
{
    return picture_pitch(picture) * picture->height;
}

#endif
