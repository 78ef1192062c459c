/* SPDX-License-Identifier: MIT */
/*
 * PNG files in and out. What goes wrong is said in one sentence on standard error; nothing is
 * left behind then. No global state, so several threads may read and write different files.
 */
#ifndef ISTHMUS_TOOLS_PNG_FILE_H
#define ISTHMUS_TOOLS_PNG_FILE_H

#include "picture.h"

#include <stdbool.h>

/*
 * Reads any kind of PNG (palette, grey, 16 bit, interlaced, with alpha or without) as RGBA8.
 * @out  Ended by the caller with picture_finish(). Untouched on failure.
 */
bool png_read_picture(const char *path, struct picture *out);

/*
 * Says beforehand whether png_write_picture() has a chance: so that no one waits for a result
 * that cannot be kept.
 */
bool png_can_write(const char *path);

/*
 * Writes a picture as RGBA8. The file appears under its name only when it is complete: what was
 * there before stays until then, and stays for good on failure.
 */
bool png_write_picture(const char *path, const struct picture *picture);

#endif
