/* SPDX-License-Identifier: MIT */
/* Makes and ends pictures; the only place that knows how large one may be. */
#include "picture.h"

#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

bool picture_init(const char *what, uint64_t width, uint64_t height, struct picture *out)
{
    if (width == 0 || height == 0 || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX) {
        complain("%s would be %" PRIu64 " x %" PRIu64 " pixels, but a side must be 1 to %u",
                 what, width, height, PICTURE_SIDE_MAX);
        return false;
    }
    /* At most 2^14 * 2^14 * 4 = 2^30 bytes: the limit above keeps the product from wrapping. */
    unsigned char *pixels = calloc(height, width * 4);
    if (!pixels) {
        complain("there is no memory for the %" PRIu64 " x %" PRIu64 " pixels of %s", width,
                 height, what);
        return false;
    }
    *out = (struct picture){(uint32_t)width, (uint32_t)height, pixels};
    return true;
}

void picture_finish(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){0};
}
