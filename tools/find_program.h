/* SPDX-License-Identifier: MIT */
/* Which file a program's name stands for. */
#ifndef ISTHMUS_TOOLS_FIND_PROGRAM_H
#define ISTHMUS_TOOLS_FIND_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/*
 * A name with a slash is a path; others are looked for in the folders of PATH. False, and *out
 * is of no use, if there is no such file that may be executed.
 */
bool find_program(const char *name, char out[PATH_MAX]);

#endif
