/* SPDX-License-Identifier: MIT */
/* The program that the row "start" starts: the command itself, with an option of its own. */
#ifndef ISTHMUS_TOOLS_BENCH_START_H
#define ISTHMUS_TOOLS_BENCH_START_H

#define BENCH_START_OPTION "--start-and-exit"

/* Creates a device, a shared buffer, imports and maps it. Returns an exit code. */
int bench_start(void);

#endif
