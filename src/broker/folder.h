/* SPDX-License-Identifier: MIT */
/*
 * The runtime folder, where the user's processes find the broker: $ISTHMUS_RUNTIME_DIR, else
 * $XDG_RUNTIME_DIR/isthmus, else /tmp/isthmus-UID. It belongs to the user and nobody else may
 * look into it; a folder that is not so is refused.
 */
#ifndef ISTHMUS_BROKER_FOLDER_H
#define ISTHMUS_BROKER_FOLDER_H

#include "core/status.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FOLDER_SOCKET "socket"
#define FOLDER_NEW_SOCKET "socket.new" /* until it listens */
#define FOLDER_LOCK "lock"

/* An open descriptor of the folder; made if `make` and missing. -1, with words in `why`. */
int folder_open(bool make, char *why, size_t why_size);

/* The address of a file in the open folder: through /proc, so that no path is too long. */
socklen_t folder_address(int folder, const char *file, struct sockaddr_un *out);

#endif
