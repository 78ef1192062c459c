/* SPDX-License-Identifier: MIT */
/* Numbers on the command line: decimal digits only, no sign, no rest, within limits. */
#ifndef ISTHMUS_TOOLS_NUMBER_H
#define ISTHMUS_TOOLS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* False, with *out untouched, unless the whole text is a number from low to high. */
bool number_parse(const char *text, uint64_t low, uint64_t high, uint64_t *out);

#endif
