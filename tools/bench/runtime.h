/* SPDX-License-Identifier: MIT */
/*
 * Each row gets a runtime folder of its own, so a broker of its own: it runs where the row puts
 * it, knows nothing of what other programs of the user share, and is measured with the row.
 */
#ifndef ISTHMUS_TOOLS_BENCH_RUNTIME_H
#define ISTHMUS_TOOLS_BENCH_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

bool runtime_open(void);
void runtime_next(void);
/* Removes the folders; brokers have gone or go by themselves. */
void runtime_close(void);

/* In a row: the broker's process id. 0: none runs. */
pid_t runtime_broker(void);

#endif
