/* SPDX-License-Identifier: MIT */
/* A row in a process of its own: what it leaves behind cannot disturb the next one. */
#ifndef ISTHMUS_TOOLS_BENCH_CHILD_H
#define ISTHMUS_TOOLS_BENCH_CHILD_H

#include "bench/bench.h"

#define BENCH_ROW_OPTION "--row-to-fd"

/* Starts the command again for one row. False, said on standard error, if it gave no result. */
bool child_run(const struct row *row, struct result *out);

/* In the child: measures rows[index] and writes the result to the file. An exit code. */
int child_main(size_t index, int fd);

#endif
