/* SPDX-License-Identifier: MIT */
/*
 * Fds that something is awaited from: one thread of the process waits for all of them, started
 * with the first. In the child of a fork the thread starts again with the first watch that the
 * child adds; what the parent watched is the parent's.
 */
#ifndef ISTHMUS_CORE_WATCH_FD_H
#define ISTHMUS_CORE_WATCH_FD_H

#include "core/status.h"

#include <stdbool.h>

/*
 * Called on the io thread, inside the fork gate, one call at a time. After a hang-up (or an
 * error) the watch has ended by itself.
 */
typedef void (*watch_fd_fn)(int fd, bool hung_up, void *user);

/*
 * Watches `fd`, which stays the caller's, until watch_fd_remove() or a hang-up. `readable`:
 * also calls when there is something to read; otherwise only for the hang-up.
 */
enum ist_status watch_fd_add(int fd, bool readable, watch_fd_fn fn, void *user) MUST_CHECK;

/*
 * Ends the watch, before `fd` is closed. Afterwards the callback is neither running nor to come
 * (unless called from the callback itself: then it runs on to its end). Unknown: no effect.
 */
void watch_fd_remove(int fd);

#endif
