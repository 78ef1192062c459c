/* SPDX-License-Identifier: MIT */
/* The broker's executable, which answers for `isthmus ls` and `isthmus broker`. */
#ifndef ISTHMUS_TOOLS_BROKER_PROGRAM_H
#define ISTHMUS_TOOLS_BROKER_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Where it is: $ISTHMUS_BROKER_PATH, or in libexec from the place of this program. */
bool broker_program_find(char *path, size_t size);

/* Becomes it, with one option. Returns only on failure, with an exit code, having said why. */
int broker_program_run(const char *option);

#endif
