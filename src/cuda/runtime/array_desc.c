/* SPDX-License-Identifier: MIT */
/* The runtime's channel descriptors become the driver's formats. No state. */
#include "cuda/runtime/runtime.h"

/* Extents need no translation: both sides count elements, and 0 means "no such dimension". */
int rt_array_desc(struct istcu_array_desc *out, const struct cudaChannelFormatDesc *format,
                  struct cudaExtent extent, unsigned flags)
{
    struct istcu_channels channels = {format->x, format->y, format->z, format->w,
                                      (unsigned)format->f};
    *out = (struct istcu_array_desc){.width = extent.width,
                                     .height = extent.height,
                                     .depth = extent.depth,
                                     .flags = flags};
    return istcu_format_from_channels(&channels, &out->format, &out->channels);
}
