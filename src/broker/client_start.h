/* SPDX-License-Identifier: MIT */
/* Finding and starting the broker's executable. */
#ifndef ISTHMUS_BROKER_CLIENT_START_H
#define ISTHMUS_BROKER_CLIENT_START_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Starts a broker and waits until it listens or gives up (another one was faster: that is no
 * failure), at most until the deadline. IST_NO_BROKER with the reason: there is no executable,
 * or it does not run.
 */
enum ist_status client_start_broker(int64_t deadline_ns) MUST_CHECK;

/* Where the executable is: $ISTHMUS_BROKER_PATH, or beside our library. False: nowhere. */
bool client_find_broker(char *path, size_t size);

#endif
